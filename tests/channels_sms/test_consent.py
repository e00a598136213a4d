"""STOP: stored before anything else, and nothing leaves after it."""

import threading

import pytest
from django.db import connections

from channels_sms import consent
from channels_sms.models import Consent, SmsAccount
from conversations import outbox
from conversations.models import Agent, Channel, Delivery
from conversations.services.errors import Refused
from tests.channels_sms.gateway import Gateway, wait_for
from tests.channels_sms.phone import ANA, inbound, post, tell, write
from tests.people import answer

OURS = "+15005550006"


def stopped() -> bool:
    return consent.is_stopped(sender=OURS, number=ANA)


@pytest.mark.django_db
def test_a_stop_holds_before_it_is_understood(
    texts: Channel, gateway: Gateway, priya: Agent
) -> None:
    case = write(texts, "Hello?").case
    queued = [answer(case, priya, f"{n}").deliveries.get() for n in range(3)]
    assert post(texts, "inbound", inbound("Baja")).status_code == 200
    assert stopped()
    assert {outbox.deliver(delivery.pk) for delivery in queued} == {"failed"}
    assert gateway.accepted == []
    with pytest.raises(Refused, match="opted_out_of_texts"):
        answer(case, priya, to=[ANA])


@pytest.mark.django_db
def test_only_a_start_undoes_it(texts: Channel) -> None:
    assert not write(texts, "Yes").params
    write(texts, "STOP", sid="SMstop")
    write(texts, "thanks")
    assert stopped()
    write(texts, "Alta")
    assert not stopped()
    assert post(texts, "inbound", inbound("STOP", sid="SMstop")).status_code == 200
    assert not stopped()


@pytest.mark.django_db
def test_a_stop_starts_no_clock_and_stands_in_the_thread(texts: Channel) -> None:
    message = write(texts, "STOP")
    assert message.case.waiting_since is None
    assert message.params == {"wish": "stop"}


@pytest.mark.django_db
def test_the_providers_word_for_it_counts(texts: Channel, gateway: Gateway, priya: Agent) -> None:
    write(texts, "no more", OptOutType="STOP")
    assert stopped()
    Consent.objects.all().delete()
    tell(texts, "SM9", "failed", ErrorCode="21610", To=ANA)
    assert stopped()
    Consent.objects.all().delete()
    delivery = answer(write(texts, "Hello?").case, priya).deliveries.get()
    gateway.moods = [(400, {"code": 21610})]
    outbox.deliver(delivery.pk)
    assert stopped()


@pytest.mark.django_db
def test_it_belongs_to_the_number_and_the_sender(texts: Channel) -> None:
    write(texts, "STOP")
    assert not consent.is_stopped(sender="+15005550007", number=ANA)
    assert not consent.is_stopped(sender=OURS, number="+12025550144")


@pytest.mark.django_db
def test_help_is_answered_in_their_language_and_the_clock_runs(
    texts: Channel, gateway: Gateway
) -> None:
    SmsAccount.objects.update(help_en="Kalma: reply STOP to end.", help_es="Kalma: BAJA y basta.")
    message = write(texts, "HELP")
    assert message.case.waiting_since is not None
    delivery = Delivery.objects.get()
    assert outbox.deliver(delivery.pk) == "sent"
    assert gateway.accepted[0]["Body"] == "Kalma: reply STOP to end."
    write(texts, "AYUDA")  # which no English speaker writes
    customer = message.case.conversation.customer
    customer.language = "es"
    customer.save()
    write(texts, "Info")
    for place, delivery in enumerate(Delivery.objects.order_by("pk")[1:], start=1):
        assert outbox.deliver(delivery.pk) == "sent"
        assert gateway.accepted[place]["Body"] == "Kalma: BAJA y basta."
    assert len(gateway.accepted) == 3


@pytest.mark.django_db(transaction=True)
def test_a_stop_waits_for_a_call_that_is_under_way(
    texts: Channel, gateway: Gateway, priya: Agent
) -> None:
    """What the provider takes is in its hands before the STOP is stored, or never leaves."""
    delivery = answer(write(texts, "Hello?").case, priya).deliveries.get()
    gateway.moods = ["hang"]
    sending = threading.Thread(target=_send, args=(delivery.pk,))
    sending.start()
    wait_for(1, gateway)
    stopping = threading.Thread(target=_stop)
    stopping.start()
    stopping.join(0.2)
    assert not stopped()
    gateway.released.set()
    stopping.join(5)
    sending.join(5)
    assert stopped()


def _send(pk: int) -> None:
    outbox.deliver(pk)
    connections.close_all()


def _stop() -> None:
    consent.hear(sender=OURS, number=ANA, text="STOP", event="in:SMx")
    connections.close_all()
