"""Taking a case of nobody's by starting to answer it."""

import re
from typing import Any

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, Status
from conversations.services import assignment, status
from tests.people import receive
from tests.security.test_at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "First").case


def begin(browser: Client, case: Case, **how: Any) -> Any:
    return browser.post(f"/inbox/c/{case.pk}/begin", {"q": "all"}, **how)


def assignee(case: Case) -> Agent | None:
    return Case.objects.get(pk=case.pk).assignee


def undo(browser: Client, page: str, **how: Any) -> Any:
    """Press what the toast offers."""
    toast = page.partition('<div class="toast"')[2].partition("</form>")[0]
    (url,) = re.findall(r'action="([^"]+)"', toast)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', toast))
    return browser.post(url, fields, **how)


def test_it_is_theirs_once_and_can_be_given_back(
    desk: Client, case: Case, priya: Agent, htmx: dict[str, Any]
) -> None:
    said = begin(desk, case, **htmx)
    assert assignee(case) == priya
    page = said.content.decode()
    assert "It is yours now" in page
    assert page.index('id="th-top"') < page.index("Priya")
    assert "<textarea" not in page
    lines = case.messages.filter(kind="activity").count()
    again = begin(desk, case, **htmx)
    assert (again.status_code, again.content) == (204, b"")
    assert case.messages.filter(kind="activity").count() == lines
    undo(desk, page, **htmx)
    assert assignee(case) is None


def test_giving_back_leaves_alone_what_a_colleague_did_since(
    desk: Client, case: Case, marco: Agent, htmx: dict[str, Any]
) -> None:
    page = begin(desk, case, **htmx).content.decode()
    assignment.take(case_id=case.pk, agent=marco)
    assert undo(desk, page, **htmx).status_code == 409
    assert assignee(case) == marco


def test_the_second_is_told_and_changes_nothing(
    desk: Client, case: Case, marco: Agent, htmx: dict[str, Any]
) -> None:
    assignment.take(case_id=case.pk, agent=marco)
    revision = Case.objects.get(pk=case.pk).conversation.revision
    said = begin(desk, case, **htmx).content.decode()
    assert "Marco Reyes took this." in said
    assert assignee(case) == marco
    assert Case.objects.get(pk=case.pk).conversation.revision == revision


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_has_it(case: Case, priya: Agent, marco: Agent) -> None:
    def press(agent: Agent) -> str:
        browser = Client(headers={"HX-Request": "true"})
        browser.force_login(agent)
        return str(begin(browser, case).content.decode())

    found = at_once([lambda: press(priya), lambda: press(marco)])
    first = assignee(case)
    assert first in {priya, marco}
    assert sum("It is yours now" in said for said in found) == 1
    assert sum(f"{first} took this." in said for said in found) == 1
    assert case.messages.filter(code="taken").count() == 1


def test_a_closed_case_stays_nobodys(desk: Client, case: Case, priya: Agent) -> None:
    status.resolve(case_id=case.pk, agent=priya)
    assert begin(desk, case).status_code == 204
    assert assignee(case) is None
    assert Case.objects.get(pk=case.pk).status == Status.RESOLVED


def test_agents_may_want_it_otherwise(desk: Client, case: Case, priya: Agent) -> None:
    url = f"/inbox/q/all/c/{case.pk}/"
    assert 'id="begin"' in desk.get(url).content.decode()
    page = desk.get("/inbox/me/").content.decode()
    assert 'name="takes_by_answering" id="id_takes_by_answering" checked' in page
    desk.post("/inbox/me/", {"language": "en", "time_zone": "UTC", "undo_seconds": "0"})
    assert 'id="begin"' not in desk.get(url).content.decode()
