"""Everything about a person, written out whole."""

import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest

from conversations.models import (
    Agent,
    Attachment,
    Blob,
    Case,
    ClockTimestamp,
    Conversation,
    Export,
)
from conversations.services import (
    exporting,
)
from conversations.services.errors import Forbidden
from tests.conversations.life import ADDRESS, LARGE, export_of, lena, life, own_store
from tests.traces import CANARY

__all__ = ["lena", "life", "own_store"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def export(life: Case, lena: Agent) -> Iterator[Export]:
    asked = export_of(life, lena)
    assert exporting.run(asked.pk)
    asked.refresh_from_db()
    yield asked
    asked.path.unlink(missing_ok=True)


def test_an_export_holds_everything(export: Export) -> None:
    assert export.state == "ready"
    assert (export.done, export.size) == (export.total, export.path.stat().st_size)
    with zipfile.ZipFile(export.path) as found:
        assert found.testzip() is None
        names = found.namelist()
        words = {n: json.loads(found.read(n)) for n in names if n.endswith(".json")}
        files = {n.rpartition("/")[2]: found.read(n) for n in names if n.startswith("files/")}
        raw = [found.read(n) for n in names if n.startswith("raw/")]
    assert len(names) == len(set(names))
    texts = " ".join(str(row["text"]) for row in words["messages.json"])
    for said in (f"I am {CANARY}", f"{CANARY} again", f"Dear {CANARY}", f"{CANARY} is nice",
                 f"{CANARY} v. Kalma"):  # fmt: skip
        assert said in texts
    assert [row["text"] for row in words["elsewhere.json"]] == [f"{CANARY} says it too"]
    assert {row["value"] for row in words["customer.json"]["addresses"]} == {
        ADDRESS, "zebrafinch.two@post.example",
    }  # fmt: skip
    assert words["drafts.json"][0]["text"] == f"To {CANARY}"
    assert files["1-large.txt"] == LARGE.encode()
    assert sum(CANARY.encode() in body for body in raw) >= 5
    secrets = Case.objects.values_list("reply_token", flat=True)
    told = json.dumps([words["cases.json"], words["customer.json"]])
    assert not [token for token in secrets if token in told]


def test_an_export_goes_on_where_it_was_and_begins_anew_without_its_file(
    life: Case, lena: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 1)
    monkeypatch.setattr(exporting, "SEEN_EVERY", 0.0)
    asked = export_of(life, lena)
    for _ in range(3):
        exporting._go_on(asked.pk)
    asked.refresh_from_db()
    assert asked.state == "waiting"
    asked.path.unlink(missing_ok=True)
    Export.objects.update(worked_at=ClockTimestamp() - timedelta(minutes=5))
    exporting.sweep()
    asked.refresh_from_db()
    assert (asked.state, asked.done) == ("ready", asked.total)


def test_an_export_is_let_go_after_three_days(export: Export) -> None:
    assert export.path.stat().st_mode & 0o077 == 0
    Export.objects.update(expires_at=ClockTimestamp())
    exporting.sweep()
    export.refresh_from_db()
    assert export.state == "expired"
    assert not export.path.exists()


def test_only_adminsexport_of(life: Case, priya: Agent) -> None:
    with pytest.raises(Forbidden):
        export_of(life, priya)
    assert Attachment.objects.exists()
    assert Blob.objects.exists()
    assert Conversation.objects.exists()


def test_an_export_whose_file_was_torn_begins_anew(
    life: Case, lena: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 1)
    with monkeypatch.context() as patch:
        patch.setattr(exporting, "SEEN_EVERY", 0.0)
        asked = export_of(life, lena)
        for _ in range(3):
            exporting._go_on(asked.pk)
    whole = asked.path.read_bytes()
    begun = whole[: whole.index(b"PK\x01\x02")]  # where the next piece is written over
    asked.path.write_bytes(begun + b"PK\x03\x04 half a file")
    assert exporting.run(asked.pk)
    asked.refresh_from_db()
    with zipfile.ZipFile(asked.path) as found:
        assert {"README.txt", "messages.json"} <= set(found.namelist())
    assert (asked.state, asked.done) == ("ready", asked.total)
