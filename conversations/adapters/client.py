"""The one HTTP client for what admins configure: providers' APIs, token and key servers.

`requests` on guarded connections: public hosts only unless listed, no proxy of the environment, no
redirects, and an end to time and size whatever the other side does.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)

from conversations.adapters import guard

SECONDS = 30.0
"""From the first name that is resolved to the last byte."""
READ_SECONDS = 20.0
MOST = 1024 * 1024
"""Bytes of an answer; providers' answers are a few hundred."""

_open: ContextVar[list[socket.socket] | None] = ContextVar("open_sockets", default=None)


class TooLarge(requests.RequestException):
    """The answer is longer than what was asked for can be."""


class _Unsecured(ssl.SSLError):
    """No secured line came about, so that nothing was asked over it."""


class _Guarded(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """As urllib3's own, but only to addresses that were looked at."""
        try:
            return guard.connect(self._dns_host, self.port or self.default_port)
        except guard.Blocked:
            raise
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{self.host} does not answer") from error
        except OSError as error:
            raise NewConnectionError(self, f"{self.host}: {error}") from error

    def connect(self) -> None:
        super().connect()
        if (sockets := _open.get()) is not None and self.sock is not None:
            sockets.append(self.sock)


class _GuardedTls(_Guarded, HTTPSConnection):
    """HTTPSConnection takes its plain socket from `_new_conn`, and verifies the host's name."""

    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLError as error:
            raise _Unsecured(*error.args) from error


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


POOLS = {"http": _Pool, "https": _TlsPool}
"""Pools for whatever else is built upon urllib3."""


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS


class Session(requests.Session):
    """A guarded session. `seconds` bounds each request as a whole, `most` an answer's bytes."""

    def __init__(self, *, seconds: float = SECONDS, most: int = MOST) -> None:
        super().__init__()
        self.seconds, self.most = seconds, most
        self.trust_env = False
        self.headers["User-Agent"] = "omnihub"
        self.mount("https://", _Adapter())
        self.mount("http://", _Adapter())

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["allow_redirects"] = False
        kwargs["timeout"] = (guard.CONNECT_SECONDS, min(READ_SECONDS, self.seconds))
        return super().request(*args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Raises requests.RequestException, or guard.Blocked."""
        kwargs["stream"] = True
        with _deadline(self.seconds), _blocked_stays_blocked():
            response = super().send(request, **kwargs)
            return _read(response, self.most)


def is_surely_unsent(error: requests.RequestException) -> bool:
    """Whether the request cannot have reached anybody: no connection came about. What breaks TLS
    later, an alert or an answer in the clear, says nothing of that."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    kinds = NewConnectionError | NameResolutionError | _Unsecured
    return any(isinstance(cause, kinds) for cause in causes(error))


def _read(response: requests.Response, most: int) -> requests.Response:
    content = bytearray()
    for chunk in response.iter_content(65536):
        content += chunk
        if len(content) > most:
            response.close()
            raise TooLarge(f"more than {most} bytes")
    response._content = bytes(content)  # noqa: SLF001 -- what requests itself would set
    return response


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Whatever is open when the time is over is shut down, so that its read or write ends."""
    sockets: list[socket.socket] = []
    token = _open.set(sockets)
    alarm = threading.Timer(seconds, _cut, [sockets])
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        _open.reset(token)


def _cut(sockets: list[socket.socket]) -> None:
    for opened in sockets:
        with contextlib.suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _blocked_stays_blocked() -> Iterator[None]:
    try:
        yield
    except requests.RequestException as error:
        for cause in causes(error):
            if isinstance(cause, guard.Blocked):
                raise cause from None
        raise


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it was made of: urllib3 hands some over as arguments only."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        found = [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
        waiting.extend(each for each in found if isinstance(each, BaseException))
