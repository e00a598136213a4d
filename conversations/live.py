"""The hub: one Valkey subscription a process, and the sockets that listen, in memory.

It carries ids, never content. What a socket then says it reads with its own agent's rights.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import structlog
from django.conf import settings
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from conversations import events

log = structlog.get_logger(__name__)

MOST = 200
"""Conversations that may wait to be told; more are one gap."""
READY = 2.0
"""Seconds that a socket waits for the subscription; without it the heartbeat has to do."""
QUIET = 15.0
"""Seconds without a hint after which the subscription is asked whether it lives."""
LONGEST_PAUSE = 5.0
"""Seconds between two tries at most."""


@dataclass(slots=True)
class News:
    """What a socket has not told yet: conversations with their newest revision and the cases
    that moved (None for the customer), cases where people do other things, agents who came or
    went, that its tab shows something else, other rights, something that the agent is to be told
    of, or that something was missed."""

    steps: dict[int, tuple[int, set[int | None]]] = field(default_factory=dict)
    here: set[int] = field(default_factory=set)
    duty: set[int] = field(default_factory=set)
    shown: bool = False
    rights: bool = False
    told: bool = False
    gap: bool = False

    def __bool__(self) -> bool:
        flags = self.shown, self.rights, self.told, self.gap
        return bool(self.steps or self.here or self.duty) or any(flags)


class Box(Protocol):
    """Of one socket: what it is to tell."""

    def put(self, hint: dict[str, Any]) -> None:
        """Take note of a hint that is of interest here, and of no other."""

    def missed(self) -> None:
        """Something may have been said that nobody heard."""


class Outbox:
    """One socket's, coalesced: however much happens and however slow the socket, it stays small."""

    def __init__(self, agent_id: int) -> None:
        self._agent_id = agent_id
        self._news = News()
        self._rung = asyncio.Event()
        self._case: int | None = None
        self._rows: frozenset[int] = frozenset()

    def watch(self, case: int | None, rows: frozenset[int]) -> None:
        """From now on, who comes to this case or writes in one of the rows is news; and, beside a
        case that could be given to them, who comes to the desk. Whether they are the agent's to
        see is asked next."""
        self._case, self._rows = case, rows
        self._news.shown = True
        self._rung.set()

    def put(self, hint: dict[str, Any]) -> None:
        if "agents" in hint:
            self._news.rights |= not hint["agents"] or self._agent_id in hint["agents"]
        elif "told" in hint:
            self._news.told |= self._agent_id in hint["told"]
        elif "conversation" in hint:
            self._step(hint["conversation"], hint["revision"], hint.get("case"))
        elif "here" in hint and hint["agent"] != self._agent_id:
            case = hint["here"]
            if case == self._case or (hint["wrote"] and case in self._rows):
                self._news.here.add(case)
        elif "duty" in hint:
            self._news.duty |= {hint["duty"]} if self._case is not None else set()
            self._news.gap |= hint["chosen"] and hint["duty"] == self._agent_id
        if self._news:
            self._rung.set()

    def missed(self) -> None:
        """Something may have been said that nobody heard."""
        self._news.gap = True
        self._rung.set()

    def _step(self, conversation: int, revision: int, case: int | None) -> None:
        steps = self._news.steps
        newest, cases = steps.get(conversation, (0, set()))
        steps[conversation] = (max(newest, revision), cases | {case})
        if len(steps) > MOST:
            steps.clear()
            self._news.gap = True

    async def take(self, seconds: float) -> News:
        """All news, as soon as there are any; none after so long."""
        try:
            await asyncio.wait_for(self._rung.wait(), seconds)
        except TimeoutError:
            return News()
        self._rung.clear()
        news, self._news = self._news, News()
        return news


class Hub:
    def __init__(self) -> None:
        self._boxes: set[Box] = set()
        self._task: asyncio.Task[None] | None = None
        self._hears = asyncio.Event()
        self._was_deaf = False

    async def join(self, box: Box) -> None:
        """From now on the box gets every hint."""
        self._boxes.add(box)
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        try:
            await asyncio.wait_for(self._hears.wait(), READY)
        except TimeoutError:
            self._was_deaf = True
            log.warning("hub_is_deaf")

    def leave(self, box: Box) -> None:
        self._boxes.discard(box)
        if not self._boxes and self._task is not None:
            self._task.cancel()
            self._task = None
            self._hears.clear()

    async def _listen(self) -> None:
        """As long as anybody is there. Who listens learns of each gap in the subscription."""
        pause = 0.1
        while True:
            try:
                await self._subscribed()
            except (RedisError, OSError) as error:
                log.warning("subscription_lost", error=str(error))
            pause = 0.1 if self._hears.is_set() else min(LONGEST_PAUSE, pause * 2)
            self._hears.clear()
            self._was_deaf = True
            await asyncio.sleep(pause)

    async def _subscribed(self) -> None:
        # a client that mends its connection by itself would keep the gap to itself
        once = Retry(NoBackoff(), 0)
        client = Redis.from_url(settings.REDIS_URL, health_check_interval=QUIET, retry=once)
        async with client, client.pubsub() as bell:
            await bell.subscribe(events.hints())
            await bell.get_message(timeout=READY)  # the server's word that it is so
            self._hear_again()
            while True:
                said = await bell.get_message(ignore_subscribe_messages=True, timeout=QUIET)
                if said is not None:
                    self._hand_out(json.loads(said["data"]))

    def _hear_again(self) -> None:
        for box in self._boxes if self._was_deaf else ():
            box.missed()
        self._was_deaf = False
        self._hears.set()

    def _hand_out(self, hint: dict[str, Any]) -> None:
        for box in self._boxes:
            box.put(hint)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the loop that runs: a process has one."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
