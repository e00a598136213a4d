"""Providers and faults that would send for ever, or never say what became of a message."""

from collections.abc import Callable
from typing import NoReturn

import pytest

from conversations import outbox
from conversations.adapters.base import (
    OutcomeUnknown,
    PermanentFailure,
    Sent,
    TransientFailure,
)
from conversations.adapters.messages import OutboundMessage
from conversations.models import Agent, Blob, Channel, Delivery
from tests import paper
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(support: Channel, priya: Agent) -> Delivery:
    message = answer(receive(support, "dana@hey.example").case, priya)
    return Delivery.objects.get(messages=message)


def ends(delivery: Delivery) -> str:
    outbox.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.lease_token is None
    return delivery.state


def raising(failure: Exception) -> Callable[[OutboundMessage], Sent]:
    def mood(_message: OutboundMessage) -> NoReturn:
        raise failure

    return mood


LONG, NUL = "word " * 50_000, "550 no\x00pe"


@pytest.mark.parametrize("words", [LONG, NUL])
@pytest.mark.parametrize("code", ["refused", "x" * 200])
@pytest.mark.parametrize("kind", [TransientFailure, PermanentFailure, OutcomeUnknown])
def test_whatever_a_provider_says_is_an_end(
    delivery: Delivery, provider: paper.Provider, kind: type, code: str, words: str
) -> None:
    provider.moods.append(raising(kind(code, words=words, server="a\x00b")))
    assert ends(delivery) in {"queued", "failed"}
    assert delivery.reason_code == code[:64]
    assert delivery.reason_words


def test_an_odd_refusal_of_one_is_no_fault(delivery: Delivery, provider: paper.Provider) -> None:
    refused = {"dana@hey.example": ("y" * 100, NUL)}
    provider.moods.append(lambda message: Sent(provider_id=message.key, refused=refused))
    assert ends(delivery) == "failed"


@pytest.mark.parametrize("given", ["same", "x" * 400, "a\x00b"])
def test_an_odd_id_of_a_provider_does_not_send_again(
    support: Channel, priya: Agent, provider: paper.Provider, given: str
) -> None:
    for sender in ("dana@hey.example", "eve@hey.example"):
        message = answer(receive(support, sender).case, priya)
        provider.moods.append(lambda _message: Sent(provider_id=given))
        assert ends(Delivery.objects.get(messages=message)) == "sent"


def test_two_channels_may_use_the_same_ids(
    support: Channel, priya: Agent, provider: paper.Provider
) -> None:
    other = make_channel(support.team, name="other")
    for channel in (support, other):
        message = answer(receive(channel, f"{channel}@hey.example").case, priya)
        provider.moods.append(lambda _message: Sent(provider_id="1"))
        assert ends(Delivery.objects.get(messages=message)) == "sent"
    assert Delivery.objects.filter(provider_id="1").count() == 2


def test_nobody_to_send_to_is_a_failure(delivery: Delivery, provider: paper.Provider) -> None:
    delivery.recipients.all().delete()
    assert ends(delivery) == "failed"
    assert not provider.accepted


def test_a_lost_message_is_a_failure(delivery: Delivery, provider: paper.Provider) -> None:
    delivery.messages.clear()
    assert ends(delivery) == "failed"
    assert not provider.accepted


@pytest.mark.parametrize("fault", [PermissionError(13), FileNotFoundError(2), OSError(5)])
def test_a_file_that_cannot_be_read_is_told(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch, fault: OSError
) -> None:
    def read(_blob: Blob) -> NoReturn:
        raise fault

    from conversations.adapters.messages import File
    from conversations.services import threads

    threads.attach(delivery.messages.get(), [File(name="a", type="text/plain", content=b"a")])
    monkeypatch.setattr(Blob, "read", read)
    assert ends(delivery) in {"queued", "failed"}
    assert delivery.reason_code


def test_an_adapter_that_falls_over_before_the_call_is_tried_again(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_given: object, **_more: object) -> NoReturn:
        raise RuntimeError("secret-canary")

    monkeypatch.setattr(paper.PaperAdapter, "availability", fall)
    assert ends(delivery) == "queued"
    assert delivery.reason_code == "crashed"
    assert delivery.called_at is None
    assert "secret-canary" not in delivery.reason_words
