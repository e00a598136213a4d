"""Pictures from elsewhere, named by strangers: one anonymous GET that leads to public hosts only.

No cookies, no referrer, no proxy of the environment, no port but the scheme's own. Each redirect
is looked at like the first address, and time and size have an end whatever the other side does.
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from conversations.adapters import guard

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PORTS = {"http": 80, "https": 443}
SECONDS = 8.0
"""From the first name that is resolved to the last byte, redirects included."""
REDIRECTS = 3
_MOVED = {301, 302, 303, 307, 308}
_OK = 200
_IN_ADDRESSES = "%/:=&?~+!$,;'@()*[]"
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


class FetchFailure(Exception):
    """Nothing to show; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes
    type: str
    """By the bytes, never by what the server claimed."""


def fetch(url: str, *, most: int, types: Collection[str]) -> Fetched:
    """What the address serves, at most `most` bytes of one of `types`. Raises FetchFailure."""
    try:
        content = _follow(url, most, monotonic() + SECONDS)
    except guard.Blocked:
        raise FetchFailure("blocked") from None
    except TimeoutError:
        raise FetchFailure("slow") from None
    except (OSError, HTTPException):
        raise FetchFailure("unreachable") from None
    except ValueError:
        raise FetchFailure("address") from None
    kind = _kind(content)
    if kind not in types:
        raise FetchFailure("type")
    return Fetched(content, kind)


def _follow(url: str, most: int, deadline: float) -> bytes:
    for _ in range(REDIRECTS + 1):
        target = _checked(url)
        with closing(_connected(target, deadline)) as plain:
            response = _asked(target, _Line(plain, deadline))
            if response.status not in _MOVED:
                return _content(response, most)
            url = urljoin(url, response.headers.get("Location", ""))
    raise FetchFailure("redirects")


def _checked(url: str) -> SplitResult:
    target = urlsplit(url)
    port = PORTS.get(target.scheme)
    is_plain = target.hostname and target.username is None and target.password is None
    if port is None or not is_plain or target.port not in {None, port}:
        raise FetchFailure("address")
    return target


def _host(target: SplitResult) -> str:
    return (target.hostname or "").encode("idna").decode()


def _connected(target: SplitResult, deadline: float) -> socket.socket:
    host = _host(target)
    plain = guard.connect(host, PORTS[target.scheme], timeout=_left(deadline))
    if target.scheme != "https":
        return plain
    try:
        plain.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _asked(target: SplitResult, line: _Line) -> HTTPResponse:
    host = _host(target)
    path = quote(target.path or "/", safe=_IN_ADDRESSES)
    query = f"?{quote(target.query, safe=_IN_ADDRESSES)}" if target.query else ""
    connection = HTTPConnection(host)
    connection.sock = line
    headers = {
        "Host": f"[{host}]" if ":" in host else host,
        "User-Agent": "omnihub",
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    connection.request("GET", path + query, headers=headers)
    return connection.getresponse()


def _content(response: HTTPResponse, most: int) -> bytes:
    if response.status != _OK:
        raise FetchFailure("status")
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise FetchFailure("encoding")
    if (response.length or 0) > most:
        raise FetchFailure("large")
    content = response.read(most + 1)
    if len(content) > most:
        raise FetchFailure("large")
    if response.length:
        raise FetchFailure("unreachable")
    return content


def _kind(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _BEGINNINGS.items() if content.startswith(start)), "")


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


class _Line:
    """As much of a socket as http.client needs; its timeout is for all calls together."""

    def __init__(self, plain: socket.socket, deadline: float) -> None:
        self.plain = plain
        self.deadline = deadline

    def sendall(self, data: bytes) -> None:
        self.plain.settimeout(_left(self.deadline))
        self.plain.sendall(data)

    def receive(self, into: WriteableBuffer) -> int:
        self.plain.settimeout(_left(self.deadline))
        return self.plain.recv_into(into)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bytes(self))

    def close(self) -> None:
        """Whoever connected closes; http.client would before it has read."""


class _Bytes(io.RawIOBase):
    def __init__(self, line: _Line) -> None:
        self.line = line

    def readable(self) -> bool:
        return True

    def readinto(self, into: WriteableBuffer) -> int:
        return self.line.receive(into)
