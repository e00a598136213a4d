"""Who is here, and to whom waiting cases are given."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from conversations.models import (
    Agent,
    Availability,
    Case,
    Change,
    Channel,
    ClockTimestamp,
    Duty,
    Giving,
    Message,
    Team,
)
from conversations.services import (
    assignment,
    duty,
    giving,
    snooze,
    status,
    workload,
)
from conversations.services.errors import Refused
from tests import waiting
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

DANA, LEON, OMAR = "dana@post.example", "leon@post.example", "omar@post.example"


@pytest.fixture
def kinds(settings: Settings) -> None:
    """A light channel that can wait, and a heavy live one."""
    settings.CHANNEL_ADAPTERS = ["tests.paper.PaperAdapter", "tests.paper.LivePaperAdapter"]


@pytest.fixture
def noa(warranty: Team) -> Agent:
    return make_agent("Noa Stern", warranty)


@pytest.fixture
def bench(warranty: Team) -> Channel:
    """Where Warranty is written to; its cases are given in turn, two points to each."""
    Team.objects.filter(pk=warranty.pk).update(giving=Giving.ROUND_ROBIN, capacity=2)
    warranty.refresh_from_db()
    return make_channel(warranty, name="warranty")


@pytest.fixture
def chat(bench: Channel, kinds: None) -> Channel:
    return make_channel(bench.team, name="chat", kind="live")


def by(rule: Giving, team: Team, capacity: int = 12) -> None:
    Team.objects.filter(pk=team.pk).update(giving=rule, capacity=capacity)


def silent(agent: Agent, seconds: int = 61) -> None:
    """Their last socket went so long ago."""
    mine = Duty.objects.filter(agent=agent)
    mine.update(seen_at=ClockTimestamp() - timedelta(seconds=seconds))


def state(agent: Agent) -> str:
    return duty.of(Agent.objects.get(pk=agent.pk))


def holder(case: Case) -> Agent | None:
    return Case.objects.get(pk=case.pk).assignee


def lines(case: Case) -> list[tuple[str, Any]]:
    told = case.messages.filter(kind="activity").order_by("id")
    return [(line.code, line.params.get("by")) for line in told]


class TestDuty:
    def test_a_socket_makes_online_and_silence_away(self, priya: Agent) -> None:
        assert state(priya) == Availability.OFFLINE
        duty.seen(priya.pk)
        silent(priya, 59)
        duty.judge()
        assert state(priya) == Availability.ONLINE
        silent(priya, 61)
        duty.judge()
        assert state(priya) == Availability.AWAY
        duty.seen(priya.pk)
        assert state(priya) == Availability.ONLINE

    def test_a_chosen_away_stays(self, priya: Agent) -> None:
        duty.choose(agent=priya, availability="away")
        silent(priya)
        duty.seen(priya.pk)
        assert state(priya) == Availability.AWAY
        duty.choose(agent=priya, availability="online")
        assert state(priya) == Availability.ONLINE

    def test_who_signed_out_is_offline_until_a_socket_says_otherwise(self, priya: Agent) -> None:
        duty.choose(agent=priya, availability="away")
        duty.sign_out(agent=priya)
        duty.left(priya.pk)
        assert state(priya) == Availability.OFFLINE
        duty.seen(priya.pk)
        assert state(priya) == Availability.ONLINE

    def test_signs_of_life_in_short_order_are_written_once(self, priya: Agent) -> None:
        duty.seen(priya.pk)
        before = Duty.objects.get(agent=priya)
        duty.seen(priya.pk)
        assert Duty.objects.get(agent=priya).seen_at == before.seen_at
        silent(priya, 11)
        duty.seen(priya.pk)
        after = Duty.objects.get(agent=priya)
        assert after.seen_at > before.seen_at
        assert after.since == before.since

    def test_the_last_socket_begins_the_silence(self, priya: Agent) -> None:
        duty.seen(priya.pk)
        silent(priya, 50)
        duty.left(priya.pk)
        duty.judge()
        assert state(priya) == Availability.ONLINE

    @pytest.mark.parametrize("word", ["offline", "", "busy"])
    def test_only_online_and_away_can_be_chosen(self, priya: Agent, word: str) -> None:
        with pytest.raises(Refused, match="no_such_availability"):
            duty.choose(agent=priya, availability=word)

    def test_a_clock_judges_nobody_before_it_has_watched(
        self, priya: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        duty.seen(priya.pk)
        silent(priya)
        now, watch = [0.0], duty.Watch()
        monkeypatch.setattr("conversations.services.duty.time.monotonic", lambda: now[0])
        for now[0] in range(0, 60, 2):
            watch()
        assert state(priya) == Availability.ONLINE
        for now[0] in (75.0, 100.0, 100.0 + 59):  # it looked away in between
            watch()
        assert state(priya) == Availability.ONLINE
        for now[0] in range(160, 222, 2):
            watch()
        assert state(priya) == Availability.AWAY


class TestGiving:
    def test_by_hand_nothing_is_given(self, support: Channel, priya: Agent) -> None:
        duty.seen(priya.pk)
        case = receive(support, DANA).case
        assert giving.sweep() == 0
        assert holder(case) is None

    def test_in_turn(self, bench: Channel, marco: Agent, noa: Agent) -> None:
        duty.seen(marco.pk)
        duty.seen(noa.pk)
        cases = [receive(bench, f"{n}@post.example").case for n in range(4)]
        assert giving.sweep() == 4
        assert [holder(case) for case in cases] == [marco, noa, marco, noa]
        assert lines(cases[0]) == [("given", "round_robin")]
        line = Message.objects.get(case=cases[0], code="given")
        assert (line.is_system, line.params["to_name"]) == (True, "Marco Reyes")
        assert Change.objects.filter(case=cases[0], kind="case", message=line).exists()

    def test_right_after_the_mail_is_in(
        self,
        bench: Channel,
        marco: Agent,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        duty.seen(marco.pk)
        with django_capture_on_commit_callbacks(execute=True):
            case = receive(bench, DANA).case
            assert holder(case) is None
        assert holder(case) == marco

    def test_to_the_least_loaded_by_share(self, bench: Channel, marco: Agent, noa: Agent) -> None:
        by(Giving.LEAST_LOADED, bench.team)
        Agent.objects.filter(pk=noa.pk).update(capacity=3)
        for agent in (marco, noa):
            duty.seen(agent.pk)
        for number in range(8):
            receive(bench, f"{number}@post.example")
        assert giving.sweep() == 8
        assert Case.objects.filter(assignee=noa).count() == 2
        assert Case.objects.filter(assignee=marco).count() == 6

    def test_nobody_gets_more_than_fits(self, bench: Channel, marco: Agent) -> None:
        duty.seen(marco.pk)
        cases = [receive(bench, f"{n}@post.example").case for n in range(3)]
        assert giving.sweep() == 2
        assert [holder(case) for case in cases] == [marco, marco, None]
        assert giving.sweep() == 0

    def test_what_is_due_first_goes_first(self, bench: Channel, marco: Agent) -> None:
        cases = [receive(bench, f"{n}@post.example").case for n in range(3)]
        due = Case.objects.get(pk=cases[0].pk).reply_due_at
        assert due
        Case.objects.filter(pk=cases[2].pk).update(reply_due_at=due - timedelta(hours=1))
        duty.seen(marco.pk)
        giving.sweep()
        assert [holder(case) for case in cases] == [marco, None, marco]

    @pytest.mark.parametrize("way", ["resolve", "snooze", "to nobody", "capacity", "another comes"])
    def test_goes_on_when_there_is_room(
        self, bench: Channel, marco: Agent, noa: Agent, way: str
    ) -> None:
        duty.seen(marco.pk)
        first, _, third = (receive(bench, f"{n}@post.example").case for n in range(3))
        giving.sweep()
        until = Case.objects.get(pk=first.pk).opened_at + timedelta(days=1)
        if way == "resolve":
            status.resolve(case_id=first.pk, agent=marco)
        elif way == "snooze":
            snooze.snooze(case_id=first.pk, agent=marco, until=until)
        elif way == "to nobody":
            assignment.assign(case_id=first.pk, agent=marco, assignee_id=None)
        elif way == "capacity":
            Agent.objects.filter(pk=marco.pk).update(capacity=3)
        else:
            duty.seen(noa.pk)
        giving.sweep()
        assert holder(third) == (noa if way == "another comes" else marco)

    @pytest.mark.parametrize("way", ["away", "silent", "signed out", "let go", "other team"])
    def test_not_to_who_is_not_there(
        self, bench: Channel, marco: Agent, priya: Agent, way: str
    ) -> None:
        agent = priya if way == "other team" else marco
        duty.seen(agent.pk)
        if way == "away":
            duty.choose(agent=agent, availability="away")
        elif way == "silent":
            silent(agent)
            duty.judge()
        elif way == "signed out":
            duty.sign_out(agent=agent)
        elif way == "let go":
            Agent.objects.filter(pk=agent.pk).update(is_active=False)
        case = receive(bench, DANA).case
        assert giving.sweep() == 0
        assert holder(case) is None

    def test_a_restricted_teams_case_stays_with_its_members(
        self, legal: Team, priya: Agent
    ) -> None:
        lex, lena = make_agent("Lex Law", legal), make_agent("Lena Ortiz", role="admin")
        by(Giving.ROUND_ROBIN, legal)
        for agent in (priya, lena):
            duty.seen(agent.pk)
        case = receive(make_channel(legal, name="legal"), DANA).case
        assert giving.sweep() == 0
        duty.seen(lex.pk)
        assert giving.sweep() == 1
        assert holder(case) == lex

    def test_a_default_teams_case_goes_to_everybody_until_it_has_members(
        self, support: Channel, team: Team, priya: Agent, marco: Agent
    ) -> None:
        by(Giving.ROUND_ROBIN, team)
        duty.seen(marco.pk)
        first = receive(support, DANA).case
        giving.sweep()
        team.members.add(priya)
        second = receive(support, LEON).case
        assert (giving.sweep(), holder(first), holder(second)) == (0, marco, None)

    def test_an_answered_case_is_left_alone(self, bench: Channel, marco: Agent, noa: Agent) -> None:
        case = receive(bench, DANA).case
        answer(case, marco)
        assignment.assign(case_id=case.pk, agent=marco, assignee_id=None)
        duty.seen(noa.pk)
        assert giving.sweep() == 0

    def test_a_thread_that_somebody_works_in_is_passed_over(
        self, bench: Channel, marco: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        duty.seen(marco.pk)
        busy, free = receive(bench, DANA).case, receive(bench, LEON).case
        manager = type(Case.objects.get(pk=busy.pk).conversation)._default_manager
        lock = type(manager.all()).locked_if_free
        monkeypatch.setattr(
            type(manager.all()),
            "locked_if_free",
            lambda rows, pk: None if pk == busy.conversation_id else lock(rows, pk),
        )
        assert giving.sweep() == 1
        assert (holder(busy), holder(free)) == (None, marco)


class TestWeights:
    def test_a_live_case_weighs_more(self, chat: Channel, bench: Channel, marco: Agent) -> None:
        by(Giving.ROUND_ROBIN, bench.team, capacity=4)
        duty.seen(marco.pk)
        cases = [receive(chat, DANA).case, receive(bench, LEON).case, receive(bench, OMAR).case]
        assert giving.sweep() == 2
        assert [holder(case) for case in cases] == [marco, marco, None]
        assert workload.loads([marco.pk]) == {marco.pk: 4}

    def test_the_channel_written_on_last_counts(
        self, chat: Channel, bench: Channel, marco: Agent
    ) -> None:
        case = receive(bench, DANA).case
        assignment.take(case_id=case.pk, agent=marco)
        assert workload.loads([marco.pk]) == {marco.pk: 1}
        receive(chat, DANA)
        assert workload.loads([marco.pk]) == {marco.pk: 3}

    def test_a_light_case_does_not_overtake_a_heavy_one(
        self, chat: Channel, bench: Channel, marco: Agent
    ) -> None:
        duty.seen(marco.pk)
        heavy, light = receive(chat, DANA).case, receive(bench, LEON).case
        assert giving.sweep() == 0
        Agent.objects.filter(pk=marco.pk).update(capacity=4)
        assert giving.sweep() == 2
        assert (holder(heavy), holder(light)) == (marco, marco)


class TestWhoKnowsIt:
    def test_the_last_agent_of_a_case_gets_it_back_though_full(
        self, bench: Channel, marco: Agent, noa: Agent
    ) -> None:
        for agent in (noa, marco):
            duty.seen(agent.pk)
        case = receive(bench, DANA).case
        giving.sweep()
        assert holder(case) == marco
        Case.objects.filter(pk=case.pk).update(assignee=None)
        Agent.objects.filter(pk=marco.pk).update(capacity=0)
        giving.sweep()
        assert (holder(case), lines(case)[-1]) == (marco, ("given", "same_agent"))

    def test_else_it_goes_by_the_rule(self, bench: Channel, marco: Agent, noa: Agent) -> None:
        duty.seen(marco.pk)
        case = receive(bench, DANA).case
        giving.sweep()
        Case.objects.filter(pk=case.pk).update(assignee=None)
        duty.choose(agent=marco, availability="away")
        duty.seen(noa.pk)
        giving.sweep()
        assert (holder(case), lines(case)[-1]) == (noa, ("given", "round_robin"))

    def test_what_follows_a_case_goes_to_its_agent(
        self,
        bench: Channel,
        marco: Agent,
        noa: Agent,
        settings: Settings,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        settings.REOPEN_WINDOW = timedelta(0)
        case = receive(bench, DANA).case
        answer(case, noa)
        status.resolve(case_id=case.pk, agent=noa)
        for agent in (marco, noa):
            duty.seen(agent.pk)
        Agent.objects.filter(pk=noa.pk).update(capacity=0)
        with django_capture_on_commit_callbacks(execute=True):
            again = receive(bench, DANA, tokens=[case.reply_token]).case
        assert again.follows == case
        assert holder(again) == noa

    def test_who_let_go_of_a_case_is_not_given_it_again(
        self, bench: Channel, marco: Agent, noa: Agent
    ) -> None:
        duty.seen(marco.pk)
        case = receive(bench, DANA).case
        giving.sweep()
        assignment.assign(case_id=case.pk, agent=marco, assignee_id=None)
        behind = receive(bench, LEON).case
        giving.sweep()
        assert (holder(case), holder(behind)) == (None, marco)
        duty.seen(noa.pk)
        giving.sweep()
        assert holder(case) == noa


class TestNobodyThere:
    def test_a_live_case_goes_back_and_is_given_again(
        self, chat: Channel, marco: Agent, noa: Agent
    ) -> None:
        by(Giving.ROUND_ROBIN, chat.team)
        duty.seen(marco.pk)
        case = receive(chat, DANA).case
        giving.sweep()
        silent(marco)
        assert duty.judge() == 1
        assert (holder(case), lines(case)[-1]) == (None, ("back_in_queue", None))
        line = case.messages.get(code="back_in_queue")
        assert line.params == {"from": marco.pk, "from_name": "Marco Reyes"}
        duty.seen(noa.pk)
        giving.sweep()
        assert holder(case) == noa

    @pytest.mark.parametrize("kept", ["mail", "answered", "away by choice", "by hand alone"])
    def test_the_rest_stays(self, chat: Channel, bench: Channel, marco: Agent, kept: str) -> None:
        case = receive(bench if kept == "mail" else chat, DANA).case
        assignment.take(case_id=case.pk, agent=marco)
        if kept != "by hand alone":  # a program that never had a socket
            duty.seen(marco.pk)
        if kept == "answered":
            answer(case, marco)
        if kept == "away by choice":
            duty.choose(agent=marco, availability="away")
        elif kept != "by hand alone":
            silent(marco)
        assert duty.judge() == 0
        assert holder(case) == marco

    def test_who_signs_out_leaves_their_live_cases(self, chat: Channel, marco: Agent) -> None:
        duty.seen(marco.pk)
        case = receive(chat, DANA).case
        assignment.take(case_id=case.pk, agent=marco)
        duty.sign_out(agent=marco)
        assert duty.judge() == 1
        assert holder(case) is None


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_arrivals_do_not_fill_one_place(self, bench: Channel, marco: Agent) -> None:
        """The first has chosen and not committed when the second comes to choose."""
        by(Giving.ROUND_ROBIN, bench.team, capacity=1)
        cases = [receive(bench, DANA).case, receive(bench, LEON).case]
        duty.seen(marco.pk)
        team = Team.objects.get(pk=bench.team_id)

        def give() -> None:
            giving.give_waiting(team)
            connections.close_all()

        second = threading.Thread(target=give)
        with transaction.atomic():
            giving.give_waiting(team)
            second.start()
            assert waiting.until_somebody_waits()
        second.join(10)
        assert [holder(case) for case in cases] == [marco, None]

    def test_not_to_who_goes_in_that_moment(self, bench: Channel, marco: Agent) -> None:
        """They were there when they were chosen, and their going is committed before the case is
        theirs."""
        team = Team.objects.get(pk=bench.team_id)
        case = receive(bench, DANA).case
        duty.seen(marco.pk)

        def give() -> None:
            giving.give_waiting(team)
            connections.close_all()

        giver = threading.Thread(target=give)
        with transaction.atomic():
            duty.sign_out(agent=marco)
            giver.start()
            assert waiting.until_somebody_waits()
        giver.join(10)
        assert holder(case) is None

    def test_who_waits_too_long_for_the_turn_leaves_it_to_the_clock(
        self, bench: Channel, marco: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(giving, "PATIENCE", "20ms")
        duty.seen(marco.pk)
        taken, done = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic():
                giving._take_turn()
                taken.set()
                done.wait(10)
            connections.close_all()

        other = threading.Thread(target=hold)
        other.start()
        taken.wait(10)
        case = receive(bench, DANA).case
        assert holder(case) is None
        done.set()
        other.join(10)
        assert giving.sweep() == 1
        assert holder(case) == marco

    def test_a_mail_that_comes_in_is_given_at_once(self, bench: Channel, marco: Agent) -> None:
        duty.seen(marco.pk)
        assert holder(receive(bench, DANA).case) == marco
