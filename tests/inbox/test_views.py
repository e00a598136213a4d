"""Filters in the address, and lists that are kept under a name: never more than one may see."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Agent, Case, Channel, SavedView, Team
from conversations.services import assignment, merge_customers, priority, tags
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(support: Channel, warranty: Team, priya: Agent) -> dict[str, Case]:
    """Dana waits late and tagged, Eve is answered and urgent, Will writes Spanish to Warranty."""
    other = make_channel(warranty, name="warranty")
    found = {
        "dana": receive(support, "dana@out.example", "D", subject="Dana's lamp").case,
        "eve": receive(support, "eve@out.example", "E", subject="Eve's chair").case,
        "will": receive(other, "will@out.example", "W", subject="Will's desk").case,
    }
    tags.replace(case_id=found["dana"].pk, agent=priya, names=["Lamp Post"])
    assignment.assign(case_id=found["dana"].pk, agent=priya, assignee_id=priya.pk)
    priority.prioritise(case_id=found["eve"].pk, agent=priya, priority=3)
    answer(found["eve"], priya)
    warranty.members.add(priya)
    customer = found["will"].conversation.customer
    customer.language = "es-MX"
    customer.save()
    Case.objects.filter(pk=found["dana"].pk).update(
        reply_due_at=timezone.now() - timedelta(minutes=5)
    )
    return found


TOPICS = {"dana": "Dana&#x27;s lamp", "eve": "Eve&#x27;s chair", "will": "Will&#x27;s desk"}


def shown(desk: Client, url: str) -> set[str]:
    page = desk.get(url)
    assert page.status_code == 200, url
    words = page.content.decode()
    return {name for name, topic in TOPICS.items() if topic in words}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"dana", "eve", "will"}),
        ("waits=late", {"dana"}),
        ("waits=no", {"eve"}),
        ("priority=3", {"eve"}),
        ("assignee=me", {"dana", "eve"}),
        ("assignee=none", {"will"}),
        ("tag=LAMP%20post", {"dana"}),
        ("language=es", {"will"}),
        ("waits=yes&assignee=me", {"dana"}),
        ("since=2001-01-01", {"dana", "eve", "will"}),
        ("since=2999-01-01", set()),
        ("until=2001-01-01", set()),
    ],
)
def test_the_address_narrows_a_list(
    desk: Client, cases: dict[str, Case], query: str, names: set[str]
) -> None:
    assert shown(desk, f"/inbox/q/all/?tab=all&{query}") == names


def test_by_what_has_a_number(desk: Client, cases: dict[str, Case], support: Channel) -> None:
    asked = {
        f"channel={support.pk}": {"dana", "eve"},
        f"team={cases['will'].team_id}": {"will"},
        f"customer={cases['eve'].conversation.customer_id}": {"eve"},
    }
    for query, names in asked.items():
        assert shown(desk, f"/inbox/q/all/?tab=all&{query}") == names, query


def test_a_view_by_a_customer_goes_on_after_a_merge(
    desk: Client, cases: dict[str, Case], priya: Agent
) -> None:
    eve = cases["eve"].conversation.customer_id
    merge_customers.merge(case_id=cases["dana"].pk, agent=priya, other_case_id=cases["eve"].pk)
    assert shown(desk, f"/inbox/q/all/?tab=all&customer={eve}") == {"dana", "eve"}
    assert shown(desk, "/inbox/q/all/?tab=all&customer=999999") == set()


@pytest.mark.parametrize(
    "query",
    ["waits=perhaps", "channel=x", "team=-1", "assignee=you", "priority=9", "language=1",
     "since=yesterday", "until=9999-12-31", "customer=99999999999999999999999"],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_said(
    desk: Client, cases: dict[str, Case], query: str
) -> None:
    page = desk.get(f"/inbox/q/all/?tab=all&{query}").content.decode()
    assert "This filter makes no sense" in page
    assert not any(topic in page for topic in TOPICS.values())


def test_each_filter_is_a_chip_that_comes_off(desk: Client, cases: dict[str, Case]) -> None:
    page = desk.get("/inbox/q/all/?tab=all&waits=yes&tag=lamp+post").content.decode()
    assert 'href="/inbox/q/all/?tab=all&amp;waits=yes"' in page
    assert 'href="/inbox/q/all/?tab=all&amp;tag=lamp+post"' in page


def keep(desk: Client, **said: object) -> SavedView:
    desk.post("/inbox/views/", {"name": "Late lamps", "q": "all", **said})
    return SavedView.objects.latest("id")


def test_a_kept_view_is_a_queue_of_its_own(desk: Client, cases: dict[str, Case]) -> None:
    view = keep(desk, waits="late", tag="lamp post")
    page = desk.get(f"/inbox/q/saved-{view.pk}/").content.decode()
    assert shown(desk, f"/inbox/q/saved-{view.pk}/") == {"dana"}
    assert page.count("Late lamps") >= 2, "in the sidebar and above the list"
    case = cases["dana"]
    assert desk.get(f"/inbox/q/saved-{view.pk}/c/{case.pk}/").status_code == 200


def test_a_team_s_view_shows_each_what_they_may_see(
    desk: Client, cases: dict[str, Case], marco: Agent, team: Team, warranty: Team
) -> None:
    view = keep(desk, share=warranty.pk)
    other, stranger = Client(), Client()
    other.force_login(make_agent("Wanda Warr", warranty))
    stranger.force_login(make_agent("Stan Other"))
    assert shown(other, f"/inbox/q/saved-{view.pk}/?tab=all") == {"dana", "eve", "will"}
    assert stranger.get(f"/inbox/q/saved-{view.pk}/").status_code == 404


def test_only_its_owner_and_who_leads_change_it(desk: Client, warranty: Team, priya: Agent) -> None:
    warranty.members.add(priya)
    view = keep(desk, share=warranty.pk)
    url = f"/inbox/views/{view.pk}/"
    for name, role, works in (
        ("Wanda Warr", "agent", False),
        ("Sue Lead", "supervisor", True),
    ):
        browser = Client()
        browser.force_login(make_agent(name, warranty, role=role))
        browser.post(url, {"name": name, "share": warranty.pk})
        view.refresh_from_db()
        assert (view.name == name) is works
    alone = Client()
    alone.force_login(make_agent("Stan Other"))
    assert alone.post(url, {"name": "Mine"}).status_code == 404


def test_deleting_is_undone(desk: Client, cases: dict[str, Case]) -> None:
    view = keep(desk, waits="late")
    page = desk.post(f"/inbox/views/{view.pk}/delete", {"q": "all"}, follow=True)
    assert f"/inbox/views/{view.pk}/restore" in page.content.decode()
    assert desk.get(f"/inbox/q/saved-{view.pk}/").status_code == 404
    desk.post(f"/inbox/views/{view.pk}/restore")
    assert shown(desk, f"/inbox/q/saved-{view.pk}/") == {"dana"}


@pytest.mark.parametrize(
    ("said", "says"),
    [({"name": "  "}, "Give it a name"), ({"share": "9999999"}, "no such team"),
     ({"waits": "perhaps"}, "makes no sense")],
)  # fmt: skip
def test_what_cannot_be_kept_is_said(desk: Client, said: dict[str, str], says: str) -> None:
    data = {"name": "A", "q": "all", **said}
    assert says in desk.post("/inbox/views/", data, follow=True).content.decode()
    assert not SavedView.objects.exists()
