"""The webhooks: nothing unproven gets in, nothing proven is lost, nothing counts twice."""

import itertools
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from channels_sms.models import SmsAccount
from conversations import outbox
from conversations.faults import Failpoint
from conversations.models import (
    Agent,
    Channel,
    Delivery,
    Identity,
    Message,
    Receipt,
    WaitingReport,
)
from conversations.services import intake
from tests.channels_sms.gateway import TOKEN, Gateway
from tests.channels_sms.phone import ANA, inbound, post, tell, write
from tests.people import answer

pytestmark = pytest.mark.django_db


def test_a_text_becomes_a_case_of_its_number(account: SmsAccount) -> None:
    message = write(account.channel, "Where is my parcel?")
    assert message.text == "Where is my parcel?"
    assert message.case.waiting_since is not None
    assert Identity.objects.get().value == ANA
    again = write(account.channel, "Hello?")
    assert again.case == message.case


def test_the_answer_is_what_twilio_wants(account: SmsAccount) -> None:
    answered = post(account.channel, "inbound", inbound("Hi"))
    assert answered["Content-Type"] == "text/xml"
    assert answered.content.endswith(b"<Response/>")


def test_the_same_post_twice_is_one_text(account: SmsAccount) -> None:
    fields = inbound("Hi", sid="SM1")
    for _ in range(2):
        assert post(account.channel, "inbound", fields).status_code == 200
        intake.process(Receipt.objects.get().pk)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("token", ["", TOKEN.upper(), "another"])
def test_who_cannot_prove_to_be_the_provider_leaves_nothing(
    account: SmsAccount, token: str
) -> None:
    assert post(account.channel, "inbound", inbound("Hi"), token=token).status_code == 403
    assert not Receipt.objects.exists()
    account.refresh_from_db()
    assert account.refused_at is not None


def test_without_a_token_nobody_is_the_provider(account: SmsAccount) -> None:
    SmsAccount.objects.update(auth_token=None)
    assert post(account.channel, "inbound", inbound("Hi"), token="").status_code == 403


def test_unsigned_posts_and_other_addresses_are_refused(account: SmsAccount) -> None:
    path = f"/hooks/sms/{account.channel.key}"
    assert Client().post(f"{path}/inbound", {"Body": "x"}).status_code == 403
    assert Client().get(f"{path}/inbound").status_code == 405
    assert Client().post(f"{path}/raw").status_code == 404
    assert Client().post("/hooks/sms/nobody/inbound").status_code == 404
    assert post(account.channel, "inbound", {" ": ""}).status_code == 400


def test_what_cannot_be_understood_is_set_aside(account: SmsAccount) -> None:
    fields = inbound("Hi", sender="whatsapp:+12025550143")
    assert post(account.channel, "inbound", fields).status_code == 200
    receipt = intake.process(Receipt.objects.get().pk)
    assert (receipt.state, receipt.reason_code) == ("quarantined", "not_a_text")


@pytest.fixture
def sent(texts: Channel, gateway: Gateway, priya: Agent) -> Delivery:
    """An answer to Ana that the provider has taken."""
    message = answer(write(texts, "Hello?").case, priya, "On its way")
    delivery = message.deliveries.get()
    assert outbox.deliver(delivery.pk) == "sent"
    delivery.refresh_from_db()
    return delivery


def state_of(delivery: Delivery) -> str:
    return str(delivery.recipients.get().state)


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["sent", "delivered", "queued", "delivered"]))[::5]
)
def test_a_state_only_climbs(sent: Delivery, order: tuple[str, ...]) -> None:
    for status in order:
        tell(sent.channel, sent.provider_id, status)
    sent.refresh_from_db()
    assert (sent.state, state_of(sent)) == ("delivered", "delivered")


def test_a_state_before_the_text_is_known_waits_for_it(
    texts: Channel, gateway: Gateway, priya: Agent
) -> None:
    message = answer(write(texts, "Hello?").case, priya, "On its way")
    tell(texts, f"SM{1:032d}", "delivered")
    assert WaitingReport.objects.count() == 1
    delivery = message.deliveries.get()
    outbox.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, state_of(delivery)) == ("delivered", "delivered")
    assert not WaitingReport.objects.exists()


def test_a_state_that_waited_for_a_killed_worker_is_heard_by_the_clock(
    texts: Channel, gateway: Gateway, priya: Agent, settings: Settings, tmp_path: Path
) -> None:
    message = answer(write(texts, "Hello?").case, priya, "On its way")
    tell(texts, f"SM{1:032d}", "delivered")
    delivery = message.deliveries.get()
    orders = tmp_path / "orders"
    orders.write_text("outbox.after_settle:1:raise\n")
    settings.FAILPOINTS = str(orders)
    with pytest.raises(Failpoint):
        outbox.deliver(delivery.pk)
    assert outbox.hear_late() == 1
    delivery.refresh_from_db()
    assert (delivery.state, state_of(delivery)) == ("delivered", "delivered")
    assert outbox.hear_late() == 0


def test_a_text_whose_id_we_never_heard_is_known_by_our_own(
    texts: Channel, gateway: Gateway, priya: Agent
) -> None:
    gateway.moods = ["cut"]
    message = answer(write(texts, "Hello?").case, priya, "On its way")
    delivery = message.deliveries.get()
    assert outbox.deliver(delivery.pk) == "unknown"
    assert outbox.deliver(delivery.pk) is None
    query = gateway.accepted[0]["StatusCallback"].partition("?")[2]
    tell(texts, "SM77", "delivered", query=query)
    delivery.refresh_from_db()
    assert (delivery.state, state_of(delivery), delivery.provider_id) == (
        "delivered", "delivered", "SM77",
    )  # fmt: skip


def test_a_landline_is_remembered(sent: Delivery, priya: Agent) -> None:
    tell(sent.channel, sent.provider_id, "undelivered", ErrorCode="30006", To=ANA)
    sent.refresh_from_db()
    assert (sent.state, sent.reason_code) == ("failed", "landline")
    assert Identity.objects.get().unreachable_code == "landline"
