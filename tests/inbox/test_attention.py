"""Past the reply target, and due soon: at the side, as filters, in the API."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clocks.models import Calendar, Span, TeamCalendar
from conversations.models import Agent, Case, Channel, Team
from conversations.services import assignment, snooze, split, targets
from tests.inbox.test_list import statements
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def due(case: Case, minutes: float, *, soon: float | None = None) -> Case:
    """The answer is due in so many minutes, and is due soon from `soon` before that on."""
    at = timezone.now() + minutes * MINUTE
    Case.objects.filter(pk=case.pk).update(
        reply_due_at=at, reply_soon_at=at - (15 if soon is None else soon) * MINUTE
    )
    return case


@pytest.fixture
def late(support: Channel) -> Case:
    return due(receive(support, "grace@post.example", subject="Charged twice").case, -12)


@pytest.fixture
def near(support: Channel) -> Case:
    return due(receive(support, "dana@post.example", subject="Shuts off").case, 5)


@pytest.fixture
def calm(support: Channel) -> Case:
    return due(receive(support, "leon@post.example", subject="A quote").case, 50)


def shown(desk: Client, path: str) -> list[Case]:
    return [row.case for row in desk.get(f"/inbox/q/{path}").context["listing"].page.rows]


def counted(desk: Client, key: str) -> str:
    return str(desk.get("/inbox/q/all/").context["shell"].counts[key])


def test_each_is_a_list_of_its_own_with_its_count(
    desk: Client, late: Case, near: Case, calm: Case
) -> None:
    assert shown(desk, "overdue/") == [late]
    assert shown(desk, "due-soon/") == [near]
    assert (counted(desk, "overdue"), counted(desk, "due-soon")) == ("1", "1")
    assert calm in shown(desk, "all/")
    page = desk.get("/inbox/q/overdue/").content.decode()
    assert "Needs attention" in page
    assert 'aria-current="page"' in page
    assert "Waiting on customer" not in page


def test_an_answer_or_a_snooze_takes_a_case_out(
    desk: Client, late: Case, near: Case, priya: Agent
) -> None:
    answer(late, priya)
    snooze.snooze(case_id=near.pk, agent=priya, until=timezone.now() + timedelta(days=1))
    assert shown(desk, "overdue/") == shown(desk, "due-soon/") == []
    assert "Nobody waits that long." in desk.get("/inbox/q/overdue/").content.decode()
    assert counted(desk, "overdue") == "0"


def test_the_earliest_target_is_first(desk: Client, late: Case, support: Channel) -> None:
    later = due(receive(support, "ruth@post.example").case, -3)
    assert shown(desk, "overdue/") == [late, later]


def test_filters_narrow_any_list_to_them(desk: Client, late: Case, near: Case, calm: Case) -> None:
    assert shown(desk, "all/?waits=late") == [late]
    assert shown(desk, "all/?waits=soon") == [near]
    assert "Due soon" in desk.get("/inbox/q/all/?waits=soon").content.decode()
    assert len(shown(desk, "all/")) == 3


def test_what_others_may_not_see_is_not_counted(
    desk: Client, late: Case, legal: Team, marco: Agent
) -> None:
    secret = due(receive(make_channel(legal, name="counsel"), "eve@post.example").case, -5)
    assert secret not in shown(desk, "overdue/")
    assert counted(desk, "overdue") == "1"


def test_a_count_changes_with_the_answer(
    desk: Client, late: Case, priya: Agent, htmx: dict[str, Any]
) -> None:
    said = {"q": "overdue", "assignee": priya.pk}
    patch = desk.post(f"/inbox/c/{late.pk}/assign", said, **htmx)
    assert 'id="n-overdue"' in patch.content.decode()


def test_costs_no_statement_more_than_another_list(desk: Client, late: Case, near: Case) -> None:
    desk.get("/inbox/q/all/")  # a process reads the calendars with its first page
    assert statements(desk, "/inbox/q/overdue/") <= 9
    assert statements(desk, "/inbox/q/due-soon/") <= 9


def test_a_view_can_be_kept_of_it(desk: Client, late: Case, near: Case, priya: Agent) -> None:
    assignment.take(case_id=late.pk, agent=priya)
    desk.post("/inbox/views/", {"q": "overdue", "name": "My late ones", "assignee": "me"})
    page = desk.get("/inbox/q/overdue/").context["shell"]
    assert [queue.title for queue in page.views] == ["My late ones"]
    assert shown(desk, f"{page.views[0].key}/") == [late]


def test_the_thread_says_that_it_has_passed(desk: Client, late: Case) -> None:
    assert targets.note_passed() == 1
    page = desk.get(f"/inbox/q/all/c/{late.pk}/").content.decode()
    assert "The reply target passed:" in page


class TestInTheTeamsHours:
    """Wait clocks count working time, whatever the hour is."""

    @pytest.fixture
    def office(self, team: Team) -> Calendar:
        """Opened an hour ago, and closes in an hour, every day."""
        return self.calendar(team, opened=60, closes=60)

    @staticmethod
    def calendar(team: Team, *, opened: float, closes: float) -> Calendar:
        now = timezone.now()
        calendar = Calendar.objects.create(name="Office", time_zone="UTC")
        for weekday in range(7):
            Span.objects.create(
                calendar=calendar,
                weekday=weekday,
                opens=(now - opened * MINUTE).time(),
                closes=(now + closes * MINUTE).time(),
            )
        TeamCalendar.objects.create(team=team, calendar=calendar)
        return calendar

    @staticmethod
    def clock(page: str) -> dict[str, str]:
        """What the first wait clock of a page carries."""
        found = re.search(r'<span class="wait (\w+)"([^>]*)>', page)
        assert found
        return {"mood": found[1], **dict(re.findall(r'data-(\w+)="([^"]*)"', found[2]))}

    @pytest.mark.usefixtures("office")
    def test_the_night_is_not_counted(self, desk: Client, support: Channel) -> None:
        case = receive(support, "dana@post.example").case
        now = timezone.now()
        Case.objects.filter(pk=case.pk).update(
            waiting_since=now - timedelta(hours=6), reply_due_at=now + 30 * MINUTE
        )
        page = desk.get("/inbox/q/all/").content.decode()
        said = self.clock(page)
        assert said["mood"] == "warn"
        assert abs(int(said["gone"]) - 3600) <= 2
        assert abs(int(said["whole"]) - 5400) <= 2
        assert re.search(r"data-clock>1h<", page)
        opens, closes = said["open"].split(" ")[0].split("-")
        assert abs(int(closes) - int(opens) - 3600) <= 2
        assert len(said["open"].split(" ")) == 4

    def test_it_stands_still_while_they_are_closed(
        self, desk: Client, support: Channel, team: Team
    ) -> None:
        self.calendar(team, opened=-60, closes=120)
        case = receive(support, "dana@post.example").case
        Case.objects.filter(pk=case.pk).update(waiting_since=timezone.now() - 20 * MINUTE)
        said = self.clock(desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode())
        assert (said["gone"], said["mood"]) == ("0", "calm")

    def test_without_a_calendar_all_time_counts(self, desk: Client, support: Channel) -> None:
        case = receive(support, "dana@post.example").case
        now = timezone.now()
        Case.objects.filter(pk=case.pk).update(
            waiting_since=now - timedelta(hours=6), reply_due_at=now - timedelta(hours=1)
        )
        said = self.clock(desk.get("/inbox/q/all/").content.decode())
        assert (said["mood"], said["whole"]) == ("bad", "18000")
        assert abs(int(said["gone"]) - 21600) <= 2
        assert said["open"].endswith("-")


class TestTheCustomersClock:
    """The earliest of the open cases, wherever the customer is looked at."""

    @pytest.fixture
    def two(self, support: Channel, priya: Agent) -> tuple[Case, Case]:
        first = receive(support, "dana@post.example", subject="Shuts off").case
        second = receive(support, "dana@post.example", subject="Wrong plug")
        done = split.split(case_id=first.pk, agent=priya, message_ids=[second.pk], topic="Plug")
        assert done.target
        return due(first, 50), due(done.target, 5)

    def test_stands_in_the_panel_of_every_case_and_leads_to_its_own(
        self, desk: Client, two: tuple[Case, Case]
    ) -> None:
        calm, urgent = two
        page = desk.get(f"/inbox/q/all/c/{calm.pk}/")
        assert page.context["thread"].customers_wait.case == urgent
        panel = page.content.decode().partition('id="cust-wait"')[2].partition("</dl>")[0]
        assert f"/c/{urgent.pk}/" in panel
        own = desk.get(f"/inbox/q/all/c/{urgent.pk}/").content.decode()
        assert "href" not in own.partition('id="cust-wait"')[2].partition("</dl>")[0]

    def test_stands_on_the_customers_page(self, desk: Client, two: tuple[Case, Case]) -> None:
        page = desk.get(f"/inbox/customers/{two[0].conversation.customer_id}/")
        assert page.context["page"].waits.case == two[1]
        assert "Reply target" in page.content.decode()

    def test_goes_on_to_the_next_case_with_an_answer(
        self, desk: Client, two: tuple[Case, Case], priya: Agent, htmx: dict[str, Any]
    ) -> None:
        calm, urgent = two
        said = {"q": "all", "kind": "message", "text": "Done.", "to": "dana@post.example"}
        patch = desk.post(f"/inbox/c/{urgent.pk}/messages", said, **htmx).content.decode()
        panel = patch.partition('id="cust-wait"')[2].partition("</div>")[0]
        assert f"/c/{calm.pk}/" in panel
        answer(calm, priya)
        page = desk.get(f"/inbox/q/all/c/{calm.pk}/")
        assert page.context["thread"].customers_wait is None
