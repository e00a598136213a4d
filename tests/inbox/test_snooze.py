"""Put off until a time, by a preset or one's own; back by itself, by hand, or by the customer."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Agent, Case, Channel, Message, Status
from conversations.services import snooze
from inbox.reads.snoozes import choices
from tests.people import receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    found = receive(support, "dana@post.example", "It stops", name="Dana").case
    Case.objects.update(assignee=priya)
    return found


def put_off(desk: Client, case: Case, until: str) -> Case:
    desk.post(f"/inbox/c/{case.pk}/snooze", {"until": until, "q": "mine"})
    return Case.objects.get(pk=case.pk)


def last_code(case: Case) -> str:
    return Message.objects.filter(case=case, kind="activity").latest("id").code


def test_a_preset_takes_it_out_of_the_queue(desk: Client, case: Case) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    after = put_off(desk, case, tomorrow.isoformat())
    assert (after.status, after.snoozed_until) == (Status.SNOOZED, tomorrow)
    assert after.waiting_since == case.waiting_since, "Dana still waits since she wrote"
    assert "It stops" not in desk.get("/inbox/q/mine/").content.decode()
    page = desk.get(f"/inbox/q/snoozed/c/{case.pk}/").content.decode()
    assert "It stops" in page
    assert 'id="unsnooze"' in page


def test_ones_own_time_is_read_in_ones_own_zone(desk: Client, case: Case, priya: Agent) -> None:
    Agent.objects.filter(pk=priya.pk).update(time_zone="Europe/Madrid")
    year = timezone.now().year + 1
    after = put_off(desk, case, f"{year}-01-15T09:30")
    assert after.snoozed_until == datetime(year, 1, 15, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "says"),
    [
        ("2001-01-01T09:00", "still to come"),
        ("", "not a date"),
        ("tomorrow", "not a date"),
        ("9999-12-31T23:59:59+00:00", "more than 400 days"),
        ("2026-13-45T99:00", "not a date"),
    ],
)
def test_what_is_no_time_changes_nothing(desk: Client, case: Case, until: str, says: str) -> None:
    answer = desk.post(f"/inbox/c/{case.pk}/snooze", {"until": until}, follow=True)
    assert says in answer.content.decode()
    assert Case.objects.get(pk=case.pk).status == Status.OPEN


def test_it_comes_back_by_itself(desk: Client, case: Case) -> None:
    put_off(desk, case, (timezone.now() + timedelta(hours=1)).isoformat())
    assert snooze.wake_due() == 0
    Case.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert snooze.wake_due() == 1
    after = Case.objects.get(pk=case.pk)
    assert (after.status, after.snoozed_until, last_code(after)) == ("open", None, "snooze_over")
    assert snooze.wake_due() == 0


def test_the_customer_ends_it(desk: Client, case: Case, support: Channel) -> None:
    put_off(desk, case, (timezone.now() + timedelta(days=1)).isoformat())
    receive(support, "dana@post.example", "It stops again")
    after = Case.objects.get(pk=case.pk)
    assert (after.status, after.snoozed_until, last_code(after)) == ("open", None, "reopened")


def test_undo_brings_it_back(desk: Client, case: Case) -> None:
    put_off(desk, case, (timezone.now() + timedelta(days=1)).isoformat())
    desk.post(f"/inbox/c/{case.pk}/unsnooze")
    after = Case.objects.get(pk=case.pk)
    assert (after.status, last_code(after)) == ("open", "unsnoozed")


def test_a_closed_case_is_not_put_off(desk: Client, case: Case) -> None:
    desk.post(f"/inbox/c/{case.pk}/resolve")
    after = put_off(desk, case, (timezone.now() + timedelta(days=1)).isoformat())
    assert after.status == Status.RESOLVED


@pytest.mark.parametrize("moment", ["2026-03-28T22:00+01:00", "2026-11-22T23:59+00:00"])
def test_presets_are_mornings_still_to_come(time_machine: object, moment: str) -> None:
    time_machine.move_to(datetime.fromisoformat(moment))  # type: ignore[attr-defined]
    with timezone.override("Europe/Madrid"):
        at = [timezone.localtime(choice.at) for choice in choices()]
        assert all(later > timezone.now() for later in at)
        assert {(a.hour, a.minute) for a in at[1:]} == {(9, 0)}
        assert any(a.weekday() == 0 for a in at)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-11-22T10:00+01:00", ["Sun 13:00", "Mon 09:00", "Sun 29 09:00"]),
        ("2026-11-23T10:00+01:00", ["Mon 13:00", "Tue 09:00", "Mon 30 09:00"]),
        ("2026-11-25T10:00+01:00", ["Wed 13:00", "Thu 09:00", "Mon 09:00", "Wed 2 09:00"]),
    ],
)
def test_presets_name_no_moment_twice(time_machine: object, moment: str, shown: list[str]) -> None:
    time_machine.move_to(datetime.fromisoformat(moment))  # type: ignore[attr-defined]
    with timezone.override("Europe/Madrid"):
        assert [choice.shown for choice in choices()] == shown
