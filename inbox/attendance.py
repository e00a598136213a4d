"""Where a tab is: it says so for as long as its agent may see the case."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError

from conversations import presence
from conversations.presence import Place, State
from inbox.hands import read
from inbox.reads import bells

log = structlog.get_logger(__name__)


class Attendance:
    """One tab's. One thing at a time, so that nothing is said with a right that was lost since."""

    def __init__(self, session_key: str | None, agent_id: int) -> None:
        self._session_key, self._agent_id = session_key, agent_id
        self._tab = secrets.token_hex(4)
        self._place: Place | None = None
        self._is_idle = False
        self._turn = asyncio.Lock()
        self._asked: asyncio.Future[Any] | None = None

    async def come(self, case_id: int | None) -> None:
        """The tab shows another case, or none."""
        if case_id == (self._place.case if self._place else None):
            return
        await self.go()
        if case_id is not None:
            async with self._turn:
                self._place = Place(case=case_id, agent=self._agent_id, tab=self._tab)
                await self._be(self._place, State.VIEW)

    async def do(self, case_id: int, what: State) -> None:
        async with self._turn:
            # what was typed before the tab came to another case is not about that one
            if self._place is not None and self._place.case == case_id:
                await self._be(self._place, what)

    async def stay(self) -> None:
        """The tab is still there, and its agent was asked about just now."""
        async with self._turn:
            if self._place is not None:
                await self._ask(_stay, self._place, self._is_idle)

    async def go(self) -> None:
        async with self._turn:
            place, self._place = self._place, None
            if place is not None:
                await self._ask(presence.leave, place)

    async def _be(self, place: Place, state: State) -> None:
        self._is_idle = state == State.IDLE
        try:
            if not await self._ask(_be, self._session_key, place, state):
                self._place = None
        except (DatabaseError, InterfaceError) as error:
            log.warning("database_away", error=str(error))

    async def _ask(self, what: Callable[..., Any], *args: Any) -> Any:
        """A thread ends what it began, also when nobody waits for it any more: the next one waits,
        so that who went is not brought back."""
        if self._asked is not None:
            await asyncio.wait([self._asked])
        self._asked = asyncio.ensure_future(read(what, *args))
        return await asyncio.shield(self._asked)


def _be(session_key: str | None, place: Place, state: State) -> bool:
    """Whether they may be there at all."""
    if not bells.may_see(session_key, place.case):
        presence.leave(place)
        return False
    presence.be(place, state)
    return True


def _stay(place: Place, is_idle: bool) -> None:  # passed on by a thread
    presence.stay(place, is_idle=is_idle)
