"""Files are looked at once they have come, by a child that can neither hang nor hurt anybody."""

import os
import socket
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.db.models.functions import Now
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from conversations import disk
from conversations.adapters.messages import File
from conversations.media import running, shutting
from conversations.models import (
    Agent,
    Attachment,
    Blob,
    Change,
    Channel,
    Look,
    LookKind,
    LookState,
)
from conversations.services import doors, looks, redaction, threads
from tests.filming import PLACE, Film, film, phone_photo, photo
from tests.people import receive

pytestmark = pytest.mark.django_db


def hang(channel: Channel, content: bytes, name: str = "photo.jpg") -> Attachment:
    """A message with one file."""
    message = receive(channel, "dana@post.example")
    threads.attach(message, [File(name=name, type="", content=content)])
    return message.attachments.select_related("blob").get()


def huge() -> bytes:
    """A picture of 50,000 by 50,000, in a hundred bytes."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = [header, b"IDAT" + zlib.compress(bytes(64)), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in chunks
    )


def looked(file: Attachment) -> Look:
    looks.look(file.blob_id)
    return Look.objects.select_related("poster", "preview").get(blob=file.blob_id)


def test_draws_a_picture_anew(support: Channel) -> None:
    file = hang(support, photo((3000, 2000)))
    before = file.message.conversation.revision
    look = looked(file)
    assert (look.state, look.kind) == (LookState.READY, LookKind.PICTURE)
    assert (look.width, look.height) == (1067, 1600)
    assert look.preview is not None
    assert look.poster is not None
    for made in (look.preview.read(), look.poster.read()):
        assert b"Exif" not in made
        assert b"At home" not in made
    told = Change.objects.filter(message=file.message, revision__gt=before)
    assert [(change.kind, change.is_new) for change in told.order_by("id")][-1] == (
        "message",
        False,
    )
    assert not any(looks.folder().iterdir())
    assert not looks.look(file.blob_id), "it is done"


def test_draws_what_phones_take(support: Channel) -> None:
    content = phone_photo()
    file = hang(support, content, "IMG_0815.HEIC")
    look = looked(file)
    assert (file.type, look.state, look.kind) == ("image/heic", LookState.READY, LookKind.PICTURE)
    assert (look.width, look.height) == (1200, 800)
    assert look.preview is not None
    made = look.preview.read()
    assert made.startswith(b"\xff\xd8")
    assert b"Exif" not in made
    assert file.blob.read() == content


def test_the_same_bytes_are_looked_at_once(support: Channel) -> None:
    one, other = hang(support, photo()), hang(support, photo())
    looked(one)
    assert looks.of([one, other])[other.pk].state == LookState.READY
    assert Look.objects.count() == 1


def test_makes_a_film_that_browsers_play(support: Channel) -> None:
    made = film(Film(name="clip.mov", codec="libx265", is_turned=True))
    assert PLACE.encode() in made
    file = hang(support, made, "clip.mov")
    look = looked(file)
    assert (look.state, look.kind, look.is_long) == (LookState.WAITING, LookKind.FILM, True)
    assert look.poster is not None
    assert (look.width, look.height, look.rotation) == (180, 320, 90)
    assert look.seconds == pytest.approx(1, abs=0.1)
    assert look.codecs == "hevc/aac"
    assert looks.sweep_long(lambda: False) == 1
    look.refresh_from_db()
    assert look.state == LookState.READY
    assert look.preview is not None
    shown = look.preview.read()
    assert PLACE.encode() not in shown
    assert b"At home" not in shown
    assert b"avc1" in shown
    assert shown.index(b"moov") < shown.index(b"mdat")
    assert file.blob.read() == made


def test_keeps_what_browsers_play_but_for_where_it_was(support: Channel) -> None:
    made = film(Film(name="clip.mov", is_turned=True))
    file = hang(support, made, "clip.mov")
    looked(file)
    looks.sweep_long(lambda: False)
    look = looked(file)
    assert look.preview is not None
    shown = look.preview.read()
    assert PLACE.encode() in made
    assert PLACE.encode() not in shown
    # its pictures as they were, and still to be turned
    start = made.index(b"mdat") + 64
    assert made[start : start + 500] in shown
    turned = made[made.index(b"tkhd") + 44 :][:36]
    assert turned in shown


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "broken"),
        ("a.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(400), "broken"),
        ("huge.png", huge(), "too_large"),
    ],
)
def test_what_cannot_be_shown_says_why(
    support: Channel, name: str, content: bytes, code: str
) -> None:
    file = hang(support, content, name)
    look = looked(file)
    assert (look.state, look.code) == (LookState.FAILED, code)
    assert file.blob.read() == content


def test_what_is_neither_picture_nor_film_needs_nothing(support: Channel) -> None:
    file = hang(support, b"%PDF-1.7 x", "a.pdf")
    assert looks.of([file])[file.pk].state == LookState.NOT_NEEDED


ENDS = {
    "sleeps": ("import time; time.sleep(60)", "too_slow"),
    "dies": ("import os; os.kill(os.getpid(), 11)", "crashed"),
    "lies": ("open('said', 'w').write('{\"found\": {\"width\": -1}}')", "crashed"),
    "points elsewhere": (
        "import os; os.symlink('/etc/passwd', 'preview'); open('said', 'w').write('{}')",
        "crashed",
    ),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_child_that_goes_wrong_fails_its_look_alone(
    how: str, support: Channel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words, code = ENDS[how]
    script = tmp_path / "child.py"
    script.write_text(words)
    monkeypatch.setattr(running, "CHILD", script)
    monkeypatch.setattr(running, "BEAT", 0.1)
    monkeypatch.setitem(running.WALL, "picture", 0.5)
    file = hang(support, photo())
    looked(file)
    look = looked(file)
    assert (look.state, look.code) == (LookState.FAILED, code)
    assert (look.poster, look.preview) == (None, None)
    assert not any(looks.folder().iterdir())


def test_the_clock_takes_up_what_nobody_did(support: Channel, settings: Settings) -> None:
    file = hang(support, photo())
    Look.objects.update(created_at=Now() - settings.WAKE_GRACE * 2)
    assert looks.sweep() == 1
    assert Look.objects.get(blob=file.blob_id).state == LookState.READY


def test_nothing_is_drawn_on_a_full_disk_until_there_is_room(
    support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = hang(support, photo())
    with monkeypatch.context() as full:
        full.setattr(disk, "room", lambda: running.PICTURE_SIZE - 1)
        assert not looks.look(file.blob_id)
    look = Look.objects.get(blob=file.blob_id)
    assert (look.state, look.attempts) == (LookState.WAITING, 0)
    assert looked(file).state == LookState.READY


def test_a_look_whose_process_was_killed_is_not_stuck(support: Channel) -> None:
    file = hang(support, photo())
    lost = {"state": LookState.WORKING, "leased_until": Now(), "began_at": Now()}
    Look.objects.filter(blob=file.blob_id).update(attempts=1, **lost)
    assert looks.sweep() == 1
    assert Look.objects.get(blob=file.blob_id).state == LookState.READY
    Look.objects.filter(blob=file.blob_id).update(attempts=2, **lost)
    looks.sweep()
    look = Look.objects.get(blob=file.blob_id)
    assert (look.state, look.code) == (LookState.FAILED, "crashed")


def test_a_hub_that_stops_leaves_a_film_to_the_next(support: Channel) -> None:
    file = hang(support, film(Film(name="clip.avi", codec="mpeg4", audio="mp3")), "clip.avi")
    looked(file)
    running_beat, running.BEAT = running.BEAT, 0.01
    try:
        looks.sweep_long(lambda: True)
    finally:
        running.BEAT = running_beat
    look = looked(file)
    assert (look.state, look.attempts) == (LookState.WAITING, 0)
    looks.sweep_long(lambda: False)
    assert looked(file).state == LookState.READY


def test_what_was_made_of_a_file_goes_with_it(
    support: Channel,
    priya: Agent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    file = hang(support, photo((2000, 1500)))
    look = looked(file)
    assert look.preview is not None
    made = [blob for blob in (look.poster, look.preview) if blob is not None]
    assert len(made) == 2
    with django_capture_on_commit_callbacks(execute=True):
        redaction.redact(message_id=file.message_id, agent=priya, attachment_id=file.pk)
    assert not Look.objects.exists()
    assert not Blob.objects.filter(pk__in=[blob.pk for blob in made]).exists()
    assert not any(blob.path.exists() for blob in made)


def test_what_two_have_stays_while_one_has_it(
    support: Channel,
    priya: Agent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    one, other = hang(support, photo()), hang(support, photo())
    looked(one)
    with django_capture_on_commit_callbacks(execute=True):
        redaction.redact(message_id=one.message_id, agent=priya, attachment_id=one.pk)
    look = looks.of([other])[other.pk]
    assert look.preview is not None
    assert look.preview.read()


SHUT = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
from conversations.media import shutting
left = [] if shutting.off_the_net() else ["network"]
left += shutting.off_the_files()
open("here", "w").write("x")
told = []
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), 2)
except OSError:
    told.append("net")
for path, how in (("/etc/hostname", "r"), (sys.argv[1] + "/pyproject.toml", "r"), ("/tmp/x", "w")):
    try:
        open(path, how)
    except OSError:
        told.append(path)
for how in (lambda: os.truncate(sys.argv[3], 0), lambda: os.kill(os.getppid(), 0)):
    try:
        how()
    except PermissionError:
        told.append("other")
print("+".join(left) or "none", len(told), sorted(os.environ))
"""


