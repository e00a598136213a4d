"""The clock does what is due when nobody else does."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from conversations import clock
from conversations.models import Agent, Channel, Delivery, Heartbeat, Receipt
from tests.people import answer, receive, record

pytestmark = pytest.mark.django_db(transaction=True)


def test_with_the_broker_away_the_clock_does_the_work(
    support: Channel, priya: Agent, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WAKE_GRACE = timedelta(0)
    monkeypatch.setattr(clock, "wake", lambda *_: False)
    delivery = answer(receive(support, "dana@hey.example").case, priya).deliveries.get()
    receipt = record(support, {"from": "dana@hey.example", "text": "And another thing"})
    ticking = clock.Clock()
    for _ in range(3):
        ticking.tick()
    ticking._hands.shutdown(wait=True)
    assert Delivery.objects.get(pk=delivery.pk).state == "sent"
    assert Receipt.objects.get(pk=receipt.pk).state == "processed"


def test_one_clock_works_and_another_waits_until_it_is_gone(db: None) -> None:
    first, second = clock.Clock(), clock.Clock()
    assert Heartbeat.objects.beat("clock", first._holder)
    assert not Heartbeat.objects.beat("clock", second._holder)
    assert Heartbeat.objects.beat("clock", first._holder)
    Heartbeat.objects.release("clock", first._holder)
    assert Heartbeat.objects.beat("clock", second._holder)
    age = clock.age_of_last_beat()
    assert age is not None
    assert age < timedelta(seconds=5)


def test_a_broken_sweep_does_not_stop_the_others(
    support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr("conversations.services.pruning.prune", broken)
    clock.Clock().tick()
