"""Calendars as hours that can be reckoned with. To read them takes one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from clocks.business import Hours, Shift
from clocks.models import Calendar, Holiday, Span, TeamCalendar

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

Row = Mapping[str, str | int | None]


class Extra(TypedDict):
    its_spans: Sequence[Row]
    its_holidays: Sequence[Row]
    its_teams: Sequence[int]


def of_team(team_id: int, edition: int) -> Hours | None:
    """When a team works by the rules of an edition; None for always."""
    return every_team(edition).of(team_id)


@lru_cache(maxsize=1)
def every_team(edition: int) -> EveryTeam:  # noqa: ARG001 -- the key: rules have changed with it
    """When each team works, kept until the rules have another edition (TargetEdition)."""
    return EveryTeam()


class EveryTeam:
    """When each team works, as it was when this was made. A calendar that cannot be reckoned with
    is the trouble of its own teams alone."""

    def __init__(self) -> None:
        self._own: dict[int, Callable[[], Hours]] = {}
        self._default: Callable[[], Hours] | None = None
        for calendar in _whole():
            hours = cache(partial(of_calendar, calendar))
            self._own.update(dict.fromkeys(calendar.its_teams, hours))
            if calendar.is_default:
                self._default = hours

    def of(self, team_id: int) -> Hours | None:
        hours = self._own.get(team_id, self._default)
        return hours() if hours else None


def of_stored(calendar: Calendar) -> Hours:
    """The hours of a calendar as the database has it."""
    return of_calendar(_whole().get(pk=calendar.pk))


def _whole() -> QuerySet[WithAnnotations[Calendar, Extra]]:
    """Calendars with all that belongs to them."""
    mine = {"calendar": OuterRef("pk")}
    spans = Span.objects.filter(**mine).values(
        json=JSONObject(weekday="weekday", opens="opens", closes="closes")
    )
    holidays = Holiday.objects.filter(**mine).values(
        json=JSONObject(date="date", opens="opens", closes="closes")
    )
    teams = TeamCalendar.objects.filter(**mine).values("team")
    return Calendar.objects.annotate(  # type: ignore[return-value]  # the stubs forget the values' types
        its_spans=ArraySubquery(spans),
        its_holidays=ArraySubquery(holidays),
        its_teams=ArraySubquery(teams),
    )


def of_calendar(calendar: WithAnnotations[Calendar, Extra]) -> Hours:
    week: dict[int, list[Shift]] = defaultdict(list)
    for row in calendar.its_spans:
        week[int(row["weekday"] or 0)].append(_shift(row))
    holidays: dict[date, tuple[Shift, ...]] = {}
    for row in calendar.its_holidays:
        day = date.fromisoformat(str(row["date"]))
        more = (_shift(row),) if row["opens"] else ()
        holidays[day] = holidays.get(day, ()) + more
    return Hours(
        zone=ZoneInfo(calendar.time_zone),
        week=tuple(tuple(week[weekday]) for weekday in range(7)),
        holidays=holidays,
    )


def _shift(row: Row) -> Shift:
    return Shift(
        opens=time.fromisoformat(str(row["opens"])), closes=time.fromisoformat(str(row["closes"]))
    )
