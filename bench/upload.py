"""An upload by tus beside a plain copy of the same bytes that is synced, and beside nginx's PUT.

What the server's memory grows by meanwhile, and what a gigabyte costs it; then once more, with the
server killed at half.

    ./hub bench upload [MEGABYTES]
"""

from __future__ import annotations

import hashlib
import http.client
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import bench._setup  # noqa: F401  # Django is ready before models are read
from bench.live import resident
from channels_video.models import Upload, UploadLink, VideoSettings
from conversations.adapters.messages import Address, Grade, IdentityKind, InboundMessage
from conversations.models import Channel, Identity, Team
from conversations.services import intake

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT, NGINX = 8796, 8795
PIECE = 5 * 1024 * 1024
"""Bytes of one PATCH, as our page begins with; 0 for all in one."""
MB = 1024 * 1024


def ready(port: int) -> None:
    for _ in range(200):
        try:
            with_status("GET", "/healthz", port)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(port)


def with_status(
    method: str, path: str, port: int = PORT, body: object = None, **headers: str
) -> tuple[int, dict[str, str]]:
    door = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        door.request(method, path, body=body, headers=named)  # type: ignore[arg-type]  # or a file
        answer = door.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        door.close()


class Web:
    """The web process, which can be killed; `spent` are its seconds of the processor."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-m", "omnihub.launcher.web", f"127.0.0.1:{PORT}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMNIHUB_DB_POOL": "4"},
        )
        ready(PORT)

    def kill(self) -> None:
        self.running.kill()
        self.running.wait()

    @property
    def spent(self) -> float:
        fields = Path(f"/proc/{self.running.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def weight(self) -> float:
        """Megabytes."""
        return resident(self.running.pid) / 1024


@contextmanager
def watched(web: Web) -> Iterator[list[float]]:
    """Weights of the process while something goes on."""
    weights, over = [web.weight], threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            weights.append(web.weight)

    eye = threading.Thread(target=look)
    eye.start()
    try:
        yield weights
    finally:
        over.set()
        eye.join()


@transaction.atomic
def link() -> str:
    """The token of a link of somebody new."""
    team, _ = Team.objects.get_or_create(is_default=True, defaults={"name": "Support"})
    channel, _ = Channel.objects.get_or_create(kind="video", name="films", defaults={"team": team})
    VideoSettings.objects.get_or_create(channel=channel)
    value = f"{secrets.token_hex(4)}@hey.example"
    who = Address(kind=IdentityKind.EMAIL, value=value)
    case = intake.take_message(channel, InboundMessage(sender=who, grade=Grade.PASS, text="Hi"))
    token = secrets.token_urlsafe(32)
    UploadLink.objects.create(
        digest=hashlib.sha256(token.encode()).hexdigest(),
        channel=channel,
        case=case,
        identity=Identity.objects.get(value=value),
        expires_at=timezone.now() + timedelta(days=1),
    )
    return token


def created(token: str, size: int) -> str:
    status, headers = with_status(
        "POST", f"/u/{token}/files", Tus_Resumable="1.0.0", Upload_Length=str(size)
    )
    assert status == 201, status
    return headers["location"]


def patched(path: str, film: Path, offset: int, until: int, piece: int) -> None:
    """From there to there, in pieces."""
    with film.open("rb") as file:
        while offset < until:
            file.seek(offset)
            size = min(piece or until, until - offset)
            status, headers = with_status(
                "PATCH", path, body=_Part(file, size), Tus_Resumable="1.0.0",
                Upload_Offset=str(offset), Content_Length=str(size),
                Content_Type="application/offset+octet-stream",
            )  # fmt: skip
            assert status == 204, (status, headers)
            offset = int(headers["upload-offset"])


class _Part:
    """So much of an open file, as the client sends it."""

    def __init__(self, file: object, left: int) -> None:
        self._file, self._left = file, left

    def read(self, size: int) -> bytes:
        piece: bytes = self._file.read(min(size, self._left))  # type: ignore[attr-defined]
        self._left -= len(piece)
        return piece


def copied(film: Path, to: Path) -> float:
    began = time.monotonic()
    with film.open("rb") as source, to.open("wb") as sink:
        shutil.copyfileobj(source, sink, MB)
        sink.flush()
        os.fsync(sink.fileno())
    return time.monotonic() - began


def measured(web: Web, film: Path, size: int, piece: int) -> tuple[float, float, float]:
    """Seconds, megabytes that the server grew by at most, its seconds of the processor."""
    path = created(link(), size)
    spent, began = web.spent, time.monotonic()
    with watched(web) as weights:
        patched(path, film, 0, size, piece)
    return time.monotonic() - began, max(weights) - weights[0], web.spent - spent


def resumed(web: Web, film: Path, size: int, digest: str) -> float:
    """Seconds from the kill until all is there, the server's new start left out."""
    path = created(link(), size)
    half = threading.Thread(target=_until_cut, args=(path, film, size))
    half.start()
    while Upload.objects.latest("pk").offset < size // 2:
        time.sleep(0.02)
    web.kill()
    half.join()
    web.begin()
    began = time.monotonic()
    while True:
        offset = int(with_status("HEAD", path, Tus_Resumable="1.0.0")[1]["upload-offset"])
        assert offset >= size // 2
        try:
            patched(path, film, offset, size, PIECE)
        except AssertionError:  # the dead one's lease
            time.sleep(0.2)
        else:
            break
    took = time.monotonic() - began
    assert Upload.objects.latest("pk").sha256 == digest
    return took


