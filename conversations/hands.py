"""Threads for sockets: they must not take a connection to the database each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.db import database_sync_to_async


class Hands:
    """A few threads that ask the database for any number of sockets."""

    def __init__(self, many: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(many, thread_name_prefix=name)

    async def __call__(self, what: Callable[..., Any], *args: Any) -> Any:
        ask = database_sync_to_async(what, thread_sensitive=False, executor=self._pool)
        return await ask(*args)
