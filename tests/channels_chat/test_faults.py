"""Whatever fails on the way in: what was acknowledged is there, and there once."""

import uuid
from pathlib import Path

import pytest
from pytest_django import Settings

from channels_chat.models import ChatSettings
from conversations.models import Message, Receipt, ReceiptState
from conversations.services import intake
from tests.channels_chat.talk import Talk
from tests.faults.children import KILLED, in_child

PLACES = [
    "receipt.before_commit",
    "receipt.after_commit",
    "intake.before_normalize",
    "intake.after_normalize",
    "intake.after_identity",
    "intake.after_case",
    "intake.after_message",
    "intake.before_commit",
    "intake.after_commit",
]


@pytest.fixture
def orders(settings: Settings, tmp_path: Path) -> Path:
    settings.FAILPOINTS = str(tmp_path / "orders")
    (tmp_path / "orders").write_text("")
    return tmp_path / "orders"


def is_there_once() -> None:
    for receipt in Receipt.objects.filter(state=ReceiptState.STORED):
        intake.process(receipt.pk)
    assert [m.text for m in Message.objects.filter(kind="message")] == ["Hello"]


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
def test_a_failure_loses_and_doubles_nothing(chat: ChatSettings, orders: Path, place: str) -> None:
    dana = Talk(chat)
    dana.do("start")
    client = str(uuid.uuid4())
    orders.write_text(f"{place}:1:raise")
    first = dana.do("say", id=client, text="Hello")[0]
    assert first["type"] == "ack" or first["code"] == "try_again"
    assert first["type"] != "ack" or Receipt.objects.count() == 1
    assert Talk(chat, dana.token).do("say", id=client, text="Hello")[0]["type"] == "ack"
    is_there_once()


@pytest.mark.django_db(transaction=True)
@pytest.mark.faults
@pytest.mark.parametrize("place", ["receipt.before_commit", "intake.before_commit"])
def test_who_is_killed_before_the_word_was_given_is_told_again(
    chat: ChatSettings, orders: Path, place: str
) -> None:
    dana = Talk(chat)
    dana.do("start")
    client = str(uuid.uuid4())
    orders.write_text(f"{place}:1:kill")
    assert in_child(lambda: dana.do("say", id=client, text="Hello"), orders) == KILLED
    assert not Message.objects.exists()
    orders.write_text("")
    assert dana.do("say", id=client, text="Hello")[0]["type"] == "ack"
    is_there_once()
