"""Reply targets in business time: reckoned by events, and by the clock where rules change."""

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from clocks.models import Calendar, Holiday, Span, TeamCalendar
from conversations import clock
from conversations.models import Agent, Case, Change, Channel, Message, TargetEdition, Team
from conversations.services import assignment, notes, snooze, split, status, targets, undo
from conversations.services.errors import Conflict
from tests.clocks.calendars import HOUR, office, opening
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def pass_time(case: Case, span: timedelta) -> None:
    """As if everything of the case had happened earlier."""
    for message in case.messages.all():
        Message.objects.filter(pk=message.pk).update(sorted_at=message.sorted_at - span)
    now = fresh(case)
    assert now.waiting_since
    assert now.reply_due_at
    Case.objects.filter(pk=case.pk).update(
        waiting_since=now.waiting_since - span, reply_due_at=now.reply_due_at - span
    )


def said(case: Case) -> list[str]:
    return list(case.messages.filter(code="target_passed").values_list("code", flat=True))


class TestInTheTeamsCalendar:
    def test_a_message_at_night_is_due_after_the_opening(
        self, support: Channel, calendar: Calendar
    ) -> None:
        case = receive(support, "dana@post.example").case
        assert case.reply_due_at == opening(calendar) + 15 * MINUTE
        assert case.reply_soon_at == opening(calendar) + 11.25 * MINUTE

    def test_a_holiday_puts_it_off(self, support: Channel, calendar: Calendar) -> None:
        day = opening(calendar)
        Holiday.objects.create(calendar=calendar, date=day.date(), name="Fair")
        case = receive(support, "dana@post.example").case
        assert case.reply_due_at == day + timedelta(days=1) + 15 * MINUTE

    def test_a_holidays_own_hours_take_the_place_of_the_weekdays(
        self, support: Channel, calendar: Calendar
    ) -> None:
        day = opening(calendar)
        later = [day + 30 * MINUTE, day + 40 * MINUTE, day + 50 * MINUTE, day + HOUR]
        if later[-1].date() != day.date():
            pytest.skip("the day ends in between")
        for opens, closes in (later[:2], later[2:]):
            Holiday.objects.create(
                calendar=calendar, date=day.date(), opens=opens.time(), closes=closes.time()
            )
        case = receive(support, "dana@post.example").case
        assert case.reply_due_at == day + 55 * MINUTE

    def test_the_default_calendar_is_of_every_team_without_one(
        self, support: Channel, warranty: Team
    ) -> None:
        house, own = office("House"), office("Own", opens_in=4 * HOUR)
        Calendar.objects.filter(pk=house.pk).update(is_default=True)
        TeamCalendar.objects.create(team=warranty, calendar=own)
        case = receive(support, "dana@post.example").case
        assert case.reply_due_at == opening(house) + 15 * MINUTE
        other = receive(make_channel(warranty, name="w"), "leon@post.example").case
        assert other.reply_due_at == opening(own) + 15 * MINUTE

    def test_without_any_it_is_plain_time(self, support: Channel) -> None:
        message = receive(support, "dana@post.example")
        assert message.case.reply_due_at == message.sorted_at + 15 * MINUTE
        assert message.case.reply_soon_at == message.sorted_at + 11.25 * MINUTE

    def test_an_hour_before_a_long_target_is_soon(self, support: Channel) -> None:
        Channel.objects.filter(pk=support.pk).update(reply_target=8 * HOUR)
        message = receive(support, "dana@post.example")
        assert message.case.reply_soon_at == message.sorted_at + 7 * HOUR

    def test_the_earliest_target_of_its_messages_holds(self, support: Channel, team: Team) -> None:
        fast = make_channel(team, name="fast")
        Channel.objects.filter(pk=fast.pk).update(reply_target=MINUTE)
        first = receive(support, "dana@post.example")
        second = receive(fast, "dana@post.example")
        assert second.case.waiting_since == first.sorted_at
        assert second.case.reply_due_at == second.sorted_at + MINUTE
        receive(fast, "dana@post.example")
        assert fresh(second.case).reply_due_at == second.sorted_at + MINUTE

    @pytest.mark.usefixtures("calendar")
    def test_another_teams_hours_hold_after_a_move(
        self, support: Channel, warranty: Team, priya: Agent
    ) -> None:
        message = receive(support, "dana@post.example")
        assignment.move(case_id=message.case_id, agent=priya, team_id=warranty.pk)
        assert fresh(message.case).reply_due_at == message.sorted_at + 15 * MINUTE

    @pytest.mark.usefixtures("calendar")
    def test_another_teams_hours_hold_in_a_case_that_was_split_off(
        self, support: Channel, warranty: Team, priya: Agent
    ) -> None:
        receive(support, "dana@post.example")
        message = receive(support, "dana@post.example")
        done = split.split(
            case_id=message.case_id, agent=priya, message_ids=[message.pk], team_id=warranty.pk
        )
        new = done.target
        assert new
        assert fresh(new).reply_due_at == message.sorted_at + 15 * MINUTE

    @pytest.mark.usefixtures("calendar")
    def test_a_note_does_not_stop_it_and_an_answer_does(
        self, support: Channel, priya: Agent
    ) -> None:
        case = receive(support, "dana@post.example").case
        notes.add(case_id=case.pk, agent=priya, text="Hm.", client_id=uuid.uuid4())
        assert fresh(case).reply_due_at == case.reply_due_at
        answer(case, priya)
        now = fresh(case)
        assert (now.waiting_since, now.reply_due_at, now.reply_soon_at) == (None, None, None)


