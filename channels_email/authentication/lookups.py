"""TXT records: who is asked for them, and how the answers are kept with a mail.

A mail's answers are recorded once, in its receipt; every later reading of the mail uses those.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

Records = tuple[str, ...] | None
"""The texts of a name, each in one piece; empty where it has none; None: there is no such name."""
Answers = dict[str, list[str] | bool | None]
"""Records as JSON. `False` is a name that nobody could tell about for now."""


class Unanswered(Exception):
    """Nobody could tell for now: says nothing about the sender."""


class Resolver(Protocol):
    def txt(self, name: str) -> Records:
        """The TXT records of a name in lower-case ASCII, no dot at its end. Raises Unanswered."""


class Recorded:
    """The answers that a receipt holds; of any other name nothing is known."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self._answers = answers

    def txt(self, name: str) -> Records:
        found = self._answers.get(name, False)
        if found is None:
            return None
        if not isinstance(found, list):
            raise Unanswered(name)
        return tuple(map(str, found))


class Recorder:
    """Asks another resolver, each name once, so many of them and so long at the most."""

    MOST = 20
    SECONDS = 5.0

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._until = time.monotonic() + self.SECONDS
        self.answers: Answers = {}

    def txt(self, name: str) -> Records:
        if name not in self.answers:
            self.answers[name] = self._ask(name)
        return Recorded(self.answers).txt(name)

    def _ask(self, name: str) -> list[str] | bool | None:
        if len(self.answers) >= self.MOST or time.monotonic() > self._until:
            return False
        try:
            found = self._resolver.txt(name)
        except Unanswered:
            return False
        return None if found is None else [text.replace("\x00", "") for text in found]
