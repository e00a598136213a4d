"""Addresses that many people seem to write through."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.models import Agent, Channel, Identity
from conversations.services import identities
from conversations.services.errors import Refused
from tests.people import make_agent, receive

RELAY = "relay@market.example"


@pytest.fixture
def lena(team: object) -> Agent:
    return make_agent("Lena Vogt", role="admin")


def of(value: str) -> Identity:
    return Identity.objects.get(value=value)


def bring(support: Channel, *names: str) -> None:
    for name in names:
        receive(support, RELAY, name=name)


def test_an_address_of_many_names_is_suggested_as_shared(support: Channel) -> None:
    bring(support, "Ana Ruiz", "Bo Lund", "Carl")
    assert of(RELAY).suggested_at is None
    bring(support, "Dana W.", "Eve")
    found = of(RELAY)
    assert found.suggested_at
    assert not found.is_shared
    assert found.brought == ["Ana Ruiz", "Bo Lund", "Carl", "Dana W."]


def test_one_persons_ways_to_write_a_name_are_one(support: Channel) -> None:
    bring(support, "Ana Ruiz", "Ruiz, Ana", "ana", "ANA RUIZ", "Ana María Ruiz", "", '"Ana"')
    assert of(RELAY).suggested_at is None


def test_an_address_of_many_reply_tos_is_suggested_as_shared(support: Channel) -> None:
    for name in ("a", "b", "c"):
        receive(support, RELAY, name="Market", reply_to=f"{name}@client.example")
    assert of(RELAY).suggested_at


def test_an_admin_says_once_that_it_is_one_person(
    support: Channel, lena: Agent, priya: Agent
) -> None:
    bring(support, "Ana", "Bo", "Carl", "Dana")
    with pytest.raises(Refused):
        identities.keep_personal(identity_id=of(RELAY).pk, agent=priya)
    identities.keep_personal(identity_id=of(RELAY).pk, agent=lena)
    bring(support, "Eve", "Finn")
    assert of(RELAY).suggested_at is None


@pytest.mark.parametrize(
    "local",
    ["noreply", "no-reply", "NO_REPLY", "do-not-reply", "donotreply", "notifications", "mailer",
     "noreply+1234"],
)  # fmt: skip
def test_programs_are_shared_from_the_start(support: Channel, local: str) -> None:
    one = receive(support, f"{local}@shop.example", "One")
    two = receive(support, f"{local}@shop.example", "Two")
    assert one.case.conversation != two.case.conversation


@pytest.mark.parametrize("local", ["nora.reply", "reply", "mailerdaemon.fan", "norbert"])
def test_people_are_not(support: Channel, local: str) -> None:
    receive(support, f"{local}@shop.example")
    assert not of(f"{local}@shop.example").is_shared


def test_what_is_known_already_costs_nothing(support: Channel) -> None:
    receive(support, RELAY, name="Ana")
    with CaptureQueriesContext(connection) as found:
        receive(support, RELAY, name="Ana")
    writes = [q["sql"] for q in found if q["sql"].startswith('UPDATE "conversations_identity"')]
    assert writes == []


def test_the_panel_asks_admins_and_remembers(
    support: Channel, client: Client, lena: Agent, priya: Agent
) -> None:
    bring(support, "Ana", "Bo", "Carl", "Dana")
    case = receive(support, RELAY, name="Ana").case
    page = f"/inbox/c/{case.pk}/"
    client.force_login(priya)
    assert "One person or many?" not in client.get(page, follow=True).content.decode()
    said = {"identity": of(RELAY).pk, "said": "shared"}
    assert client.post(f"/inbox/c/{case.pk}/sharing", said).status_code == 422
    client.force_login(lena)
    assert "Ana, Bo, Carl, Dana" in client.get(page, follow=True).content.decode()
    client.post(f"/inbox/c/{case.pk}/sharing", said)
    assert of(RELAY).is_shared
    assert receive(support, RELAY, name="Eve").case != case
    client.post(f"/inbox/c/{case.pk}/sharing", {**said, "said": "personal"})
    assert of(RELAY).customer == case.conversation.customer
    other = receive(support, "sam@else.example")
    stranger = {"identity": other.identity_id, "said": "shared"}
    assert client.post(f"/inbox/c/{case.pk}/sharing", stranger).status_code == 404
    assert not of("sam@else.example").is_shared


def test_the_admin_lists_them_and_says_so_on_its_first_page(
    support: Channel, client: Client, lena: Agent
) -> None:
    bring(support, "Ana", "Bo", "Carl", "Dana")
    receive(support, "sam@else.example")
    client.force_login(lena)
    assert "1 address may be many people" in client.get("/admin/").content.decode()
    listed = client.get("/admin/conversations/identity/?suggested_at__isempty=0").content.decode()
    assert RELAY in listed
    assert "sam@else.example" not in listed
    client.post(f"/admin/conversations/identity/{of(RELAY).pk}/one-person/", {"yes": "1"})
    assert of(RELAY).is_one_person
