"""How the hub says no to a frame. The codes are the protocol's."""

from __future__ import annotations


class Problem(Exception):
    """Nothing was changed. `retry_after` in seconds, where waiting helps."""

    def __init__(self, code: str, *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
