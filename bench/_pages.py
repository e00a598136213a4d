"""Open pages without a browser: they hear what a page hears, ask and keep what it does."""

from __future__ import annotations

import asyncio
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from django.conf import settings
from django.http import QueryDict
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

import bench._setup  # noqa: F401  # Django is ready before models are read
from conversations.models import Agent, Case, Conversation, Message
from conversations.services import queues
from inbox.reads import listing, replay, thread

AT_ONCE = 10
"""Pages of a process that knock at the same moment."""
ASK_AT_ONCE = 2
"""Questions of a process on their way to the database."""
LISTENS, AWAY = 4.0, 0.5
"""Seconds at most between two cuts, and until a page is back."""
TOGETHER = 0.05
"""Seconds in which bells count as one."""
LONGEST = 300
"""Seconds in which every page has to have what was written last."""


@dataclass(frozen=True, slots=True)
class Share:
    """The pages of one process: who looks (with their session), at which case; where to knock."""

    port: int
    cuts: int
    pages: list[tuple[int, str, int]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of them: questions asked, steps missed or doubled, pages other than the
    database."""

    asked: int
    faults: int
    wrong: int


class Page:
    """One case and the list of all, of an agent."""

    def __init__(self, case: Case, agent: Agent, cookie: str, port: int) -> None:
        self.case, self.agent, self._cookie, self._port = case, agent, cookie, port
        self._chance = random.Random(cookie + str(case.pk))
        self._socket: ClientConnection | None = None
        self.asked = self.faults = self.revision = 0
        self.entries: list[int] = []
        self.order: list[int] = []

    def load(self) -> None:
        self.revision = self._last()
        self.entries = written(self.case)
        self.order = self.listed([])

    def listed(self, known: list[int]) -> list[int]:
        queue = queues.find("all", queues.everything(self.agent))
        asked = QueryDict("tab=all")
        now = listing.again(queue, asked, agent=self.agent, counts={}, known=known, moved=set())
        return now.order

    def look(self) -> None:
        self.asked += 1
        now = thread.header(self.case.pk, self.agent)
        steps = replay.since(now.case, self.revision)
        for step in steps or ():
            self.faults += step.revision != self.revision + 1
            self.revision = step.revision
            if step.type == "message":
                number = int(step.id[2:])
                if number not in self.entries and step.entry:
                    self.entries.append(number)
        self.faults += steps is None or self.revision != now.revision
        self.order = self.listed(self.order)

    def is_wrong(self) -> bool:
        """Whether thread or list is not what the database has."""
        return self.entries != written(self.case) or self.order != self.listed([])

    async def come(self, door: asyncio.Semaphore) -> None:
        async with door:
            self._socket = await connect(
                f"ws://127.0.0.1:{self._port}/ws/inbox/",
                origin=f"http://127.0.0.1:{self._port}",  # type: ignore[arg-type]  # NewType of str
                additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={self._cookie}"},
                compression=None,
                open_timeout=120,
                ping_interval=None,
            )
            await self._socket.recv()
        shows = {"type": "shows", "case": self.case.pk, "rows": self.order[:50]}
        await self._socket.send(json.dumps(shows))

    async def ask(self) -> None:
        await asyncio.to_thread(self.look)

    async def hear(self, seconds: float) -> bool:
        """What is said for so long, and asking for it; False once the socket has ended."""
        assert self._socket is not None
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                said = [json.loads(await asyncio.wait_for(self._socket.recv(), left))]
                while (more := await self._at_once()) is not None:
                    said.append(more)
            except TimeoutError:
                return True
            except ConnectionClosed:
                return False
            if not {"changed", "gap", "rights"}.isdisjoint(frame["type"] for frame in said):
                await self.ask()
        return True

    async def _at_once(self) -> Any:
        """A frame that came meanwhile: as a page does, one question is asked about all of them."""
        assert self._socket is not None
        try:
            return json.loads(await asyncio.wait_for(self._socket.recv(), TOGETHER))
        except TimeoutError:
            return None

    def cut(self) -> None:
        """Without a word, as a network does."""
        assert self._socket is not None
        self._socket.transport.abort()

    async def live(self, cuts: int, door: asyncio.Semaphore) -> None:
        for _ in range(cuts):
            await self.hear(self._chance.random() * LISTENS)
            self.cut()
            await asyncio.sleep(self._chance.random() * AWAY)
            await self.back(door)

    async def back(self, door: asyncio.Semaphore) -> None:
        await self.come(door)
        await self.ask()

    async def end(self, door: asyncio.Semaphore) -> None:
        """Until it knows of all that was written; nobody tells it but its socket."""
        last = await asyncio.to_thread(self._last)
        end = time.monotonic() + LONGEST
        while self.revision < last and time.monotonic() < end:
            if not await self.hear(1):
                await self.back(door)
        await self.hear(2)
        self.cut()

    def _last(self) -> int:
        return Conversation.objects.get(pk=self.case.conversation_id).revision


def written(case: Case) -> list[int]:
    """Entries of a case as they are now."""
    rows = Message.objects.filter(case=case, cancelled_at=None).in_order()
    return list(rows.values_list("pk", flat=True))


class Meeting:
    """Where the processes wait for each other: when all pages are open, when writing begins, when
    all cuts are done, and when nobody writes any more."""

    barrier: Barrier

    @classmethod
    def at(cls, barrier: Barrier) -> None:
        cls.barrier = barrier


def keep_open(share: Share) -> Kept:
    """The pages of one process, from their opening until all of them know everything."""
    agents, cases = Agent.objects.in_bulk(), Case.objects.in_bulk()
    pages = [
        Page(cases[case], agents[agent], cookie, share.port) for agent, cookie, case in share.pages
    ]
    try:
        for page in pages:
            page.load()
        asyncio.run(_stay(pages, share.cuts))
    except BaseException:
        Meeting.barrier.abort()  # the others would wait for ever
        raise
    return Kept(
        asked=sum(page.asked for page in pages),
        faults=sum(page.faults for page in pages),
        wrong=sum(page.is_wrong() for page in pages),
    )


async def _stay(pages: list[Page], cuts: int) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(ASK_AT_ONCE))
    door = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(page.come(door) for page in pages))
    await asyncio.to_thread(Meeting.barrier.wait)
    await asyncio.to_thread(Meeting.barrier.wait)
    await asyncio.gather(*(page.live(cuts, door) for page in pages))
    await asyncio.to_thread(Meeting.barrier.wait)
    await asyncio.to_thread(Meeting.barrier.wait)
    await asyncio.gather(*(page.end(door) for page in pages))
