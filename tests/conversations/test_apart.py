"""What is read in a child of its own: it cannot hang, eat or kill the process that asked."""

import os
import signal
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from conversations import receipts
from conversations.adapters import apart, wire
from conversations.adapters.base import Malformed
from conversations.adapters.messages import (
    Address,
    Addressee,
    DeliveryReport,
    Event,
    File,
    Grade,
    IdentityKind,
    InboundMessage,
    Origin,
    Outcome,
    RawEvent,
    RecipientRole,
)
from conversations.models import Channel
from conversations.services import intake
from tests.paper import PaperAdapter
from tests.people import receive, record

ANA = Address(kind=IdentityKind.EMAIL, value="ana@client.example", name="Ana \u00d1")
REPORT = DeliveryReport(
    provider_id="<1@x>", outcome=Outcome.FAILED, recipient=ANA.value, at=datetime.now(UTC)
)
FULL = InboundMessage(
    sender=ANA,
    grade=Grade.PASS,
    origin=Origin.BOUNCE,
    addressees=(Addressee(role=RecipientRole.CC, address=ANA),),
    reply_to=ANA,
    text="\u2603\u0000 and \ud800",
    sent_at=datetime.now(UTC),
    references=("<a@b>", "<c@d>"),
    files=(
        File(name="a.png", type="image/png", content=b"\x00\xff", is_inline=True),
        File(name="b", type="", content=b""),
    ),
    reports=(REPORT,),
    details={"form": {"deep": [1, None, True]}},
)


def test_events_cross_the_pipe_as_they_are() -> None:
    assert wire.from_bytes(wire.to_bytes([FULL, REPORT])) == (FULL, REPORT)


@pytest.mark.parametrize("content", [b"", b"\x00" * 20, b'{"events": []}', b"\xff" * 40])
def test_a_torn_pipe_is_an_error(content: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        wire.from_bytes(content)


class Poison(PaperAdapter):
    """Does what the receipt says, in the process that reads it."""

    is_read_apart = True

    def normalize(self, raw: RawEvent) -> Sequence[Event]:
        if b"hang" in raw.body:
            while True:
                pass
        if b"eat" in raw.body:
            return [File(name="", type="", content=b"x" * 10**10)]  # type: ignore[list-item]
        if b"kill" in raw.body:
            os.kill(os.getpid(), signal.SIGSEGV)
        if b"raise" in raw.body:
            raise RuntimeError("nobody foresaw this")
        if b"leave" in raw.body:
            os._exit(7)
        return super().normalize(raw)


@pytest.fixture
def hub(support: Channel, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setattr("conversations.adapters.registry.adapter_for", lambda _kind: Poison())
    monkeypatch.setattr(apart, "CPU_SECONDS", 1)
    return support


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("does", "attempts", "code", "words"),
    [
        ("hang", 1, "too_slow", ""),
        ("eat", 1, "too_much_memory", ""),
        ("kill", 3, "crashed", "signal 11"),
        ("raise", 3, "crashed", "nobody foresaw this"),
        ("leave", 3, "crashed", "signal 0"),
    ],
)
def test_poison_is_set_aside_and_the_next_one_goes_on(
    hub: Channel, does: str, attempts: int, code: str, words: str
) -> None:
    bad = record(hub, {"from": ANA.value, "text": does})
    for _ in range(attempts):
        intake.process(bad.pk)
    bad.refresh_from_db()
    assert (bad.state, bad.reason_code) == ("quarantined", code)
    assert words in bad.reason_words
    assert receive(hub, ANA.value, "hello").text == "hello"


@pytest.mark.django_db
def test_what_a_channel_cannot_read_keeps_its_reason(hub: Channel) -> None:
    bad = intake.process(receipts.record(hub, "1", b"\xff no JSON").pk)
    assert (bad.state, bad.reason_code) == ("quarantined", "not_json")
    assert "utf-8" in bad.reason_words


def _wait() -> bytes:
    signal.pause()
    return b""


def test_a_child_that_neither_works_nor_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "WALL_SECONDS", 0.3)
    with pytest.raises(Malformed, match="too_slow"):
        apart.run(_wait)


def test_a_child_has_no_connection_of_its_parent() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(apart.Crashed, match="Bad file descriptor"):
            apart.run(lambda: bytes(os.write(writing, b"x")))
    finally:
        os.close(reading)
        os.close(writing)
