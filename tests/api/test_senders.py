"""Who wrote: blocked, let in, passed on, shared by many; and what is to be read again."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Agent, BlockedSender, Case, Channel, Identity, Message, Team
from tests.api.conftest import machine
from tests.api.test_actions import post
from tests.api.test_frame import problem
from tests.people import answer, make_agent, receive

pytestmark = pytest.mark.django_db

DANA = "dana@out.example"
FORWARD = {"from": "ana@client.example", "name": "Ana Ruiz", "text": "No legs.", "note": "Yours?"}


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, DANA, "Broken", subject="Massager").case


@pytest.fixture
def passed(support: Channel, priya: Agent) -> Message:
    return receive(support, priya.email, "Yours?", name="Priya Nair", forwarded=FORWARD)


def results(api: Client, path: str) -> Any:
    return api.get(f"/api/v1/{path}").json()["results"]


def test_who_wrote_is_blocked_and_let_write_again(api: Client, case: Case) -> None:
    blocked = post(api, f"cases/{case.pk}/block/")
    assert blocked.json()["status"] == "spam"
    assert BlockedSender.objects.get().value == DANA
    back = post(api, f"cases/{case.pk}/unblock/", **{"If-Match": blocked.headers["ETag"]})
    assert back.json()["status"] == "open"
    assert not BlockedSender.objects.exists()


def test_one_of_ourselves_is_not_blocked(api: Client, support: Channel) -> None:
    own = receive(support, "support@kalma.example").case
    assert post(api, f"cases/{own.pk}/block/").status_code == 422
    assert not BlockedSender.objects.exists()


def test_a_block_is_not_taken_back_over_somebody(api: Client, case: Case, team: Team) -> None:
    blocked = post(api, f"cases/{case.pk}/block/")
    stan = machine(make_agent("Stan Other", team))
    assert post(stan, f"cases/{case.pk}/not-spam/").status_code == 200
    late = post(api, f"cases/{case.pk}/unblock/", **{"If-Match": blocked.headers["ETag"]})
    assert problem(late, 409, "changed_meanwhile")["params"]["who"] == "Stan Other"
    assert BlockedSender.objects.exists()


def test_a_stranger_is_listed_and_let_in(api: Client, case: Case, support: Channel) -> None:
    said = receive(support, "mal@evil.example", "Me too", tokens=[case.reply_token])
    [stranger] = results(api, f"cases/{case.pk}/participants/")
    assert (stranger["state"], stranger["identity"]["value"]) == ("unconfirmed", "mal@evil.example")
    path = f"cases/{case.pk}/participants/{stranger['id']}/accept/"
    assert post(api, path).json()["state"] == "confirmed"
    said.refresh_from_db()
    assert not said.is_unconfirmed
    assert post(api, path).status_code == 200
    problem(post(api, f"cases/{case.pk}/participants/{10**9}/accept/"), 404, "not_found")


def test_what_an_agent_passed_on_is_given_to_its_sender_and_taken_back(
    api: Client, passed: Message
) -> None:
    shown = api.get(f"/api/v1/messages/{passed.pk}/").json()
    assert shown["params"]["forwarded"]["address"] == "ana@client.example"
    given = post(api, f"messages/{passed.pk}/give/", key="once").json()
    assert (given["author"]["name"], given["text"]) == ("Ana Ruiz", "No legs.")
    assert given["conversation"] != shown["conversation"]
    assert post(api, f"messages/{passed.pk}/give/", key="once").json() == given
    problem(post(api, f"messages/{passed.pk}/give/"), 422, "not_a_forward")
    back = post(api, f"messages/{passed.pk}/take-back/").json()
    assert (back["text"], back["conversation"]) == ("Yours?", shown["conversation"])
    problem(post(api, f"messages/{passed.pk}/take-back/"), 422, "not_a_forward")


def test_what_was_answered_stays_whose_it_is(api: Client, passed: Message, priya: Agent) -> None:
    post(api, f"messages/{passed.pk}/give/")
    answer(Case.objects.get(pk=passed.case_id), priya)
    problem(post(api, f"messages/{passed.pk}/take-back/"), 422, "answered_already")


def test_an_admin_says_whether_an_address_is_one_person(api: Client, case: Case) -> None:
    dana = Identity.objects.get(value=DANA)
    path = f"identities/{dana.pk}/sharing/"
    problem(post(api, path, {"use": "shared"}), 403, "insufficient_scope")
    agent = machine(make_agent("Stan Other"), "admin")
    problem(post(agent, path, {"use": "shared"}), 403, "admins_only")
    admin = machine(make_agent("Lena Ortiz", role="admin"), "admin")
    assert post(admin, path, {"use": "one_person"}).json()["is_one_person"]
    shared = post(admin, path, {"use": "shared"}).json()
    assert (shared["is_shared"], shared["customer"]) == (True, None)
    problem(post(admin, path, {"use": "shared"}), 422, "already_shared")
    again = post(admin, path, {"use": "personal"}).json()
    assert (again["is_shared"], again["customer"]) == (False, case.conversation.customer_id)
    problem(post(admin, path, {"use": "mine"}), 422, "invalid")


def test_a_case_is_to_be_read_again(api: Client, case: Case, priya: Agent) -> None:
    post(api, f"cases/{case.pk}/read/", {"up_to": timezone.now().isoformat()})
    assert priya.read_marks.exists()
    assert post(api, f"cases/{case.pk}/unread/").status_code == 204
    assert not priya.read_marks.exists()
