"""When Kalma's bench works; everybody else answers day and night."""

from __future__ import annotations

from datetime import date, time

from django.utils import timezone

from clocks.models import Calendar, Holiday, Span, TeamCalendar
from conversations.models import TargetEdition, Team
from conversations.services import targets
from demo.people import TECH_LAB

SHIFTS = ((time(9), time(14)), (time(15, 30), time(18)))
"""Monday to Friday, with lunch in between."""


def open_the_lab() -> None:
    calendar = Calendar.objects.create(name="Valencia", time_zone="Europe/Madrid")
    for weekday in range(5):
        for opens, closes in SHIFTS:
            Span.objects.create(calendar=calendar, weekday=weekday, opens=opens, closes=closes)
    for year in (timezone.localdate().year, timezone.localdate().year + 1):
        christmas, eve = date(year, 12, 25), date(year, 12, 24)
        Holiday.objects.create(calendar=calendar, date=christmas, name="Navidad")
        Holiday.objects.create(
            calendar=calendar, date=eve, name="Nochebuena", opens=time(9), closes=time(13)
        )
    TeamCalendar.objects.create(team=Team.objects.get(name=TECH_LAB), calendar=calendar)


def reckon() -> None:
    """The story moved the past, and with it when answers are due; hours do not move along."""
    TargetEdition.objects.advance()
    while targets.reckon_stale():
        pass
