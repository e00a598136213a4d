"""A STOP against sends that are under way, and kills between the provider's answer and ours."""

import threading
import uuid

import pytest
from django.db import connections
from django.utils import timezone

from channels_sms import consent
from channels_sms.models import Consent, Spent
from conversations import outbox
from conversations.faults import failpoint
from conversations.models import Agent, Channel, Delivery, DeliveryState, Recipient
from tests.channels_sms.gateway import Gateway
from tests.channels_sms.phone import ANA, write
from tests.people import answer

OURS = "+15005550006"
STOPS, KILLS = 1000, 100


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nothing_is_accepted_after_a_stop_a_thousand_times(
    texts: Channel, gateway: Gateway, priya: Agent
) -> None:
    """Three are queued, three workers send, and a STOP comes in at any moment of it."""
    case = write(texts, "Hello?").case
    queued = [answer(case, priya, f"{n}").deliveries.get().pk for n in range(3)]
    after = 0
    for turn in range(STOPS):
        _anew(queued)
        gateway.accepted.clear()
        start = threading.Barrier(4)
        stopping = _Stop(start, gateway, delay=turn % 20 / 2000)
        threads = [threading.Thread(target=_send, args=(start, pk)) for pk in queued]
        for thread in (stopping, *threads):
            thread.start()
        for thread in (stopping, *threads):
            thread.join()
        after += len(gateway.accepted) - stopping.taken
    assert after == 0


class _Stop(threading.Thread):
    """`taken` is how many the provider had when the STOP was stored."""

    def __init__(self, start: threading.Barrier, gateway: Gateway, delay: float) -> None:
        super().__init__()
        self.begin, self.gateway, self.delay, self.taken = start, gateway, delay, 0

    def run(self) -> None:
        self.begin.wait()
        threading.Event().wait(self.delay)
        consent.hear(sender=OURS, number=ANA, text="STOP", event=uuid.uuid4().hex)
        self.taken = len(self.gateway.accepted)
        connections.close_all()


def _send(start: threading.Barrier, pk: int) -> None:
    start.wait()
    for _ in range(3):  # one at a time leaves in a thread
        outbox.deliver(pk)
    connections.close_all()


def _anew(queued: list[int]) -> None:
    Consent.objects.all().delete()
    Spent.objects.all().delete()
    Delivery.objects.filter(pk__in=queued).update(
        state="queued",
        due_at=timezone.now(),
        called_at=None,
        provider_id="",
        lease_token=None,
        leased_until=None,
    )
    Recipient.objects.filter(delivery__in=queued).update(state="queued")


class Killed(BaseException):
    """The process ends here: nothing behind it runs."""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_kill_after_the_providers_answer_never_sends_twice(
    texts: Channel, gateway: Gateway, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every point between the call and our commit."""
    case = write(texts, "Hello?").case
    points = ["outbox.after_call", "outbox.before_settle"]
    for turn in range(KILLS):
        delivery = answer(case, priya, f"{turn}").deliveries.get()
        with monkeypatch.context() as patch:
            _kill_at(patch, points[turn % len(points)])
            with pytest.raises(Killed):
                outbox.deliver(delivery.pk)
        Delivery.objects.filter(pk=delivery.pk).update(leased_until=timezone.now())
        assert outbox.deliver(delivery.pk) == DeliveryState.UNKNOWN
        assert outbox.deliver(delivery.pk) is None
        Spent.objects.all().delete()
    assert len(gateway.accepted) == KILLS
    assert Delivery.objects.filter(state=DeliveryState.UNKNOWN).count() == KILLS


def _kill_at(patch: pytest.MonkeyPatch, point: str) -> None:
    def at(name: str) -> None:
        if name == point:
            raise Killed
        failpoint(name)

    for module in ("sending", "ends", "leases"):
        patch.setattr(f"conversations.outbox.{module}.failpoint", at)
