"""The protocol: what is kept when, who may ask what, and what is refused in which words."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from channels_video import limits, links, parts, sweeps, uploads
from channels_video.adapter import VideoAdapter
from channels_video.models import Upload, UploadLink, VideoSettings
from channels_video.refusals import Refusal
from conversations import disk
from conversations.models import Attachment, Blob, BlockedSender, Receipt, ReceiptState
from conversations.services import intake, person, redaction
from tests.channels_video.client import BYTES, VERSION, ask, committed, create, offset_of, patch
from tests.channels_video.conftest import Desk, ask_for_film, make_desk
from tests.people import make_agent
from tests.security.test_at_once import at_once
from tests.waiting import until_somebody_waits


def received() -> list[bytes]:
    for pk in Receipt.objects.filter(state="stored").values_list("pk", flat=True):
        intake.process(pk)
    return [file.blob.read() for file in Attachment.objects.order_by("pk")]


def test_a_cut_upload_goes_on_where_it_was_cut(desk: Desk) -> None:
    content = secrets.token_bytes(100_000)
    path = create(desk.token, len(content), name="../My film.mp4")
    patch(path, 0, content[:30_000], content[30_000:50_000], is_cut=True)
    assert offset_of(path) == 50_000
    upload = Upload.objects.get()
    with parts.path(upload.number).open("ab") as file:
        file.write(b"written, but never promised")
    answer = patch(path, 50_000, content[50_000:])
    assert (answer.status, answer.headers["upload-offset"]) == (204, "100000")
    assert received() == [content]
    upload.refresh_from_db()
    assert (upload.resumed, upload.name, upload.finished_at is not None) == (1, "My film.mp4", True)
    assert offset_of(path) == 100_000
    assert patch(path, 100_000).status == 204
    assert (ask("DELETE", path).code, len(received())) == ("received", 1)
    assert committed(sweeps.tidy) == 1
    assert not parts.path(upload.number).exists()


def test_one_writes_at_a_time_and_takes_over_from_the_dead(desk: Desk) -> None:
    path = create(desk.token, 10)
    number = Upload.objects.get().number
    first = uploads.claim(desk.link, number, 0)
    answer = patch(path, 0, b"x" * 10)
    assert (answer.status, answer.code) == (409, "elsewhere")
    Upload.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert patch(path, 0, b"0123", is_cut=True).status == 204
    with pytest.raises(Refusal):
        uploads.write(first, [b"late"])
    assert parts.path(number).read_bytes() == b"0123"
    assert patch(path, 2, b"x").status == 409
    assert patch(path, 4, b"456789").status == 204
    assert received() == [b"0123456789"]


def test_what_was_called_off_or_ran_out_is_gone(desk: Desk) -> None:
    paths = [create(desk.token, 10) for _ in range(2)]
    patch(paths[1], 0, b"1234", is_cut=True)
    assert ask("DELETE", paths[0]).status == 204
    Upload.objects.filter(ended_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert committed(sweeps.tidy) == 1
    for path in paths:
        assert [ask(method, path).status for method in ("HEAD", "DELETE")] == [410, 410]
        assert patch(path, 0, b"x").code == "over"
    assert list(parts.numbers()) == []


def test_a_server_that_died_with_the_last_byte_left_nothing_undone(desk: Desk) -> None:
    path = create(desk.token, 100_000)
    upload = Upload.objects.get()
    writer = uploads.write(uploads.claim(desk.link, upload.number, 0), [b"x" * 100_000])
    assert (offset_of(path), committed(sweeps.finish), received()) == (100_000, 0, [])
    uploads.release(writer, was_cut=True)
    assert (committed(sweeps.finish), committed(sweeps.finish), received()) == (
        1,
        0,
        [b"x" * 100_000],
    )


def test_bytes_that_the_disk_lost_are_said_to_be_lost(desk: Desk) -> None:
    path = create(desk.token, 10)
    patch(path, 0, b"1234")
    parts.remove(Upload.objects.get().number)
    assert patch(path, 4, b"567890").status == 410
    assert Upload.objects.get().failure == "bytes_lost"


def test_a_link_opens_its_own_uploads_alone(desk: Desk) -> None:
    path = create(desk.token, 10)
    other = secrets.token_urlsafe(32)
    UploadLink.objects.create(
        digest=links.digest(other),
        channel=desk.channel,
        case=desk.case,
        identity=desk.link.identity,
        expires_at=timezone.now() - timedelta(seconds=1),
    )
    for token in (other, secrets.token_urlsafe(32), "x", "%00"):
        foreign = path.replace(desk.token, token)
        for method in ("HEAD", "PATCH", "DELETE"):
            headers = {**VERSION, "Upload-Offset": "0", "Content-Type": BYTES}
            answer = ask(method, foreign, body=[b"x"], headers=headers)
            assert answer.status == 404
    headers = {**VERSION, "Upload-Length": "10"}
    assert ask("POST", f"/u/{other}/files", headers=headers).code == "link_ended"
    for number in ("..", Upload.objects.get().number, "%2e%2e", ""):
        assert ask("HEAD", f"/u/{desk.token}/files/{number}").status in {404, 405}
    writer = uploads.claim(desk.link, Upload.objects.get().number, 0)
    UploadLink.objects.update(revoked_at=timezone.now())
    with pytest.raises(Refusal):
        uploads.write(writer, [b"x"])
    assert ask("HEAD", path).status == 410


def test_there_is_an_end_to_what_one_person_sends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    VideoSettings.objects.update(largest_size=1000)
    files = f"/u/{desk.token}/files"

    def asked(length: int) -> str:
        answer = ask("POST", files, headers={**VERSION, "Upload-Length": str(length)})
        return "" if answer.status == 201 else answer.code

    assert ask("OPTIONS", files, headers={"x": "y"}).headers["tus-max-size"] == "1000"
    too_large = ask("POST", files, headers={**VERSION, "Upload-Length": "1001"})
    assert (too_large.status, too_large.code) == (413, "too_large")
    assert b"1000\\u00a0bytes" in too_large.body
    for _ in range(limits.UNFINISHED):
        patch(create(desk.token, 10), 0, b"x")
    assert asked(10) == "too_many"
    Upload.objects.filter(pk=Upload.objects.latest("pk").pk).update(offset=0)
    assert asked(10) == ""  # in the place of the one that never began
    ask("DELETE", f"{files}/{Upload.objects.latest('pk').number.hex}")
    assert asked(1000) == ""
    monkeypatch.setattr(disk, "room", lambda: 500)
    Upload.objects.update(finished_at=timezone.now())
    assert asked(501) == "disk_full"
    monkeypatch.setattr(limits, "A_DAY", 3)
    assert asked(1) == "too_much"


def refused(token: str, length: int) -> str:
    """What a customer is told; empty where it is taken."""
    headers = {**VERSION, "Upload-Length": str(length)}
    answer = ask("POST", f"/u/{token}/files", headers=headers)
    return "" if answer.status == 201 else str(json.loads(answer.body)["words"])


def test_a_channel_keeps_no_more_than_it_may(desk: Desk) -> None:
    """What is here, and what was promised to anybody; it is said in the customer's language."""
    VideoSettings.objects.update(most_size=30)
    kim = ask_for_film(desk.channel, "kim")
    patch(create(desk.token, 10), 0, b"0123456789")
    received()
    assert (committed(sweeps.tidy), refused(kim.token, 21)[:7]) == (1, "No more")
    path = create(kim.token, 20)
    UploadLink.objects.update(language="es")
    assert refused(desk.token, 1).startswith("Ahora no se pueden guardar más archivos")
    ask("DELETE", path)
    assert refused(desk.token, 20) == ""


