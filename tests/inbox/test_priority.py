"""How urgent a case is: said once, seen in list and header, taken back."""

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, Message, Priority
from tests.people import receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    found = receive(support, "dana@post.example", "It smells burnt", name="Dana").case
    Case.objects.update(assignee=priya)
    return found


def give(desk: Client, case: Case, priority: object, **said: object) -> str:
    url = f"/inbox/c/{case.pk}/priority"
    answer = desk.post(url, {"priority": priority, "q": "mine", **said}, follow=True)
    case.refresh_from_db()
    return answer.content.decode()


def test_is_seen_in_list_header_and_thread(desk: Client, case: Case) -> None:
    assert "p-3" not in desk.get("/inbox/q/mine/").content.decode()
    page = give(desk, case, 3, was_priority=1)
    assert case.priority == Priority.URGENT
    assert page.count("chip p-3") == 2
    assert "Priya set the priority to urgent" in page
    told = Message.objects.get(case=case, code="prioritised")
    assert told.params == {"from": 1, "to": 3}


def test_undo_gives_it_back(desk: Client, case: Case) -> None:
    give(desk, case, 2)
    give(desk, case, 1)
    assert case.priority == Priority.NORMAL


@pytest.mark.parametrize("wrong", ["", "4", "-1", "urgent", "99999999999999999999"])
def test_what_is_no_priority_changes_nothing(desk: Client, case: Case, wrong: str) -> None:
    assert "There is no such priority" in give(desk, case, wrong)
    assert case.priority == Priority.NORMAL


def test_the_same_again_says_nothing(desk: Client, case: Case) -> None:
    give(desk, case, 1)
    assert not Message.objects.filter(case=case, kind="activity").exists()


def test_the_loser_of_two_is_told(
    desk: Client, case: Case, priya: Agent, marco: Agent, client: Client
) -> None:
    seen = Case.objects.get(pk=case.pk).conversation.revision
    other = Client()
    other.force_login(marco)
    other.post(f"/inbox/c/{case.pk}/priority", {"priority": 0})
    told = give(desk, case, 3, seen=seen)
    assert "Marco" in told
    assert case.priority == Priority.LOW
