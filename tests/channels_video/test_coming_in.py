"""A film that is kept already becomes a message of whom the link went to."""

import hashlib
import json
import uuid
import zipfile
from pathlib import Path

import pytest
from django.test import Client

from channels_email.models import EmailAccount
from channels_video.models import VideoSettings
from conversations import receipts
from conversations.models import (
    Attachment,
    Blob,
    Channel,
    Look,
    LookState,
    Message,
    Receipt,
    ReceiptState,
    Role,
)
from conversations.services import composer, exporting, intake, looks, pass_on
from tests.channels_video.conftest import Desk
from tests.filming import Film, film
from tests.people import make_agent

FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(100_000)
DIGEST = hashlib.sha256(FILM).hexdigest()


def a_film(folder: Path) -> Path:
    path = folder / "film.part"
    path.write_bytes(FILM)
    return path


def come_in(
    desk: Desk,
    *,
    size: int = len(FILM),
    blobs: list[str] | None = None,
    note: str = "Hear that?",
    digest: str = DIGEST,
) -> Receipt:
    said = {
        "type": "upload",
        "file": {"name": "../film.mp4", "type": "text/html", "sha256": digest, "size": size},
        "note": note,
        "resumed": 2,
    }
    sender = {"kind": "email", "value": "dana@hey.example", "name": "Dana"}
    envelope = {"sender": sender, "token": desk.case.reply_token, "blobs": blobs or []}
    receipt = receipts.record(desk.channel, "1", json.dumps(said).encode(), envelope=envelope)
    return intake.process(receipt.pk)


def test_a_kept_film_is_a_message_in_its_case(desk: Desk, tmp_path: Path) -> None:
    path = a_film(tmp_path)
    blob = Blob.objects.keep_file(path, sha256=DIGEST, size=len(FILM))
    assert come_in(desk, blobs=[DIGEST]).state == ReceiptState.PROCESSED
    message = desk.case.messages.get(channel=desk.channel)
    film = message.attachments.get()
    assert (message.text, message.identity, message.params["resumed"]) == (
        "Hear that?",
        desk.link.identity,
        2,
    )
    assert (film.blob, film.name, film.type, film.size) == (
        blob,
        "film.mp4",
        "video/mp4",
        len(FILM),
    )
    assert blob.read() == FILM
    options = composer.options(case=desk.case)
    assert [option.channel.kind for option in options.channels] == ["email"]
    assert composer.default_channel(desk.case) == desk.case.messages.earliest("pk").channel_id


def test_a_film_that_is_too_long_is_kept_and_said_to_be(
    desk: Desk, tmp_path: Path, client: Client
) -> None:
    """Some browsers cannot tell how long a film is, and other programs do not ask."""
    content, path = film(Film(seconds=3.0)), tmp_path / "film.part"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    Blob.objects.keep_file(path, sha256=digest, size=len(content))
    come_in(desk, size=len(content), blobs=[digest], digest=digest)
    sent = Attachment.objects.get()
    VideoSettings.objects.update(longest_seconds=1)
    assert looks.look(sent.blob_id)
    look = Look.objects.get()
    assert (look.state, look.code, look.poster is None) == (LookState.FAILED, "too_long", False)
    assert not looks.sweep_long(lambda: False)
    client.force_login(make_agent("Noa", role="supervisor"))
    page = client.get(f"/inbox/c/{desk.case.pk}/", follow=True).content.decode()
    assert "It is longer than its channel takes" in page
    assert f"/attachments/{sent.pk}/?download" in page


def test_a_film_without_a_word_shows_its_name_in_the_list(desk: Desk, tmp_path: Path) -> None:
    Blob.objects.keep_file(a_film(tmp_path), sha256=DIGEST, size=len(FILM))
    come_in(desk, blobs=[DIGEST], note="")
    desk.case.refresh_from_db()
    assert desk.case.last_preview == "film.mp4"


@pytest.mark.parametrize(
    ("blobs", "size", "reason"),
    [([], len(FILM), "unknown_file"), ([DIGEST], 7, "file_of_another_size")],
)
def test_bytes_that_the_edge_did_not_keep_are_nobodys(
    desk: Desk, tmp_path: Path, blobs: list[str], size: int, reason: str
) -> None:
    """Whoever knows the hash of somebody's file must not have the file by it."""
    Blob.objects.keep_file(a_film(tmp_path), sha256=DIGEST, size=len(FILM))
    receipt = come_in(desk, size=size, blobs=blobs)
    assert (receipt.state, receipt.reason_code) == (ReceiptState.QUARANTINED, reason)
    assert not Message.objects.filter(channel=desk.channel).exists()


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.django_db(transaction=True)
def test_a_kept_file_is_moved_and_can_be_kept_again(tmp_path: Path, size: int) -> None:
    path, content = tmp_path / "part", b"x" * size
    digest = hashlib.sha256(content).hexdigest()
    for _ in range(2):
        path.write_bytes(content)
        blob = Blob.objects.keep_file(path, sha256=digest, size=size)
        assert (blob.read(), blob.start(4), path.exists()) == (content, b"xxxx", False)
    assert blob.let_go()
    path.write_bytes(content)
    assert Blob.objects.keep_file(path, sha256=digest, size=size).read() == content


def test_nothing_reads_a_large_film_whole(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what takes it in, nor an export, nor who would hand it on by mail."""
    Blob.objects.keep_file(a_film(tmp_path), sha256=DIGEST, size=len(FILM))
    whole = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: pytest.fail("read") if path.name == DIGEST else whole(path)
    )
    come_in(desk, blobs=[DIGEST])
    film = Attachment.objects.get()
    admin = make_agent("Noa Levi", role=Role.ADMIN)
    export = exporting.ask(thread=desk.case.conversation, agent=admin, client_id=uuid.uuid4())
    assert exporting.run(export.pk)
    export.refresh_from_db()
    with zipfile.ZipFile(export.path) as packed:
        name = next(name for name in packed.namelist() if name.startswith("files/"))
        assert hashlib.sha256(packed.read(name)).hexdigest() == DIGEST
    EmailAccount.objects.create(
        channel=Channel.objects.get(name="support"),
        address="support@kalma.example",
        smtp_host="mail.example",
    )
    passed_on = pass_on.send(
        case_id=desk.case.pk,
        agent=admin,
        to=["repairs@works.example"],
        message_ids=[film.message_id],
        client_id=uuid.uuid4(),
    )
    assert passed_on.attachments.get().blob == film.blob
