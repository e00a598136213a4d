"""Texts in the inbox: their parts, how they ended, and what an agent can say about that."""

import pytest
from django.test import Client

from conversations import outbox
from conversations.models import Agent, Channel, Message
from tests.channels_sms.gateway import Gateway
from tests.channels_sms.phone import tell, write
from tests.people import answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(texts: Channel, gateway: Gateway, priya: Agent, client: Client) -> Message:
    client.force_login(priya)
    return answer(write(texts, "Hello?").case, priya, "ó" * 71)


def page(client: Client, message: Message) -> str:
    return client.get(f"/inbox/q/all/c/{message.case_id}/").content.decode()


def test_a_long_one_says_how_many_parts_it_is(message: Message, client: Client) -> None:
    assert ", 2 parts" in page(client, message)


def test_what_may_have_arrived_can_be_sent_again_or_said_to_have(
    message: Message, client: Client, gateway: Gateway
) -> None:
    delivery = message.deliveries.get()
    gateway.moods = ["cut"]
    outbox.deliver(delivery.pk)
    shown = page(client, message)
    for words in ("It is not known whether this reached", "Send again", "It arrived"):
        assert words in shown
    where = f"/inbox/c/{message.case_id}/deliveries/{delivery.pk}/arrived"
    assert client.post(where).status_code == 302
    shown = page(client, message)
    assert "says that it arrived" in shown
    assert "It is not known" not in shown
    assert len(gateway.accepted) == 1


def test_a_failure_has_its_plain_reason(message: Message, client: Client) -> None:
    delivery = message.deliveries.get()
    outbox.deliver(delivery.pk)
    delivery.refresh_from_db()
    tell(delivery.channel, delivery.provider_id, "undelivered", ErrorCode="30006")
    shown = page(client, message)
    assert "landline" in shown
    assert "30006" in shown
    assert "is a landline. Add a mobile number." in shown
