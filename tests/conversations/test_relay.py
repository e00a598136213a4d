"""Rooms are told of every change once, in order, whatever commits when."""

import threading
from collections.abc import Iterator, Sequence

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from conversations import events
from conversations.models import Agent, Change, ChangeKind, Channel, Conversation
from conversations.rooms import Room
from conversations.services import relay, status
from tests.people import answer, receive

TOLD: list[Change] = []


class Listening(Room):
    def changed(self, changes: Sequence[Change]) -> None:
        TOLD.extend(changes)


class Failing(Room):
    def changed(self, changes: Sequence[Change]) -> None:
        raise RuntimeError(f"no room for {len(changes)}")


@pytest.fixture(autouse=True)
def listening(settings: Settings) -> Iterator[None]:
    settings.ROOMS = ["tests.conversations.test_relay.Listening"]
    TOLD.clear()
    yield
    TOLD.clear()


@pytest.mark.django_db
def test_every_change_is_told_once_and_in_order(
    support: Channel, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 2)
    case = receive(support, "dana@hey.example").case
    answer(case, priya)
    status.resolve(case_id=case.pk, agent=priya)
    known = list(Change.objects.order_by("revision").values_list("pk", flat=True))
    assert relay.relay() == len(known)
    assert [change.pk for change in TOLD] == known
    assert [change.is_new for change in TOLD if change.kind == "message"] == [True] * 4
    assert relay.relay() == 0
    assert not Change.objects.filter(is_told=False).exists()


@pytest.mark.django_db
def test_a_room_that_fails_is_told_again(support: Channel, settings: Settings) -> None:
    receive(support, "dana@hey.example")
    settings.ROOMS = [*settings.ROOMS, "tests.conversations.test_relay.Failing"]
    with pytest.raises(RuntimeError):
        relay.relay()
    TOLD.clear()
    settings.ROOMS = settings.ROOMS[:1]
    assert relay.relay() == len(TOLD) == Change.objects.count()


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_not_left_out(support: Channel) -> None:
    """A change whose number was drawn first and that is committed last."""
    slow = receive(support, "dana@hey.example").conversation
    quick = receive(support, "sam@hey.example").conversation
    relay.relay()
    TOLD.clear()
    drawn, go = threading.Event(), threading.Event()

    def change_slowly() -> None:
        with transaction.atomic():
            locked = Conversation.objects.locked(slow.pk)
            events.record_change(locked, ChangeKind.CUSTOMER)
            drawn.set()
            assert go.wait(10)
        connection.close()

    thread = threading.Thread(target=change_slowly)
    thread.start()
    assert drawn.wait(10)
    with transaction.atomic():
        events.record_change(Conversation.objects.locked(quick.pk), ChangeKind.CUSTOMER)
    assert relay.relay() == 1
    go.set()
    thread.join()
    assert relay.relay() == 1
    assert [change.conversation_id for change in TOLD] == [quick.pk, slow.pk]
    assert TOLD[0].pk > TOLD[1].pk
