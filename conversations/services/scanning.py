"""Ask ClamAV about a file, where there is one: its INSTREAM command, over its own socket.

`OMNIHUB_CLAMAV` is `unix:/path` or `tcp:host:port`. No answer is no harm: the file is not scanned,
and agents see that.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import BinaryIO

import structlog
from django.conf import settings

from conversations.models import Scan

log = structlog.get_logger(__name__)

SECONDS = 15.0
"""For all of it: what is larger than a scanner takes in this time is not scanned."""
PIECE = 64 * 1024
_ANSWER = 4096


def scan(file: BinaryIO) -> Scan:
    """What the scanner says of a file, from where it stands. Never raises."""
    where = settings.OMNIHUB_CLAMAV
    if not where:
        return Scan.NOT_SCANNED
    until = time.monotonic() + SECONDS
    try:
        with _connected(where, until) as scanner:
            answer = _answer(scanner, file, until)
    except (OSError, ValueError) as error:
        log.warning("not_scanned", error=str(error))
        return Scan.NOT_SCANNED
    return _understood(answer)


def _connected(where: str, until: float) -> socket.socket:
    kind, _colon, rest = where.partition(":")
    if kind == "unix":
        scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        scanner.settimeout(_left(until))
        try:
            scanner.connect(rest)
        except OSError:
            scanner.close()
            raise
        return scanner
    host, _colon, port = rest.removeprefix("//").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=_left(until))


def _answer(scanner: socket.socket, file: BinaryIO, until: float) -> bytes:
    """Pieces, each behind its length; a length of nothing ends them, and a null the answer."""
    try:
        scanner.sendall(b"zINSTREAM\0")
        while piece := file.read(PIECE):
            scanner.settimeout(_left(until))
            scanner.sendall(struct.pack("!I", len(piece)) + piece)
        scanner.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has had enough, and says why
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _ANSWER:
        scanner.settimeout(_left(until))
        more = scanner.recv(_ANSWER)
        if not more:
            break
        answer += more
    return answer


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the scanner took too long")
    return left


def _understood(answer: bytes) -> Scan:
    said = answer.rstrip(b"\0\n")
    if said.endswith(b" FOUND"):
        log.warning("malware_found", answer=said.decode("utf-8", "replace")[:200])
        return Scan.INFECTED
    if said == b"stream: OK":
        return Scan.CLEAN
    log.warning("not_scanned", error=said.decode("utf-8", "replace")[:200])
    return Scan.NOT_SCANNED
