"""How many sockets one agent has, and who flooded one: nobody else shall wait for that.

Each bell is asked about for every socket of a process.
"""

from __future__ import annotations

import time
from collections import Counter


class Crowd:
    """A process's. `most` sockets of one agent; none more for `rests` seconds after a flood."""

    def __init__(self, *, most: int = 40, rests: float = 30.0) -> None:
        self._most, self._rests = most, rests
        self._open = Counter[int]()
        self._until: dict[int, float] = {}

    def lets_in(self, agent_id: int) -> bool:
        is_rested = time.monotonic() >= self._until.get(agent_id, 0)
        return is_rested and self._open[agent_id] < self._most

    def came(self, agent_id: int) -> None:
        self._open[agent_id] += 1

    def went(self, agent_id: int, *, flooded: bool) -> None:
        self._open[agent_id] -= 1
        if flooded:
            self._until[agent_id] = time.monotonic() + self._rests
