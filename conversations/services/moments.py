"""Times that somebody chose for later."""

from __future__ import annotations

from datetime import datetime, timedelta

from conversations.services.errors import Refused

LONGEST = timedelta(days=400)
"""Further away nobody means it."""


def ahead(at: datetime | None, now: datetime) -> datetime:
    """The chosen time, which lies ahead of `now` (both aware).

    Raises Refused("no_such_time"), Refused("not_in_future") and Refused("too_far").
    """
    if at is None:
        raise Refused("no_such_time")
    if at <= now:
        raise Refused("not_in_future")
    if at > now + LONGEST:
        raise Refused("too_far", days=LONGEST.days)
    return at
