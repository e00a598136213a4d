"""Every odd mail of other projects, by both doors: kept as it is, and nothing falls over."""

import hashlib
import io
import json
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from conversations.models import Channel, Receipt, ReceiptState
from conversations.services import intake
from tests.channels_email.corpora import mails

pytestmark = pytest.mark.corpora

ENDED = {ReceiptState.PROCESSED, ReceiptState.QUARANTINED}
SAMPLE = 24
"""Every 24th mail is read in the everyday suite, all of them in `slow`."""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(paths: list[Path]) -> None:
    """All there, byte for byte; none waiting, none that crashed its reader."""
    stored = dict(Receipt.objects.values_list("blob__sha256", "state"))
    assert set(stored) == {digest(path) for path in paths}
    assert set(stored.values()) <= ENDED
    crashed = Receipt.objects.filter(reason_code__in=["crashed", "killed"])
    assert list(crashed.values_list("reason_words", flat=True)) == []
    for receipt in Receipt.objects.select_related("blob"):
        assert hashlib.sha256(receipt.blob.read()).hexdigest() == receipt.blob.sha256


def by_pipe(channel: Channel, paths: list[Path]) -> None:
    out = io.StringIO()
    call_command("receive_email", channel.name, *map(str, paths), "--json", stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["sha256"] for line in lines] == [digest(path) for path in paths]
    assert all(line["state"] in ENDED for line in lines)


def by_hook(channel: Channel, paths: list[Path]) -> None:
    client = Client()
    for path in paths:
        url, body = f"/hooks/email/{channel.key}/raw", path.read_bytes()
        status = client.post(url, body, content_type="message/rfc822").status_code
        assert status == 200, path.name
    for receipt in Receipt.objects.filter(state=ReceiptState.STORED):
        intake.process(receipt.pk)


@pytest.mark.parametrize("door", [by_pipe, by_hook])
def test_takes_a_sample(support: Channel, door: object) -> None:
    assert callable(door)
    paths = mails()[::SAMPLE]
    door(support, paths)
    check(paths)


@pytest.mark.slow
@pytest.mark.parametrize("door", [by_pipe, by_hook])
def test_takes_all(transactional_db: None, support: Channel, door: object) -> None:
    """In transactions of its own: one long one would drag every version of the channel's row."""
    assert callable(door)
    paths = mails()
    start = time.monotonic()
    door(support, paths)
    assert time.monotonic() - start < 120
    check(paths)
