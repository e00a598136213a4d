"""A tab's signs of life, by which its agent is online."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.db import DatabaseError, InterfaceError

from conversations.services import duty
from inbox.hands import read

log = structlog.get_logger(__name__)

EVERY = 20.0
"""Seconds between two, unless the socket's own heartbeat is slower."""


class Pulse:
    def __init__(self, agent_id: int) -> None:
        self._agent_id = agent_id
        self._last = float("-inf")

    async def beat(self) -> None:
        """The session was just seen to live."""
        now = time.monotonic()
        if now - self._last >= EVERY and await self._say(duty.seen):
            self._last = now

    async def stop(self) -> None:
        await self._say(duty.left)

    async def _say(self, what: Callable[[int], None]) -> bool:
        """The socket goes on where the database does not."""
        try:
            await read(what, self._agent_id)
        except (DatabaseError, InterfaceError) as error:
            log.warning("pulse_lost", error=str(error))
            return False
        return True
