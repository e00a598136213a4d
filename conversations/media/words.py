"""What passes between the hub and the child: a job as JSON, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

CODES = frozenset({
    "broken", "unsupported", "too_large", "too_slow", "too_much_memory", "crashed", "gone",
    "infected", "no_picture",
})  # fmt: skip
"""Why there is nothing to show."""
LIMITS = {"too_slow", "too_much_memory", "too_large"}
"""What a second try would not mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`step` is picture, probe (what a film is, and its poster), film (one to be played), or doors
    (what it can be kept from, of nothing).

    `type` is the sniffed one. The file is standard input; `poster`, `preview` and `said` are
    written into the folder that the child stands in.
    """

    step: str
    type: str
    cpu: int
    """Seconds."""
    memory: int
    """Bytes of address space."""
    largest: int
    """Bytes that it may write into one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Of what is shown: pixels as seen upright, seconds, and degrees that it lay turned by."""

    width: int = 0
    height: int = 0
    seconds: float = 0.0
    rotation: int = 0
    codecs: str = ""
    is_film: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Unshowable(Exception):
    """There is nothing to show; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
