"""Times as a reader sees them: the wait clock, the hour, the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

AMBER_FROM = 0.6
"""Share of the reply target after which a wait turns amber."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long a customer has waited, and for how much of the reply target."""

    since: datetime
    due: datetime | None
    now: datetime

    @property
    def fill(self) -> str:
        """Share of the target that has gone by, as the ring draws it."""
        return f"{min(self._share, 1):.2f}"

    @property
    def _share(self) -> float:
        if self.due is None or self.due <= self.since:
            return 0.0
        return (self.now - self.since) / (self.due - self.since)

    @property
    def mood(self) -> str:
        if self._share >= 1:
            return "bad"
        return "warn" if self._share >= AMBER_FROM else "calm"

    @property
    def short(self) -> str:
        return spell(self.now - self.since)

    @property
    def long(self) -> str:
        return spell(self.now - self.since, wide=True)


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
    return date_format(local, "j M" if local.year == today.year else "M Y")


def moment(at: datetime) -> str:
    """The hour today, else day and hour."""
    return (
        hour(at)
        if timezone.localtime(at).date() == timezone.localdate()
        else f"{brief(at)}, {hour(at)}"
    )