def _until_cut(path: str, film: Path, size: int) -> None:
    try:
        patched(path, film, 0, size, PIECE)
    except (OSError, http.client.HTTPException):
        return


@contextmanager
def nginx(folder: Path) -> Iterator[int]:
    """Its number; takes PUT below /."""
    (folder / "in").mkdir()
    kinds = ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    who = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; {who} pid {folder}/pid; error_log {folder}/log; worker_processes 1;"
        f"events {{}} http {{ access_log off; {places}"
        f"server {{ listen 127.0.0.1:{NGINX}; root {folder}/in; client_max_body_size 0;"
        " location / { dav_methods PUT; } location /healthz { return 200; } } }"
    )
    running = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"])
    try:
        ready(NGINX)
        yield running.pid
    finally:
        running.terminate()
        running.wait()


def put(film: Path, size: int, folder: Path) -> float:
    with nginx(folder), film.open("rb") as file:
        began = time.monotonic()
        status, _ = with_status("PUT", "/film", NGINX, body=file, Content_Length=str(size))
        took = time.monotonic() - began
    assert status == 201, status
    return took


def main() -> None:
    size = (int(sys.argv[1]) if len(sys.argv) > 1 else 500) * MB
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.MEDIA_ROOT) as place:
        folder = Path(place)
        film = folder / "film"
        made = hashlib.sha256()
        with film.open("wb") as file:
            for _ in range(size // MB):
                piece = secrets.token_bytes(MB)
                made.update(piece)
                file.write(piece)
        print(f"{size // MB} MB; the disk writes through")
        print(f"copy and fsync        {size / MB / copied(film, folder / 'copy'):7.0f} MB/s")
        if shutil.which("nginx"):
            print(f"nginx PUT, unsynced   {size / MB / put(film, size, folder):7.0f} MB/s")
        else:
            print("nginx PUT             not on this machine")
        web = Web()
        try:
            for name, step in (("in pieces of 5 MB", PIECE), ("in one piece", 0)):
                seconds, grew, spent = measured(web, film, size, step)
                print(
                    f"tus, {name:17s}{size / MB / seconds:7.0f} MB/s, memory grew by {grew:.0f} MB,"
                    f" {spent / (size / MB / 1024):.1f} s of CPU a GB"
                )
            took = resumed(web, film, size, made.hexdigest())
            print(f"killed at half: the rest, and the hash, {took:.1f} s after the new start")
        finally:
            web.kill()


if __name__ == "__main__":
    main()
