"""Threads for sockets: they must not take a connection to the database each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.db import database_sync_to_async

_hands = ThreadPoolExecutor(4, thread_name_prefix="bells")


async def read(what: Callable[..., Any], *args: Any) -> Any:
    """Ask the database, in one of a few threads."""
    ask = database_sync_to_async(what, thread_sensitive=False, executor=_hands)
    return await ask(*args)
