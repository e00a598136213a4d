"""Mails with flipped bytes, cut off, and spliced into one another: each is read or set aside.

Every mutation is told by its number alone, so that a failure can be had again.
"""

import io
import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command

from channels_email import mime
from conversations.adapters import apart
from conversations.adapters.base import Malformed
from conversations.adapters.messages import RawEvent
from conversations.models import Channel, Receipt, ReceiptState
from tests.channels_email.corpora import mails
from tests.channels_email.mails import mail
from tests.channels_email.test_mime import OWN, parts

SOME, ALL = 2_000, 100_000
BATCH = 500
"""Mails that one child reads."""
LARGEST = 64 * 1024


def _own() -> list[bytes]:
    inner = "Content-Type: text/html; charset=utf-8\r\n\r\n<p>One <b>two</b></p><blockquote>x"
    file = (
        'Content-Type: application/pdf; name="=?utf-8?q?a=C3=A9.pdf?="\r\n'
        "Content-Disposition: attachment; filename*0*=utf-8''l%C3%B6; filename*1=ng.pdf\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ="
    )
    report = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ana@client.example\r\nAction: failed\r\nStatus: 5.1.1"
    )
    return [
        mail("Hello\n\nOn Mon, 1 Jan 2026, Bo wrote:\n> Hi", subject="=?utf-8?q?caf=C3=A9?="),
        parts("\r\nwords", inner, file),
        parts("\r\nwords", inner, kind="alternative"),
        parts("\r\nSorry", report, kind="report; report-type=delivery-status"),
        parts("\r\nSee", "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny", kind="digest"),
    ]


@cache
def seeds() -> list[bytes]:
    return [*_own(), *(path.read_bytes()[:LARGEST] for path in mails())]


def _flip(chance: random.Random, body: bytearray) -> bytearray:
    for _ in range(chance.randint(1, 30)):
        body[chance.randrange(len(body))] = chance.choice([0, 10, 13, 32, 34, 60, 61, 62, 128, 255])
    return body


def _cut(chance: random.Random, body: bytearray) -> bytearray:
    return body[: chance.randrange(len(body)) + 1]


def _splice(chance: random.Random, body: bytearray) -> bytearray:
    other = chance.choice(seeds())
    start = chance.randrange(len(other) or 1)
    return body[: chance.randrange(len(body))] + other[start : start + chance.randint(1, 4000)]


def _repeat(chance: random.Random, body: bytearray) -> bytearray:
    start = chance.randrange(len(body))
    piece = bytes(body[start : start + chance.randint(1, 200)])
    return body[:start] + piece * chance.randint(2, 60) + body[start:]


MUTATIONS: tuple[Callable[[random.Random, bytearray], bytearray], ...] = (
    _flip, _cut, _splice, _repeat,
)  # fmt: skip


def mutated(number: int) -> bytes:
    chance = random.Random(number)
    body = bytearray(chance.choice(seeds()) or b"x")
    for _ in range(chance.randint(1, 3)):
        body = chance.choice(MUTATIONS)(chance, body)[: 2 * LARGEST] or bytearray(b"x")
    return bytes(body)


def outcome(number: int, received_at: object) -> str:
    """What became of a mutation; whatever is no answer fails with its number."""
    raw = RawEvent(
        body=mutated(number),
        received_at=received_at,  # type: ignore[arg-type]  # any time will do
        own_addresses=frozenset({OWN}),
    )
    try:
        events = mime.normalize(raw, domain="hub.example")
    except Malformed as reason:
        return reason.code
    except Exception as error:
        error.add_note(f"mutation {number}")
        raise
    return "read" if events else "ours"


def read_all(count: int) -> dict[str, int]:
    """How each of `count` mutations ended, read in children with intake's limits."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    ends: dict[str, int] = {}

    def batch(first: int) -> bytes:
        numbers = range(first, min(first + BATCH, count))
        return json.dumps([outcome(number, now) for number in numbers]).encode()

    for first in range(0, count, BATCH):
        said = json.loads(apart.run(lambda first=first: batch(first)))  # type: ignore[misc]
        for end in said:
            ends[end] = ends.get(end, 0) + 1
    return ends


def test_every_mutation_is_read_or_set_aside() -> None:
    ends = read_all(SOME)
    assert sum(ends.values()) == SOME
    assert set(ends) <= {"read", "empty", "ours"}
    assert ends["read"] > SOME * 0.9


@pytest.mark.slow
def test_each_of_very_many() -> None:
    ends = read_all(ALL)
    assert sum(ends.values()) == ALL
    assert set(ends) <= {"read", "empty", "ours"}


@pytest.mark.django_db
def test_mutations_are_stored_or_in_quarantine(support: Channel, tmp_path: Path) -> None:
    """Through a door and all the way in: none lost, none waiting, nobody dead."""
    paths = []
    for number in range(0, SOME, 100):
        path = tmp_path / f"{number}.eml"
        path.write_bytes(mutated(number))
        paths.append(path)
    out = io.StringIO()
    call_command("receive_email", support.name, *map(str, paths), "--json", stdout=out)
    states = [json.loads(line)["state"] for line in out.getvalue().splitlines()]
    assert len(states) == len(paths)
    assert set(states) <= {ReceiptState.PROCESSED, ReceiptState.QUARANTINED}
    assert not Receipt.objects.filter(reason_code__in=["crashed", "killed"]).exists()
