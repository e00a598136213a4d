"""Calendars around the present moment: the hub goes by database time, which no test can set."""

from datetime import UTC, datetime, timedelta

from clocks.models import Calendar, Span

HOUR = timedelta(hours=1)


def office(
    name: str = "Office", *, opens_in: timedelta = 2 * HOUR, long: timedelta = HOUR
) -> Calendar:
    """Every day from a while ahead of now, to the minute, for so long. In UTC."""
    calendar = Calendar.objects.create(name=name, time_zone="UTC")
    opens = (datetime.now(UTC) + opens_in).replace(second=0, microsecond=0)
    for weekday in range(7):
        Span.objects.create(
            calendar=calendar,
            weekday=weekday,
            opens=opens.time(),
            closes=(opens + long).time(),
        )
    return calendar


def opening(calendar: Calendar) -> datetime:
    """When it opens next."""
    now, opens = datetime.now(UTC), calendar.spans.all()[0].opens
    found = datetime.combine(now.date(), opens, UTC)
    return found if found > now else found + timedelta(days=1)