def test_a_child_has_no_network_no_files_and_no_secrets(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        other = tmp_path / "other"
        other.write_text("ours")
        here = tmp_path / "here"
        here.mkdir()
        argv = [sys.executable, "-I", "-c", SHUT, str(house.BASE_DIR), port, str(other)]
        env = {"LANG": "C.UTF-8"}
        said = subprocess.run(argv, cwd=here, env=env, capture_output=True, text=True, check=True)
    left, refused, *names = said.stdout.split()
    if left != "none":
        pytest.skip(f"this system cannot shut: {left}")
    assert refused == "6"
    assert other.read_text() == "ours"
    assert set("".join(names).strip("[]").split(",")) <= {"'LANG'", "'LC_CTYPE'"}


class Kernel:
    """One whose Landlock is of an edition, 0 for none; `fails` names a call that goes wrong."""

    def __init__(self, edition: int, fails: int = 0) -> None:
        self.edition, self.fails, self.asked = edition, fails, b""

    def syscall(self, call: int, *said: Any) -> int:
        if call == self.fails or not self.edition:
            return -1
        if call == shutting._CREATE and said[0] is None:
            return self.edition
        if call == shutting._CREATE:
            self.asked = said[0]
            return os.open(os.devnull, os.O_RDONLY)
        return 0

    def prctl(self, *_said: int) -> int:
        return 0


@pytest.mark.parametrize(
    ("edition", "words", "left"),
    [
        (0, 0, ["files", "truncating", "signals"]),
        (1, 1, ["truncating", "signals"]),
        (2, 1, ["truncating", "signals"]),
        (3, 1, ["signals"]),
        (4, 2, ["signals"]),
        (5, 2, ["signals"]),
        (6, 3, []),
        (9, 3, []),
    ],
)
def test_each_kernel_is_asked_for_what_it_knows(
    edition: int, words: int, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(edition)
    monkeypatch.setattr(shutting, "_library", lambda: kernel)
    assert shutting.off_the_files() == left
    assert len(kernel.asked) == 8 * words
    rights = {0: 0, 1: 13, 2: 14, 3: 15, 4: 15}.get(edition, 16)
    assert int.from_bytes(kernel.asked[:8], sys.byteorder) == (1 << rights) - 1


def test_doors_that_do_not_shut_are_told_of(
    support: Channel, priya: Agent, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(7, fails=shutting._RESTRICT)
    monkeypatch.setattr(shutting, "_library", lambda: kernel)
    assert shutting.off_the_files() == ["files", "truncating", "signals"]
    monkeypatch.undo()
    Agent.objects.filter(pk=priya.pk).update(role="admin")
    client.force_login(Agent.objects.get(pk=priya.pk))
    doors.note(["network", "signals"])
    page = client.get("/admin/").content.decode()
    assert "it has the network, it can end the hub&#x27;s processes" in page
    doors.look()
    told = doors.left_open()
    looked(hang(support, photo()))
    assert doors.left_open() == told
    doors.note([])
    assert "it has the network" not in client.get("/admin/").content.decode()


def test_the_hub_itself_never_loads_what_reads_films(support: Channel) -> None:
    looked(hang(support, film(Film()), "clip.mp4"))
    assert "av" not in sys.modules
