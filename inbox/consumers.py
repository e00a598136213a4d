"""A tab's socket: says what moved, by ids; the page then asks for it as every page is asked for.

Frames to the browser: `hello`, `changed` {conversation, revision, cases}, `here` {cases}, `duty`
{html}, `gone` {case}, `rights`, `news`, `gap`, `beat` {conversation, revision}. From it: see
`said`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from conversations.live import Outbox, hub
from inbox.attendance import Attendance
from inbox.crowd import Crowd
from inbox.hands import read
from inbox.pulse import Pulse
from inbox.reads import bells
from inbox.reads.bells import Frame, Shown
from inbox.said import Broken, heard

log = structlog.get_logger(__name__)

BEAT = 25.0
"""Seconds between two heartbeats; each asks anew for session and rights."""
PAUSE = 0.2
"""Seconds between two frames of news: what happens meanwhile goes together."""
BURST, PER_SECOND = 60, 5
"""Frames that may come at once, and in the long run."""
SIGNED_OUT, FOREIGN, BAD, FLOOD = 4401, 4403, 4400, 4429
"""Codes that a socket is closed with."""

Event = dict[str, Any]
crowd = Crowd()


async def desk(
    scope: Event,
    receive: Callable[[], Awaitable[Event]],
    send: Callable[[Event], Awaitable[None]],
) -> None:
    """ASGI application of one socket."""
    await receive()  # websocket.connect
    if not _is_ours(scope):
        await send({"type": "websocket.close", "code": FOREIGN})
        return
    await send({"type": "websocket.accept"})
    await Tab(scope["session"].session_key, receive, send).run()


def _is_ours(scope: Event) -> bool:
    """Whether a page of this very house opens the socket: its cookie comes along from any other."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    # compared as a whole: what is no address equals none
    own = {f"http://{host}", f"https://{host}"} if host else set()
    return origin in own or origin in settings.CSRF_TRUSTED_ORIGINS


class Tab:
    def __init__(
        self,
        session_key: str | None,
        receive: Callable[[], Awaitable[Event]],
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._session_key = session_key
        self._receive, self._send = receive, send
        self._shown = Shown()
        self._left, self._counted_at = float(BURST), time.monotonic()

    async def run(self) -> None:
        agent = await read(bells.agent_of, self._session_key)
        if agent is None or not crowd.lets_in(agent.pk):
            await self._close(SIGNED_OUT if agent is None else FLOOD)
            return
        crowd.came(agent.pk)
        code = 0
        try:
            code = await self._stay(agent.pk)
        finally:
            crowd.went(agent.pk, flooded=code == FLOOD)

    async def _stay(self, agent_id: int) -> int:
        """Until the tab or the session ends; the code that it was closed with."""
        box = Outbox(agent_id)
        await hub().join(box)
        pulse = Pulse(agent_id)
        await pulse.beat()
        there = Attendance(self._session_key, agent_id)
        tasks = [
            asyncio.create_task(self._listen(box, there)),
            asyncio.create_task(self._tell(box, there, pulse)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = next(task.result() for task in tasks if task.done())
            await self._close(code)
            return code
        finally:
            hub().leave(box)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await there.go()
            await pulse.stop()

    async def _close(self, code: int) -> None:
        if code:
            await self._send({"type": "websocket.close", "code": code})

    async def _listen(self, box: Outbox, there: Attendance) -> int:
        """Take note of what the tab shows and does, until it goes; the code to close with."""
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return 0
            if not self._may_speak():
                return FLOOD
            try:
                said = heard(event.get("text"))
            except Broken:
                return BAD
            if isinstance(said, Shown):
                self._shown = said
                box.watch(said.case, said.rows)
                await there.come(said.case)
            else:
                await there.do(said.case, said.what)

    def _may_speak(self) -> bool:
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._counted_at) * PER_SECOND)
        self._counted_at = now
        self._left -= 1
        return self._left >= 0

    async def _tell(self, box: Outbox, there: Attendance, pulse: Pulse) -> int:
        """News and heartbeats, until nobody is signed in; the code to close with."""
        await self._say({"type": "hello"})
        while True:
            news = await box.take(BEAT)
            try:
                frames = await read(bells.frames, self._session_key, news, self._shown)
            except (DatabaseError, InterfaceError) as error:
                log.warning("database_away", error=str(error))
                await asyncio.sleep(1)
                box.missed()
                box.watch(self._shown.case, self._shown.rows)
                continue
            if frames is None:
                return SIGNED_OUT
            await pulse.beat()
            await self._forget({f["case"] for f in frames if f["type"] == "gone"}, box, there)
            for frame in frames:
                await self._say(frame)
            await asyncio.sleep(PAUSE)

    async def _forget(self, gone: set[int], box: Outbox, there: Attendance) -> None:
        """What the tab cannot show any more; elsewhere its agent is still there."""
        if self._shown.case in gone:
            await there.go()
        else:
            await there.stay()
        if gone:
            self._shown = self._shown.without(gone)
            box.watch(self._shown.case, self._shown.rows)

    async def _say(self, frame: Frame) -> None:
        await self._send({"type": "websocket.send", "text": json.dumps(frame)})
