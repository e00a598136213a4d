"""The rooms above the core that listen: `settings.ROOMS`, dotted paths of Room classes.

The core knows none of them by name. Whatever changes is handed to each once, by `services.relay`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from conversations.models import Change
    from conversations.services.person import Person

Listener = Callable[[Callable[[], bool]], None]


class Room:
    """What a room does when something changed, and beside the clock. Each part may be left out."""

    def changed(self, changes: Sequence[Change]) -> None:
        """Take note, in the transaction that marks the changes as told: database writes only.

        A conversation's changes come in their order. An exception holds up all rooms: raise none
        that will not pass.
        """

    def forget(self, someone: Person) -> None:
        """Let go of what the room keeps of a person who is being erased, in that transaction."""

    def sweeps(self) -> Mapping[str, tuple[float, Callable[[], int]]]:
        """Named jobs of the clock: seconds between two, and the job, which must be short."""
        return {}

    def listeners(self) -> Sequence[Listener]:
        """Loops for the clock process, each in a thread of its own and handed `stopping()`."""
        return ()


@lru_cache
def _load(paths: tuple[str, ...]) -> tuple[Room, ...]:
    return tuple(import_string(path)() for path in paths)


def rooms() -> tuple[Room, ...]:
    return _load(tuple(settings.ROOMS))
