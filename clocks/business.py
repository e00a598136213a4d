"""Business time: when a target is over, and how much of a span was open. No database.

Spans are local wall time, durations are elapsed time. A wall time counts once: when the clock of
that place first shows it or a later one. So where clocks are put forward, a span loses what was
skipped; where they are put back, one that is open through the repeated hour is an hour longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FARTHEST = 3653
"""Days that are looked ahead: what is not over within ten years has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Open from one wall time to another; over midnight when it closes at or before it opens."""

    opens: time
    closes: time

    @property
    def crosses_midnight(self) -> bool:
        return self.closes <= self.opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a place is open. `week` has the shifts of Monday to Sunday; those of a date in
    `holidays` take the place of its weekday's. A shift belongs to the day on which it opens."""

    zone: ZoneInfo
    week: tuple[tuple[Shift, ...], ...]
    holidays: Mapping[date, tuple[Shift, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != 7:  # noqa: PLR2004 -- days of a week
            raise ValueError("a week has seven days")

    def shifts(self, day: date) -> tuple[Shift, ...]:
        found = self.holidays.get(day, self.week[day.weekday()])
        return tuple(sorted(found, key=lambda shift: shift.opens))

    def due(self, since: datetime, target: timedelta) -> datetime | None:
        return due(since, target, self)

    def stretch_at(self, now: datetime) -> tuple[datetime, datetime | None] | None:
        return stretch_at(now, self)


def due(since: datetime, target: timedelta, hours: Hours | None) -> datetime | None:
    """The first moment at which `target` of open time has gone by; plain time without hours.

    In UTC. None where that is more than ten years ahead, or never.
    """
    if hours is None or target <= timedelta(0):
        return (since + max(target, timedelta(0))).astimezone(UTC)
    left = target
    for opened, closed in windows(since, hours):
        if closed - opened >= left:
            return opened + left
        left -= closed - opened
    return None


def open_between(start: datetime, end: datetime, hours: Hours | None) -> timedelta:
    """How much of a span was open; nothing of one that ends before it starts."""
    if hours is None:
        return max(end - start, timedelta(0))
    total = timedelta(0)
    for opened, closed in windows(start, hours):
        if opened >= end:
            break
        total += min(closed, end) - opened
    return total


def windows(start: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    """What is open from `start` on, in UTC and in order: never empty, none overlaps another, but
    one may begin where the last one ended."""
    reached = start.astimezone(UTC)
    # a shift over midnight that opened the day before may still be open
    first = start.astimezone(hours.zone).date() - DAY
    for ahead in range(FARTHEST):
        for opens, closes in _day(first + ahead * DAY, hours):
            opened = max(opens, reached)
            if closes > opened:
                yield opened, closes
                reached = closes


def stretches(start: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime | None]]:
    """As `windows`, with those that touch joined. What never closes within a month is open-ended,
    and the last."""
    current: tuple[datetime, datetime] | None = None
    for opened, closed in windows(start, hours):
        if current is None:
            current = opened, closed
        elif opened > current[1]:
            yield current
            current = opened, closed
        else:
            current = current[0], closed
            if closed - current[0] > 31 * DAY:
                yield current[0], None
                return
    if current is not None:
        yield current


def stretch_at(now: datetime, hours: Hours) -> tuple[datetime, datetime | None] | None:
    """The present stretch of open time, or the next one; None when there is none."""
    return next(islice(stretches(now, hours), 1), None)


def _day(day: date, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    for shift in hours.shifts(day):
        last = day + DAY if shift.crosses_midnight else day
        yield (
            _first_shown(datetime.combine(day, shift.opens), hours.zone),
            _first_shown(datetime.combine(last, shift.closes), hours.zone),
        )


def _first_shown(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which the clock there shows this time or a later one."""
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if after.astimezone(zone).replace(tzinfo=None) == wall:
        return after
    # skipped: the change lies between the readings by the offset after it and the one before it
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while after - before > SECOND:
        middle = before + ((after - before) / 2 // SECOND) * SECOND
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            after = middle
        else:
            before = middle
    return after
