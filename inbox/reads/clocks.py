"""Times as a reader sees them: the wait clock, the hour, the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import takewhile

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clocks.business import Hours, open_between, stretches

AHEAD = timedelta(days=3)
"""So long a page that stays open knows when a team works."""
AMBER_FROM = 0.6
"""Share of the reply target after which a wait turns amber."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How long a customer has waited in a team's hours, and for how much of the reply target."""

    since: datetime
    due: datetime | None
    now: datetime
    hours: Hours | None = None

    @cached_property
    def gone(self) -> timedelta:
        return open_between(self.since, self.now, self.hours)

    @cached_property
    def whole(self) -> timedelta:
        """All that there is from the first message to the target; nothing without one."""
        return open_between(self.since, self.due or self.since, self.hours)

    @property
    def open(self) -> str:
        """The working time ahead, for the clock in the browser: `from-to` in seconds of the epoch,
        the last without an end where there is none near."""
        if self.hours is None:
            return f"{_epoch(self.now)}-"
        last = self.now + AHEAD
        spans = takewhile(lambda span: span[0] < last, stretches(self.now, self.hours))
        return " ".join(f"{_epoch(opens)}-{_epoch(closes)}" for opens, closes in spans)

    @property
    def fill(self) -> str:
        """Share of the target that has gone by, as the ring draws it."""
        return f"{min(self._share, 1):.2f}"

    @property
    def _share(self) -> float:
        if self.due is None:
            return 0.0
        return 1.0 if self.now >= self.due else self.gone / self.whole

    @property
    def mood(self) -> str:
        if self._share >= 1:
            return "bad"
        return "warn" if self._share >= AMBER_FROM else "calm"

    @property
    def short(self) -> str:
        return spell(self.gone)

    @property
    def long(self) -> str:
        return spell(self.gone, wide=True)


def _epoch(at: datetime | None) -> str:
    return str(int(at.timestamp())) if at else ""


def spell(span: timedelta, *, wide: bool = False) -> str:
    """38m, 1h 12m, 2d 3h; or 38 min, 1 h 12 min, 2 d 3 h. clock.js says it the same way."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    gap, minute = (" ", "min") if wide else ("", "m")
    if days:
        return f"{days}{gap}d {hours}{gap}h"
    if not hours:
        return f"{rest}{gap}{minute}" if rest else f"<1{gap}{minute}"
    return f"{hours}{gap}h {rest}{gap}{minute}" if rest else f"{hours}{gap}h"


def hour(at: datetime) -> str:
    return date_format(timezone.localtime(at), "H:i")


def day(at: datetime) -> str:
    """Thursday 19 November; with the year when it is another one."""
    local = timezone.localtime(at)
    if local.year == timezone.localtime().year:
        return date_format(local, _("l j F"))
    return date_format(local, _("l j F Y"))


def brief(at: datetime) -> str:
    """The hour today, the day this year, else month and year: as wide as a list allows."""
    local, today = timezone.localtime(at), timezone.localtime()
    if local.date() == today.date():
        return hour(at)
    return date_format(local, _("j M") if local.year == today.year else _("M Y"))


def moment(at: datetime) -> str:
    """The hour today, else day and hour."""
    return (
        hour(at)
        if timezone.localtime(at).date() == timezone.localdate()
        else f"{brief(at)}, {hour(at)}"
    )
