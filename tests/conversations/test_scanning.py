"""A scanner is asked by its own protocol. The one here is a double: it speaks INSTREAM as ClamAV's
manual (`man clamd`) has it, and finds the EICAR test file only."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from conversations.adapters.messages import File
from conversations.models import Channel, Look, LookState, Scan
from conversations.services import looks, scanning, threads
from tests.filming import photo
from tests.people import receive

pytestmark = pytest.mark.django_db
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 200_000
"""Bytes that the double takes."""


class Double(socketserver.StreamRequestHandler):
    """Not ClamAV."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if len(content) > LIMIT:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        found = EICAR in content
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


@pytest.fixture(params=["unix", "tcp"])
def scanner(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[None]:
    server: socketserver.BaseServer
    if request.param == "unix":
        server = UnixServer(str(tmp_path / "s"), Double)
        settings.OMNIHUB_CLAMAV = f"unix:{tmp_path / 's'}"
    else:
        server = TcpServer(("127.0.0.1", 0), Double)
        settings.OMNIHUB_CLAMAV = f"tcp:127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()


def looked(channel: Channel, content: bytes) -> Look:
    message = receive(channel, "dana@post.example")
    threads.attach(message, [File(name="a", type="", content=content)])
    blob = message.attachments.get().blob_id
    looks.look(blob)
    return Look.objects.get(blob=blob)


def test_says_what_a_file_is(scanner: None, support: Channel) -> None:
    harmless = looked(support, b"Hello")
    assert (harmless.state, harmless.scan) == (LookState.NOT_NEEDED, Scan.CLEAN)
    picture = looked(support, photo())
    assert (picture.state, picture.scan) == (LookState.READY, Scan.CLEAN)
    bad = looked(support, photo() + EICAR)
    assert (bad.state, bad.scan, bad.code) == (LookState.FAILED, Scan.INFECTED, "infected")
    assert bad.preview_id is None
    large = looked(support, b"x" * (LIMIT + 1))
    assert (large.state, large.scan) == (LookState.NOT_NEEDED, Scan.NOT_SCANNED)


@pytest.mark.parametrize("where", ["unix:/nowhere/clamd", "tcp:127.0.0.1:1", "tcp:x", "nonsense"])
def test_a_scanner_that_is_away_does_no_harm(
    where: str, settings: Settings, support: Channel
) -> None:
    settings.OMNIHUB_CLAMAV = where
    look = looked(support, photo())
    assert (look.state, look.scan) == (LookState.READY, Scan.NOT_SCANNED)


def test_a_scanner_that_never_answers_is_left(
    settings: Settings, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.OMNIHUB_CLAMAV = f"tcp:127.0.0.1:{silent.getsockname()[1]}"
        assert looked(support, b"Hello").scan == Scan.NOT_SCANNED
