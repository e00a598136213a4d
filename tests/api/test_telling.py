"""To a customer first: by whatever reaches them, and why not by something else."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import Agent, Case, Channel, Customer, Delivery, Message, Status, Team
from conversations.services import status
from tests import paper
from tests.api.conftest import machine
from tests.people import make_channel, receive

pytestmark = pytest.mark.django_db
DANA = "dana@hey.example"


@pytest.fixture(autouse=True)
def portal(settings: Settings) -> None:
    settings.CHANNEL_ADAPTERS = [*settings.CHANNEL_ADAPTERS, "portal.adapter.PortalAdapter"]


@pytest.fixture
def fast(team: Team) -> Channel:
    return make_channel(team, name="fast", kind="fast")


@pytest.fixture
def case(support: Channel, fast: Channel) -> Case:
    return receive(support, DANA, subject="Pro 2").case


def tell(api: Client, key: str = "", **said: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"text": "It is on its way.", **said}
    return api.post("/api/v1/messages/", body, "application/json", headers=headers)


def codes(skipped: list[dict[str, Any]]) -> dict[str, str]:
    return {one["channel"]["kind"]: one["code"] for one in skipped}


def test_it_goes_by_what_they_used_last_into_the_open_case_once(
    api: Client, case: Case, support: Channel
) -> None:
    customer = case.conversation.customer_id
    first, second = (tell(api, "k-1", customer=customer) for _ in range(2))
    assert first.status_code == second.status_code == 201, first.json()
    assert first.json() == second.json()
    told = first.json()
    assert (told["case"], told["channel"]["id"], told["skipped"]) == (case.pk, support.pk, [])
    assert Delivery.objects.get().messages.get().pk == told["message"]["id"]
    assert tell(api, customer=customer, address=DANA).status_code == 422
    assert tell(api).status_code == 422
    assert tell(api, case=case.pk, text=" \n").json()["code"] == "empty"


def test_the_first_preferred_channel_that_reaches_them_is_taken(
    api: Client, case: Case, fast: Channel, support: Channel, team: Team
) -> None:
    make_channel(team, name="portal", kind="portal")
    off = make_channel(team, name="off")
    Channel.objects.filter(pk=off.pk).update(is_active=False)
    told = tell(api, case=case.pk, channels=["portal", off.pk, "fast", support.pk], subject="News")
    assert told.status_code == 201, told.json()
    said = told.json()
    assert said["channel"]["id"] == fast.pk
    assert [one["code"] for one in said["skipped"]] == ["receives_only", "channel_off"]
    paper.PROVIDER.unreachable.add(DANA)
    none = tell(api, case=case.pk, channels=["fast", "portal"])
    assert (none.status_code, none.json()["code"]) == (422, "no_way")
    assert codes(none.json()["params"]["skipped"]) == {
        "fast": "opted_out",
        "portal": "receives_only",
    }
    assert codes(tell(api, case=case.pk).json()["params"]["skipped"]) == {
        "paper": "opted_out",
        "fast": "opted_out",
    }
    assert tell(api, case=case.pk, channels=["x" * 17]).status_code == 422


def test_a_topic_or_a_closed_case_opens_a_new_one_in_the_same_conversation(
    api: Client, case: Case, priya: Agent
) -> None:
    customer = case.conversation.customer_id
    fresh = tell(api, customer=customer, topic="Order K-48213").json()
    opened = Case.objects.get(pk=fresh["case"])
    assert (opened.topic, opened.conversation) == ("Order K-48213", case.conversation)
    for one in Case.objects.filter(status=Status.OPEN):
        status.resolve(case_id=one.pk, agent=priya)
    again = tell(api, address=f" {DANA.upper()}", text="News\nand more").json()
    assert Case.objects.get(pk=again["case"]).topic == "News"
    assert Case.objects.filter(conversation=case.conversation).count() == 3
    assert tell(api, case=case.pk, topic="x").status_code == 422


def test_an_address_that_nobody_has_becomes_a_customer(api: Client, case: Case) -> None:
    told = tell(api, address="new@out.example", topic="Welcome")
    assert told.status_code == 201, told.json()
    assert Customer.objects.count() == 2
    assert tell(api, address="no address").json()["code"] == "bad_address"
    assert tell(api, address=paper.OWN).json()["code"] == "own_address"


def test_it_is_for_who_works_there(
    case: Case, priya: Agent, marco: Agent, warranty: Team, legal: Team
) -> None:
    api = machine(priya)
    customer, before = case.conversation.customer_id, Message.objects.count()
    assert tell(machine(priya, "read"), customer=customer).status_code == 403
    assert tell(api, customer=10**12).status_code == 404
    Case.objects.filter(pk=case.pk).update(team=warranty)
    assert tell(api, customer=customer).status_code == 404
    assert tell(api, case=case.pk).status_code == 404
    Case.objects.filter(pk=case.pk).update(team=legal)
    assert tell(machine(marco), case=case.pk).status_code == 404
    assert Message.objects.count() == before
    counsel = make_channel(legal, name="counsel")
    Case.objects.filter(pk=case.pk).update(team=warranty)
    refused = tell(machine(marco), case=case.pk, channels=[counsel.pk])
    assert (refused.status_code, refused.json()["params"]["skipped"]) == (422, [])
    other = receive(make_channel(warranty, name="w"), "eve@out.example").case
    wrong = tell(machine(marco), case=case.pk, customer=other.conversation.customer_id)
    assert wrong.json()["code"] == "not_their_case"
