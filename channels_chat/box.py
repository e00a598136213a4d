"""What a visitor's socket has yet to tell: coalesced, so that it stays small however slow it is."""

from __future__ import annotations

import asyncio
from typing import Any

from conversations.services.reading import READ

VISITOR = "chat.visitor"
"""Something of a visitor's own changed: their token, or that they are a customer now."""


class Box:
    """Of one socket. Rings when its thread moved, somebody of us did something there, or the
    visitor's token may be another."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._thread: int | None = None
        self._case: int | None = None
        self._visitor: int | None = None
        self._revision = 0

    def watch(
        self, *, visitor: int | None, thread: int | None, case: int | None, revision: int
    ) -> None:
        """What is of interest from now on; the thread was told up to this revision. One that is new
        here may have moved meanwhile."""
        is_new = thread != self._thread
        self._thread, self._case, self._visitor = thread, case, visitor
        self._revision = revision
        if is_new:
            self._rung.set()

    def put(self, hint: dict[str, Any]) -> None:
        if "conversation" in hint:
            is_mine = hint["conversation"] == self._thread and hint["revision"] > self._revision
        elif "here" in hint:
            is_mine = hint["here"] == self._case
        else:
            whose = {VISITOR: self._visitor, READ: self._case}.get(hint.get("nudged", ""))
            is_mine = whose is not None and hint["number"] == whose
        if is_mine:
            self._rung.set()

    def missed(self) -> None:
        self._rung.set()

    async def rung(self, seconds: float) -> bool:
        """Whether it was, within so long."""
        try:
            await asyncio.wait_for(self._rung.wait(), seconds)
        except TimeoutError:
            return False
        self._rung.clear()
        return True
