"""A visitor's socket. Its frames are told in docs/decisions/0100-chat-protocol.md."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError

from channels_chat import desk, doings, limits, origins, visitors
from channels_chat.box import Box
from channels_chat.desk import Frame, Paused, Session, TokenGone
from channels_chat.errors import Problem
from channels_chat.models import ChatSettings
from conversations.hands import Hands
from conversations.live import hub

log = structlog.get_logger(__name__)

BEAT = 25.0
"""Seconds between two heartbeats; each asks anew for the token and for what was missed."""
PAUSE = 0.05
"""Seconds between two looks at the thread: what happens meanwhile goes together."""
HELLO = 10.0
"""Seconds until the first frame."""
BURST, PER_SECOND = 40, 8
"""Frames that may come at once, and in the long run."""
BAD, GONE, FOREIGN, LATE, LARGE, FLOOD = 4400, 4401, 4403, 4408, 4413, 4429
"""Codes that a socket is closed with."""

ask = Hands(4, "chat")
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


class Close(Exception):
    """The socket is to be closed, with this code; 0 when it has gone by itself."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


async def visit(scope: Event, receive: Receive, send: Send) -> None:
    """ASGI application of one socket."""
    await receive()  # websocket.connect
    headers = dict(scope["headers"])
    settings = await ask(
        _door,
        scope["url_route"]["kwargs"]["key"],
        headers.get(b"origin", b"").decode("latin-1"),
        headers.get(b"host", b"").decode("latin-1"),
    )
    if settings is None:
        await send({"type": "websocket.close", "code": FOREIGN})
        return
    await send({"type": "websocket.accept"})
    remote = (scope.get("client") or [""])[0]
    await Visit(Session(settings=settings, remote=remote), receive, send).run()


def _door(key: str, origin: str, host: str) -> ChatSettings | None:
    """The chat, if a page of this origin may open it."""
    settings = origins.settings_of(key)
    if settings is None or not origins.may_open(settings, origin=origin, host=host):
        return None
    return settings


class Visit:
    """Two tasks: one hears the frame, the other tells it what moved. They take turns with the
    session, so that what one has told the other does not tell again."""

    def __init__(self, session: Session, receive: Receive, send: Send) -> None:
        self._session = session
        self._receive, self._send = receive, send
        self._box = Box()
        self._turn = asyncio.Lock()
        self._left, self._counted_at = float(BURST), time.monotonic()

    async def run(self) -> None:
        tasks: list[asyncio.Task[None]] = []
        try:
            await hub().join(self._box)
            await self._greet()
            tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tell())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        except Close as close:
            await self._close(close.code)
        finally:
            hub().leave(self._box)
            await self._note_left()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _note_left(self) -> None:
        """The last tab may have been another: it says again that it looks."""
        if self._session.visitor is not None and self._session.thread is not None:
            with suppress(DatabaseError, InterfaceError):
                await ask(visitors.note_left, self._session.visitor)

    async def _close(self, code: int) -> None:
        if code == GONE:
            await self._say({"type": "token_gone"})
        if code:
            await self._send({"type": "websocket.close", "code": code})

    async def _greet(self) -> None:
        try:
            frame, _ = await asyncio.wait_for(self._frame(), HELLO)
        except TimeoutError:
            raise Close(LATE) from None
        if frame["type"] != "hello":
            raise Close(BAD)
        while True:
            try:
                await self._answer(desk.hello, frame)
            except (DatabaseError, InterfaceError) as error:
                log.warning("database_away", error=str(error))
                await asyncio.sleep(1 + random.random())  # noqa: S311 -- so that not all ask at once
            else:
                return

    async def _frame(self) -> tuple[Frame, str]:
        """The next frame, and how it came. Raises Close."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Close(0)
        text = event.get("text")
        if not isinstance(text, str):
            raise Close(BAD)
        if len(text.encode("utf-8", "replace")) > limits.FRAME:
            raise Close(LARGE)
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            raise Close(BAD) from None
        if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
            raise Close(BAD)
        return frame, text

    async def _listen(self) -> None:
        while True:
            frame, text = await self._frame()
            if not self._may_speak():
                raise Close(FLOOD)
            does = desk.DOES.get(frame["type"])
            if does is not None:
                await self._do(does, frame, text)
            if does is desk.say:
                self._box.missed()  # what was said is told back at once, bell or no bell

    async def _do(self, does: Callable[..., Any], frame: Frame, text: str) -> None:
        try:
            await self._answer(does, frame, text)
        except Problem as problem:
            await self._say(_as_error(problem, frame))
        except (DatabaseError, InterfaceError) as error:
            log.warning("database_away", error=str(error))
            await self._say(_as_error(Problem("try_again", retry_after=2), frame))

    async def _answer(self, does: Callable[..., Any], *args: Any) -> None:
        async with self._turn:
            try:
                self._session, frames = await ask(does, self._session, *args)
            except TokenGone:
                raise Close(GONE) from None
            except Paused:
                raise Close(FOREIGN) from None
            self._watch()
            for frame in frames:
                await self._say(frame)

    def _watch(self) -> None:
        mine = self._session
        self._box.watch(
            visitor=mine.visitor, thread=mine.thread, case=mine.case, revision=mine.revision
        )

    def _is_quiet(self) -> bool:
        """Whether nobody of us writes; the frame forgets a writer who is not named again."""
        told = self._session.told or {}
        return not told.get("typing", doings.QUIET)["on"]

    def _may_speak(self) -> bool:
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._counted_at) * PER_SECOND)
        self._counted_at = now
        self._left -= 1
        return self._left >= 0

    async def _tell(self) -> None:
        """What moved, and heartbeats."""
        while True:
            was_rung = await self._box.rung(BEAT if self._is_quiet() else doings.LOOKS_AGAIN)
            try:
                await self._answer(partial(desk.news, is_beat=not was_rung))
            except (DatabaseError, InterfaceError) as error:
                log.warning("database_away", error=str(error))
                await asyncio.sleep(1)
                self._box.missed()
                continue
            if not was_rung and not self._is_quiet():
                await self._say(doings.frame("typing", (self._session.told or {})["typing"]))
            elif not was_rung:
                await self._say({"type": "beat", "revision": self._session.revision})
            await asyncio.sleep(PAUSE)

    async def _say(self, frame: Frame) -> None:
        await self._send({"type": "websocket.send", "text": json.dumps(frame)})


def _as_error(problem: Problem, frame: Frame) -> Frame:
    error: Frame = {"type": "error", "code": problem.code}
    if frame["type"] == "say":
        error["id"] = frame.get("id")
    if problem.retry_after is not None:
        error["retry_after"] = problem.retry_after
    return error