class TestWhenTheRulesChange:
    def test_a_new_edition_reckons_every_waiting_case(
        self, support: Channel, calendar: Calendar
    ) -> None:
        case = receive(support, "dana@post.example").case
        revision = case.conversation.revision
        calendar.spans.all().delete()
        for weekday in range(7):
            Span.objects.create(calendar=calendar, weekday=weekday, opens="00:00", closes="00:00")
        assert targets.reckon_stale() == 0
        TargetEdition.objects.advance()
        assert targets.reckon_stale() == 1
        assert case.waiting_since
        assert fresh(case).reply_due_at == case.waiting_since + 15 * MINUTE
        change = Change.objects.get(conversation=case.conversation, revision__gt=revision)
        assert (change.kind, change.case) == ("case", case)
        assert targets.reckon_stale() == 0

    def test_what_stays_the_same_is_no_change(self, support: Channel) -> None:
        case = receive(support, "dana@post.example").case
        before = Change.objects.count()
        TargetEdition.objects.advance()
        assert targets.reckon_stale() == 1
        assert Change.objects.count() == before
        assert fresh(case).reply_due_at == case.reply_due_at

    def test_a_piece_at_a_time_and_the_most_urgent_first(
        self, support: Channel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cases = [receive(support, f"p{n}@post.example").case for n in range(3)]
        monkeypatch.setattr(targets, "PIECE", 2)
        TargetEdition.objects.advance()
        current = TargetEdition.objects.current()
        assert targets.reckon_stale() == 2
        assert fresh(cases[2]).target_edition < current
        assert targets.reckon_stale() == 1
        assert {fresh(case).target_edition for case in cases} == {current}

    def test_one_that_fails_holds_up_no_other(
        self, support: Channel, warranty: Team, calendar: Calendar
    ) -> None:
        broken = receive(support, "dana@post.example").case
        fine = receive(make_channel(warranty, name="w"), "leon@post.example").case
        Calendar.objects.filter(pk=calendar.pk).update(time_zone="Nowhere/At_all")
        TargetEdition.objects.advance()
        assert targets.reckon_stale() == 1
        assert fresh(fine).target_edition == TargetEdition.objects.current()
        assert fresh(broken).reply_due_at == broken.reply_due_at

    def test_a_case_reopened_by_its_customer_waits_from_then_on(
        self, support: Channel, priya: Agent
    ) -> None:
        case = receive(support, "dana@post.example").case
        status.resolve(case_id=case.pk, agent=priya)
        again = receive(support, "dana@post.example")
        TargetEdition.objects.advance()
        targets.reckon_stale()
        assert fresh(case).waiting_since == again.sorted_at
        assert fresh(case).reply_due_at == again.sorted_at + 15 * MINUTE


class TestWhenATargetPasses:
    def test_it_is_said_once(self, support: Channel) -> None:
        case = receive(support, "dana@post.example").case
        assert targets.note_passed() == 0
        pass_time(case, HOUR)
        revision = fresh(case).conversation.revision
        assert targets.note_passed() == 1
        assert targets.note_passed() == 0
        kinds = Change.objects.filter(conversation=case.conversation, revision__gt=revision)
        assert sorted(kinds.values_list("kind", flat=True)) == ["case", "message"]
        assert said(case) == ["target_passed"]
        assert fresh(case).target_passed_at

    def test_not_again_after_more_mail_a_move_or_a_change_of_rules(
        self, support: Channel, warranty: Team, priya: Agent
    ) -> None:
        case = receive(support, "dana@post.example").case
        pass_time(case, HOUR)
        targets.note_passed()
        receive(support, "dana@post.example", "And?")
        assignment.move(case_id=case.pk, agent=priya, team_id=warranty.pk)
        TargetEdition.objects.advance()
        targets.reckon_stale()
        assert targets.note_passed() == 0
        assert len(said(case)) == 1

    def test_not_again_once_an_answer_is_taken_back(self, support: Channel, priya: Agent) -> None:
        case = receive(support, "dana@post.example").case
        pass_time(case, HOUR)
        targets.note_passed()
        priya.undo_seconds = 20
        priya.save()
        sent = answer(case, priya)
        undo.undo_send(message_id=sent.pk, agent=priya)
        assert targets.note_passed() == 1
        assert fresh(case).target_passed_at
        assert len(said(case)) == 1

    def test_again_for_another_wait(self, support: Channel, priya: Agent) -> None:
        case = receive(support, "dana@post.example").case
        pass_time(case, HOUR)
        targets.note_passed()
        answer(case, priya)
        assert fresh(case).target_passed_at is None
        Message.objects.filter(case=case).update(sorted_at=timezone.now() - 3 * HOUR)
        receive(support, "dana@post.example", "Still broken")
        pass_time(case, HOUR)
        assert targets.note_passed() == 1
        assert len(said(case)) == 2

    @pytest.mark.usefixtures("calendar")
    def test_again_where_the_rules_gave_more_time(self, support: Channel) -> None:
        case = receive(support, "dana@post.example").case
        Case.objects.filter(pk=case.pk).update(reply_due_at=timezone.now() - MINUTE)
        assert targets.note_passed() == 1
        TargetEdition.objects.advance()
        targets.reckon_stale()
        assert fresh(case).target_passed_at is None
        assert targets.note_passed() == 0

    def test_not_while_it_is_put_off_but_when_it_is_back(
        self, support: Channel, priya: Agent
    ) -> None:
        case = receive(support, "dana@post.example").case
        until = datetime.now(UTC) + timedelta(days=1)
        snooze.snooze(case_id=case.pk, agent=priya, until=until)
        pass_time(case, HOUR)
        assert targets.note_passed() == 0
        snooze.end(case_id=case.pk, agent=priya)
        assert targets.note_passed() == 1

    def test_whoever_looks_at_the_case_may_still_act(
        self, support: Channel, priya: Agent, marco: Agent
    ) -> None:
        """What the clock does is nobody's change that an agent has to be asked about."""
        case = receive(support, "dana@post.example").case
        assignment.take(case_id=case.pk, agent=marco)
        seen = fresh(case).conversation.revision
        pass_time(case, HOUR)
        targets.note_passed()
        status.resolve(case_id=case.pk, agent=priya, seen=seen)
        with pytest.raises(Conflict):
            status.reopen(case_id=case.pk, agent=marco, seen=seen)


@pytest.mark.django_db(transaction=True)
def test_what_was_reckoned_by_the_old_rules_while_they_changed_is_found(
    support: Channel, calendar: Calendar
) -> None:
    """A mail is taken in by the old hours, and committed after they changed."""
    read, changed = threading.Event(), threading.Event()

    def take_in() -> None:
        with transaction.atomic():
            receive(support, "dana@post.example")
            read.set()
            changed.wait(10)
        connections.close_all()

    taking = threading.Thread(target=take_in)
    taking.start()
    assert read.wait(10)
    TeamCalendar.objects.all().delete()
    TargetEdition.objects.advance()
    assert targets.reckon_stale() == 0
    changed.set()
    taking.join(10)
    case = Case.objects.get()
    assert case.waiting_since
    assert case.reply_due_at == opening(calendar) + 15 * MINUTE
    assert targets.reckon_stale() == 1
    assert fresh(case).reply_due_at == case.waiting_since + 15 * MINUTE


@pytest.mark.django_db(transaction=True)
def test_the_clock_process_sees_to_both(support: Channel, calendar: Calendar) -> None:
    late = receive(support, "dana@post.example").case
    other = receive(support, "leon@post.example").case
    Case.objects.filter(pk=late.pk).update(reply_due_at=timezone.now() - MINUTE)
    TeamCalendar.objects.all().delete()
    calendar.delete()
    ticking = clock.Clock()
    ticking.tick()
    assert said(late) == ["target_passed"]
    TargetEdition.objects.advance()
    clock.Clock()._sweep()
    assert other.waiting_since
    assert fresh(other).reply_due_at == other.waiting_since + 15 * MINUTE
    ticking._hands.shutdown(wait=True)
