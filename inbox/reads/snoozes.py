"""The times that a case is put off to most often, in the agent's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MORNING = 9
"""The hour at which people begin."""

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    label: _StrPromise
    at: datetime

    @property
    def shown(self) -> str:
        """`Mon 09:00`, or `Sun 29 09:00` where the weekday is today's again."""
        at = timezone.localtime(self.at)
        is_week_away = at.date() - timezone.localtime().date() >= WEEK
        return date_format(at, "D j H:i" if is_week_away else "D H:i")


def choices() -> list[Choice]:
    """The nearest first; each is still to come, and none twice: Sunday's tomorrow is Monday."""
    now = timezone.localtime().replace(second=0, microsecond=0)
    to_monday = 7 - now.weekday()
    offered = [
        Choice(label=_("In three hours"), at=now + timedelta(hours=3)),
        Choice(label=_("Tomorrow"), at=_morning(now, 1)),
        Choice(label=_("On Monday"), at=_morning(now, to_monday)),
        Choice(label=_("In a week"), at=_morning(now, 7)),
    ]
    first = {choice.at: choice for choice in reversed(offered)}
    return sorted(first.values(), key=lambda choice: choice.at)


def _morning(now: datetime, days: int) -> datetime:
    """By the wall clock, also where the clocks change in between."""
    naive = now.replace(tzinfo=None, hour=MORNING, minute=0) + timedelta(days=days)
    return timezone.make_aware(naive)
