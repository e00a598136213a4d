"""What the system cannot shut behind the process that looks at strangers' files: known to whoever
runs the hub, by `/healthz` and the admin's first page."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog
from django.core.cache import cache
from redis import RedisError

from conversations.media import running
from conversations.media.words import Unshowable

log = structlog.get_logger(__name__)

KEY = "looking.doors"


def look() -> None:
    """Ask a child that is given nothing."""
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryFile() as nothing:
        try:
            seen = running.look(
                nothing, step="doors", kind="", at=Path(place), is_wanted=lambda: True
            )
        except (Unshowable, OSError) as error:
            log.warning("doors_not_looked_at", error=str(error))
        else:
            note(seen.left_open)


def note(left_open: Iterable[str]) -> None:
    """Every look tells; what changed is in the log."""
    told = list(left_open)
    with suppress(RedisError, OSError):
        if cache.get(KEY) != told:
            cache.set(KEY, told, None)
            if told:
                log.warning("looked_at_with_doors_open", doors=told)


def left_open() -> list[str] | None:
    """None where nothing was looked at yet, or the cache is away."""
    with suppress(RedisError, OSError):
        told = cache.get(KEY)
        return told if isinstance(told, list) else None
    return None
