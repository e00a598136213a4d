"""When an answer is due: the earliest over what is unanswered, each by its channel's target.

A room above may know when a team works (`settings.TEAM_HOURS`); without one, time is plain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from django.conf import settings
from django.db import models
from django.db.models import F, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.message import Message

SOON = timedelta(hours=1)
SOON_SHARE = 4
"""An answer is due soon in the last quarter of its target, and never more than `SOON` before."""


class Hours(Protocol):
    """When a team works."""

    def due(self, since: datetime, target: timedelta) -> datetime | None:
        """When `target` of working time has gone by; None for never."""

    def stretch_at(self, now: datetime) -> tuple[datetime, datetime | None] | None:
        """The present stretch of working time, or the next one, and its end where it has any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """By when an answer is due, from when on that is soon, and by which edition of the rules."""

    due: datetime | None = None
    soon: datetime | None = None
    edition: int


class TargetEditionManager(models.Manager["TargetEdition"]):
    def advance(self) -> None:
        """The rules changed, in this transaction: what was reckoned before is reckoned again."""
        self.get_or_create(pk=TargetEdition.ONLY)
        self.filter(pk=TargetEdition.ONLY).update(edition=F("edition") + 1)

    def current(self) -> int:
        return self.filter(pk=TargetEdition.ONLY).values_list("edition", flat=True).first() or 0


class TargetEdition(models.Model):
    """How often the rules changed that reply targets are reckoned by: one row.

    A case keeps the edition that it was reckoned by, read before the rules themselves were. So one
    that another transaction reckoned by the old rules, and commits after they changed, is found.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    edition = models.PositiveBigIntegerField(default=0)

    objects: ClassVar[TargetEditionManager] = TargetEditionManager()

    class Meta:
        verbose_name = _("edition of reply targets")
        verbose_name_plural = _("editions of reply targets")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="targetedition_is_one"),
        ]

    def __str__(self) -> str:
        return str(self.edition)


def edition() -> Coalesce:
    """The current edition, within a statement."""
    only = TargetEdition.objects.filter(pk=TargetEdition.ONLY)
    return Coalesce(Subquery(only.values("edition")), Value(0))


def aim(team_id: int, unanswered: models.QuerySet[Message, Any]) -> Aim:
    """The earliest of these messages' targets, in the hours of a team."""
    rows = list(unanswered.values_list("sorted_at", "channel__reply_target", edition()))
    if not rows:
        return Aim(edition=TargetEdition.objects.current())
    hours = hours_of(team_id, rows[0][2])
    aims = [_one(since, target, hours, found) for since, target, found in _first(rows)]
    return min(aims, key=lambda one: (one.due is None, one.due))


def hours_of(team_id: int, at: int) -> Hours | None:
    """When a team works by an edition of the rules that was read before; None for always."""
    if not settings.TEAM_HOURS:
        return None
    found: Hours | None = import_string(settings.TEAM_HOURS)(team_id, at)
    return found


def _first(
    rows: Sequence[tuple[datetime, timedelta, int]],
) -> list[tuple[datetime, timedelta, int]]:
    """Of each target the first message: of one kind, nothing later is due earlier."""
    first: dict[timedelta, tuple[datetime, timedelta, int]] = {}
    for row in rows:
        first.setdefault(row[1], row)
    return list(first.values())


def _one(since: datetime, target: timedelta, hours: Hours | None, found: int) -> Aim:
    early = target - min(target / SOON_SHARE, SOON)
    if hours is None:
        return Aim(due=since + target, soon=since + early, edition=found)
    return Aim(due=hours.due(since, target), soon=hours.due(since, early), edition=found)
