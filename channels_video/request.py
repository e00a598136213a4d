"""A request as it comes from the server: its head, and a body that is read step by step."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, ParamSpec, Self, TypeVar
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.db import connections

from channels_video.refusals import Refusal

_PATH = re.compile(r"/u/(?P<token>[^/]+)/files(/(?P<number>[^/]*))?")
_DIGITS = re.compile(r"[0-9]{1,18}")

P = ParamSpec("P")
T = TypeVar("T")
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Body:
    """`is_over` when all of it was handed out; `was_cut` when its sender went before its end."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._waiting: asyncio.Task[dict[str, Any]] | None = None
        self.is_over = self.was_cut = False

    async def step(self, most: int, seconds: float) -> list[bytes]:
        """What comes until it is that much, or that late, or all; may be nothing."""
        pieces: list[bytes] = []
        left, until = most, time.monotonic() + seconds
        while left > 0 and not self.is_over:
            piece = await self._next(until - time.monotonic())
            if piece is None:
                break
            pieces.append(piece)
            left -= len(piece)
        return pieces

    async def _next(self, seconds: float) -> bytes | None:
        """None when nothing came in that time. The wait goes on: what comes is not lost."""
        if self._waiting is None:
            self._waiting = asyncio.ensure_future(self._receive())
        await asyncio.wait({self._waiting}, timeout=max(seconds, 0))
        if not self._waiting.done():
            return None
        message, self._waiting = self._waiting.result(), None
        self.was_cut = message["type"] == "http.disconnect"
        self.is_over = self.was_cut or not message.get("more_body", False)
        return bytes(message.get("body", b""))

    def close(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()


@dataclass(slots=True, kw_only=True)
class Request:
    """Headers by lower-case name. `number` is empty for the link's own address."""

    method: str
    path: str
    token: str
    number: str
    headers: dict[str, str]
    body: Body
    is_secure: bool
    language: str = ""

    @classmethod
    def of(cls, scope: dict[str, Any], receive: Receive) -> Self:
        found = _PATH.fullmatch(scope["path"])
        if found is None:
            raise ValueError("not mounted there")
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key = name.decode("latin-1").lower()
            headers[key] = (
                f"{headers[key]}, {value.decode('latin-1')}"
                if key in headers
                else (value.decode("latin-1"))
            )
        return cls(
            method=scope["method"],
            path=f"/u/{quote(found['token'], safe='')}/files",
            token=found["token"],
            number=found["number"] or "",
            headers=headers,
            body=Body(receive),
            is_secure=scope.get("scheme") == "https",
        )

    def header(self, name: str) -> str:
        return self.headers.get(name, "").strip()

    def number_in(self, name: str, code: str, *, usual: int | None = None) -> int:
        """A header's whole number. Raises Refusal with the code; twice the header is none."""
        value = self.header(name)
        if not value and usual is not None:
            return usual
        if not _DIGITS.fullmatch(value):
            raise Refusal(code, HTTPStatus.BAD_REQUEST)
        return int(value)


async def in_thread(step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What asks the database or the disk. No connection is held until the next step."""
    return await sync_to_async(_with_connection)(partial(step, *args, **kwargs))


def _with_connection(step: Callable[[], T]) -> T:
    try:
        return step()
    finally:
        let_connections_go()


def let_connections_go() -> None:
    """Others use them until this thread asks the database again."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # as a test is
            connection.close_if_unusable_or_obsolete()