def test_who_is_blocked_sends_nothing_more(desk: Desk) -> None:
    BlockedSender.objects.create(value="hey.example")
    page = Client().get(f"/u/{desk.token}/")
    assert (page.status_code, "This link takes nothing" in page.content.decode()) == (403, True)
    assert refused(desk.token, 10).startswith("This link takes no files any more")
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_room_is_promised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """To two people at once."""
    desk = make_desk()
    kim = ask_for_film(desk.channel, "kim")
    monkeypatch.setattr(disk, "room", lambda: 15)
    make = parts.make

    def slowly(number: uuid.UUID) -> None:
        until_somebody_waits(0.3)
        make(number)

    monkeypatch.setattr(parts, "make", slowly)
    wanted = uploads.Wanted(length=10, name="film.mp4", type="video/mp4")
    found = at_once([partial(uploads.begin, one.link, wanted) for one in (desk, kim)])
    assert sorted(getattr(one, "code", "") for one in found) == ["", "disk_full"]


@pytest.mark.django_db(transaction=True)
def test_many_large_files_end_in_turn_and_keep_nobody_from_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While they are hashed they hold no connection; whoever waits for a turn keeps the lease."""
    desk = make_desk()
    monkeypatch.setattr(limits, "TURN_SECONDS", 0.02)
    digest = parts.digest
    hashed: list[int] = []
    held: list[bool] = []
    running: list[uuid.UUID] = []

    def slowly(number: uuid.UUID, length: int, *, alive: Callable[[], None]) -> str:
        running.append(number)
        hashed.append(len(running))
        held.append(connection.connection is not None)
        time.sleep(0.1)  # long enough for another to begin beside it, were it let
        alive()
        held.append(connection.connection is not None)
        running.remove(number)
        return digest(number, length, alive=alive)

    monkeypatch.setattr(parts, "digest", slowly)
    paths = [create(desk.token, 10) for _ in range(4)]
    answers = at_once([partial(patch, path, 0, b"0123456789") for path in paths])
    assert [getattr(one, "status", one) for one in answers] == [204] * 4
    assert max(hashed) <= limits.HASHED_AT_ONCE
    assert not any(held)
    assert received() == [b"0123456789"] * 4


def test_what_is_long_over_is_forgotten(desk: Desk) -> None:
    """With its link, once that has led to nothing for as long as films are kept."""
    VideoSettings.objects.update(kept_days=10)
    for length in (10, 20):
        patch(create(desk.token, length), 0, b"x" * 10)
    received()
    over = create(desk.token, 30)
    ask("DELETE", over)
    lasting = ask_for_film(desk.channel, "kim")
    create(lasting.token, 10)
    long_ago = timezone.now() - timedelta(days=11)
    Upload.objects.exclude(finished_at=None).update(finished_at=long_ago)
    Upload.objects.exclude(ended_at=None).update(ended_at=long_ago)
    UploadLink.objects.filter(pk=desk.link.pk).update(expires_at=long_ago)
    committed(sweeps.tidy)
    assert list(desk.link.uploads.values_list("length", flat=True)) == [20]
    assert ask("POST", f"/u/{desk.token}/files").code == "bad_length"  # it is known still
    Upload.objects.filter(length=20).update(expires_at=long_ago)
    committed(sweeps.tidy)
    Upload.objects.filter(length=20).update(ended_at=long_ago)
    assert committed(sweeps.tidy) == 2
    assert ask("POST", f"/u/{desk.token}/files").status == 404
    assert lasting.link.uploads.count() == 1
    assert Attachment.objects.count() == 1


def test_what_nothing_could_be_made_of_is_not_kept_longer(desk: Desk) -> None:
    patch(create(desk.token, 10), 0, b"0123456789")
    Receipt.objects.update(state=ReceiptState.QUARANTINED)
    blob = Upload.objects.get().blob
    assert blob is not None
    assert (committed(sweeps.tidy), Upload.objects.get().blob) == (0, blob)
    Upload.objects.update(finished_at=timezone.now() - timedelta(days=91))
    assert committed(sweeps.tidy) == 1
    assert not Upload.objects.exists()
    assert not blob.path.exists()
    assert Receipt.objects.get().state == ReceiptState.QUARANTINED


REFUSED = [
    ("POST", {"Upload-Length": "-5"}, 400),
    ("POST", {}, 400),
    ("POST", {"Upload-Length": "1" * 19}, 400),
    ("POST", {"Upload-Length": "10", "Upload-Defer-Length": "1"}, 400),
    ("POST", {"Upload-Length": "10", "Upload-Concat": "partial"}, 400),
    ("POST", {"Upload-Length": "10", "Upload-Metadata": "x" * 5000}, 400),
    ("POST", {"Upload-Length": "10", "Tus-Resumable": "0.9"}, 412),
    ("PATCH", {}, 405),
    ("GET", {}, 405),
]


@pytest.mark.parametrize(("method", "headers", "status"), REFUSED)
def test_what_is_not_offered_is_refused(
    desk: Desk, method: str, headers: dict[str, str], status: int
) -> None:
    answer = ask(method, f"/u/{desk.token}/files", headers={**VERSION, **headers})
    assert (answer.status, Upload.objects.count()) == (status, 0)


def test_more_than_was_announced_is_not_kept(desk: Desk) -> None:
    path = create(desk.token, 10)
    assert patch(path, 0, b"x" * 11).status == 413
    headers = {**VERSION, "Upload-Offset": "0", "Content-Type": BYTES, "Content-Length": "11"}
    assert ask("PATCH", path, headers=headers).status == 413
    assert patch(path, 0, b"y" * 10).status == 204
    assert received() == [b"y" * 10]


def test_who_is_erased_leaves_nothing_half_sent(desk: Desk) -> None:
    path = create(desk.token, 10)
    patch(path, 0, b"1234")
    someone = person.of(desk.case.conversation)
    committed(lambda: VideoAdapter().forget(someone))
    assert list(parts.numbers()) == []
    assert ask("HEAD", path).status == 404


def test_who_is_erased_does_not_come_back_with_a_film_that_waits(desk: Desk) -> None:
    patch(create(desk.token, 10), 0, b"0123456789")
    receipt = Receipt.objects.get(channel=desk.channel)
    committed(lambda: VideoAdapter().forget(person.of(desk.case.conversation)))
    receipt.refresh_from_db()
    assert (receipt.state, receipt.envelope, receipt.blob.read()) == ("processed", {}, b"")
    assert not Blob.objects.filter(sha256=hashlib.sha256(b"0123456789").hexdigest()).exists()


@pytest.mark.parametrize("sent", [4, 10])
def test_nobody_is_waited_for_who_says_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    """In the middle, for a while; at the end, not at all."""
    monkeypatch.setattr(limits, "STEP_SECONDS", 0.01)
    monkeypatch.setattr(limits, "PATIENCE", 3)
    path, content = create(desk.token, 10), b"0123456789"
    patch(path, 0, content[:sent], is_cut=sent < len(content))
    headers = {**VERSION, "Upload-Offset": str(sent), "Content-Type": BYTES}
    answer = ask("PATCH", path, headers=headers, is_silent=True)
    assert (answer.status, offset_of(path)) == (204, sent)
    if sent < len(content):
        assert patch(path, sent, content[sent:]).status == 204
    assert received() == [content]


def test_the_same_film_outlives_the_redaction_of_the_first(desk: Desk) -> None:
    """It was acknowledged, and is no message yet."""
    agent = make_agent("Priya Nair")
    patch(create(desk.token, 10), 0, b"0123456789")
    received()
    first = Attachment.objects.get().message
    patch(create(desk.token, 10), 0, b"0123456789")
    committed(lambda: redaction.redact(message_id=first.pk, agent=agent))
    assert received() == [b"0123456789"]
