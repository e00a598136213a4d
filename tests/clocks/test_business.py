"""Business time, against tables and against a minute-by-minute reference."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clocks.business import DAY, Hours, Shift, due, open_between, stretch_at, stretches

MINUTE = timedelta(minutes=1)
MADRID = "Europe/Madrid"
"""Forward on 29 March 2026 at 02:00, back on 25 October 2026 at 03:00."""


def shift(words: str) -> Shift:
    """09:00-13:30"""
    opens, closes = words.split("-")
    return Shift(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def hours(zone: str, every_day: str = "", *, weekend: str | None = None, **off: str) -> Hours:
    """Shifts of every day, or of Monday to Friday and the weekend's; `off` is d2026_12_25="…"."""
    week = tuple(map(shift, every_day.split()))
    rest = week if weekend is None else tuple(map(shift, weekend.split()))
    holidays = {
        date(*map(int, name[1:].split("_"))): tuple(map(shift, words.split()))
        for name, words in off.items()
    }
    return Hours(zone=ZoneInfo(zone), week=(week,) * 5 + (rest,) * 2, holidays=holidays)


def at(words: str, zone: str) -> datetime:
    """A local time; the second of two where `#2` is behind it."""
    local, _, second = words.partition("#")
    fold = 1 if second == "2" else 0
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)


OFFICE = hours(
    MADRID, "09:00-14:00 15:30-18:00", weekend="", d2026_10_12="", d2026_12_24="09:00-13:00"
)
NIGHT = hours(MADRID, "22:00-06:00")
ALWAYS = hours(MADRID, "00:00-00:00")
EARLY = hours(MADRID, "02:30-05:00")
LATE = hours(MADRID, "20:00-02:30")


@pytest.mark.parametrize(
    ("what", "since", "minutes", "expected"),
    [
        # an ordinary day, the break, the evening, the weekend, a holiday
        (OFFICE, "2026-06-10T10:00", 60, "2026-06-10T11:00"),
        (OFFICE, "2026-06-10T13:30", 60, "2026-06-10T16:00"),
        (OFFICE, "2026-06-10T13:00", 60, "2026-06-10T14:00"),
        (OFFICE, "2026-06-10T14:10", 15, "2026-06-10T15:45"),
        (OFFICE, "2026-06-10T17:50", 15, "2026-06-11T09:05"),
        (OFFICE, "2026-06-12T17:50", 15, "2026-06-15T09:05"),
        (OFFICE, "2026-06-13T12:00", 15, "2026-06-15T09:15"),
        (OFFICE, "2026-10-09T17:50", 15, "2026-10-13T09:05"),
        (OFFICE, "2026-12-24T12:50", 15, "2026-12-25T09:05"),
        (OFFICE, "2026-06-10T00:00", 450, "2026-06-10T18:00"),
        (OFFICE, "2026-06-10T00:00", 451, "2026-06-11T09:01"),
        # over midnight: a shift belongs to the day on which it opens
        (NIGHT, "2026-06-10T23:30", 60, "2026-06-11T00:30"),
        (NIGHT, "2026-06-10T05:30", 60, "2026-06-10T22:30"),
        (NIGHT, "2026-06-10T03:00", 60, "2026-06-10T04:00"),
        (NIGHT, "2026-06-10T12:00", 480, "2026-06-11T06:00"),
        # the day of 23 hours: what was skipped is not worked
        (ALWAYS, "2026-03-29T01:30", 60, "2026-03-29T03:30"),
        (NIGHT, "2026-03-28T22:00", 480, "2026-03-29T22:00" + "+60"),
        (EARLY, "2026-03-29T00:00", 30, "2026-03-29T03:30"),
        (EARLY, "2026-03-29T00:00", 121, "2026-03-30T02:31"),
        (LATE, "2026-03-29T01:30", 60, "2026-03-29T20:30"),
        # the day of 25 hours: a shift through the repeated hour is an hour longer
        (ALWAYS, "2026-10-25T01:30", 60, "2026-10-25T02:30"),
        (ALWAYS, "2026-10-25T01:30", 120, "2026-10-25T02:30#2"),
        (ALWAYS, "2026-10-25T02:30#2", 60, "2026-10-25T03:30"),
        (NIGHT, "2026-10-24T22:00", 540, "2026-10-25T06:00"),
        (EARLY, "2026-10-25T00:00", 60, "2026-10-25T02:30#2"),
        (LATE, "2026-10-25T02:00", 30, "2026-10-25T02:30"),
        (LATE, "2026-10-25T02:00", 31, "2026-10-25T20:01"),
        (LATE, "2026-10-25T02:10#2", 10, "2026-10-25T20:10"),
    ],
)
def test_a_target_is_over(what: Hours, since: str, minutes: int, expected: str) -> None:
    expected, _, more = expected.partition("+")
    over = at(expected, MADRID).astimezone(UTC) + int(more or 0) * MINUTE
    began, target = at(since, MADRID), minutes * MINUTE
    assert due(began, target, what) == over
    assert open_between(began, over, what) == target
    assert open_between(began, over - MINUTE, what) < target


@pytest.mark.parametrize(
    ("zone", "every_day", "start", "end", "minutes"),
    [
        ("America/New_York", "00:00-00:00", "2026-03-08T00:00", "2026-03-09T00:00", 23 * 60),
        ("America/New_York", "00:00-00:00", "2026-11-01T00:00", "2026-11-02T00:00", 25 * 60),
        ("America/New_York", "01:15-01:45", "2026-11-01T00:00", "2026-11-02T00:00", 30),
        ("America/New_York", "02:15-02:45", "2026-03-08T00:00", "2026-03-09T00:00", 0),
        ("Australia/Lord_Howe", "00:00-00:00", "2026-04-05T00:00", "2026-04-06T00:00", 1470),
        ("Asia/Kathmandu", "09:00-17:00", "2026-06-10T08:00", "2026-06-10T10:00", 60),
        # Samoa went over the date line and had no 30 December
        ("Pacific/Apia", "09:00-17:00", "2011-12-29T12:00", "2011-12-31T10:00", 6 * 60),
        # put back a minute after midnight: the evening before was shown again
        ("America/St_Johns", "23:00-23:30", "2010-11-06T12:00", "2010-11-07T12:00", 30),
    ],
)  # fmt: skip
def test_so_much_was_open(zone: str, every_day: str, start: str, end: str, minutes: int) -> None:
    what = hours(zone, every_day)
    assert open_between(at(start, zone), at(end, zone), what) == minutes * MINUTE


def test_without_hours_it_is_plain_time() -> None:
    now = datetime(2026, 6, 13, 3, tzinfo=UTC)
    assert due(now, 15 * MINUTE, None) == now + 15 * MINUTE
    assert open_between(now, now + DAY, None) == DAY
    assert open_between(now, now - DAY, None) == timedelta(0)


@pytest.mark.timeout(5)
def test_what_never_opens_ends_nothing_and_comes_to_an_end() -> None:
    now = datetime(2026, 6, 13, 3, tzinfo=UTC)
    never = hours(MADRID, d2026_12_24="09:00-13:00")
    assert due(now, 240 * MINUTE, never) is not None
    assert due(now, 241 * MINUTE, never) is None
    assert stretch_at(now, hours(MADRID)) is None


def test_says_until_when_it_is_open_or_when_it_opens() -> None:
    assert stretch_at(at("2026-06-10T10:00", MADRID), OFFICE) == (
        at("2026-06-10T10:00", MADRID),
        at("2026-06-10T14:00", MADRID),
    )
    assert stretch_at(at("2026-06-12T19:00", MADRID), OFFICE) == (
        at("2026-06-15T09:00", MADRID),
        at("2026-06-15T14:00", MADRID),
    )
    assert stretch_at(at("2026-06-10T10:00", MADRID), ALWAYS) == (
        at("2026-06-10T10:00", MADRID),
        None,
    )


class Reference:
    """Walks minute by minute and remembers the latest time that the wall clock has shown."""

    def __init__(self, what: Hours, start: datetime, days: int) -> None:
        # begins two days early: what the clock has shown before may matter
        self.start = start
        self.is_open: list[bool] = []
        shown = datetime.min  # noqa: DTZ901 -- a wall clock has no zone
        for minute in range(-2 * 1440, days * 1440):
            moment = start + minute * MINUTE
            shown = max(shown, moment.astimezone(what.zone).replace(tzinfo=None))
            if minute >= 0:
                self.is_open.append(_is_open(shown, what))

    def open_minutes(self, until: int) -> int:
        return sum(self.is_open[:until])

    def due(self, minutes: int) -> int | None:
        """In how many minutes so many open ones have gone by."""
        for index, is_open in enumerate(self.is_open):
            minutes -= is_open
            if minutes == 0:
                return index + 1
        return None


def _is_open(shown: datetime, what: Hours) -> bool:
    for back in (0, 1):
        day = shown.date() - back * DAY
        for one in what.holidays.get(day, what.week[day.weekday()]):
            opens = datetime.combine(day, one.opens)
            closes = datetime.combine(day, one.closes)
            closes += DAY if one.closes <= one.opens else timedelta(0)
            if opens <= shown < closes:
                return True
    return False


ZONES = (
    MADRID, "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Antarctica/Troll",
    "Asia/Kathmandu", "Africa/Casablanca", "America/Sao_Paulo", "Pacific/Apia", "UTC",
)  # fmt: skip
CHANGES = [
    datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC),
    datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC),
    datetime(2026, 4, 4, tzinfo=UTC), datetime(2010, 11, 6, tzinfo=UTC),
    datetime(2011, 12, 29, tzinfo=UTC), datetime(2018, 11, 3, tzinfo=UTC),
    datetime(2018, 2, 17, tzinfo=UTC), datetime(2026, 2, 14, tzinfo=UTC),
    datetime(2026, 6, 10, tzinfo=UTC),
]  # fmt: skip
"""Days before clocks were changed somewhere, and one when none was."""

wall = st.builds(time, st.integers(0, 23), st.sampled_from([0, 0, 15, 30, 59]))
shifts = st.lists(st.builds(Shift, opens=wall, closes=wall), max_size=3).map(tuple)
starts = st.builds(
    lambda day, minutes: day + minutes * MINUTE, st.sampled_from(CHANGES), st.integers(0, 2880)
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Hours, datetime]:
    start = draw(starts)
    near = st.integers(-1, 4).map(lambda n: start.date() + n * DAY)
    what = Hours(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        week=tuple(draw(st.lists(shifts, min_size=7, max_size=7))),
        holidays=draw(st.dictionaries(near, shifts, max_size=2)),
    )
    return what, start


@given(situations(), st.integers(1, 1440), st.integers(0, 3 * 1440))
@example((LATE, datetime(2026, 10, 25, 0, tzinfo=UTC)), 31, 120)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_agrees_with_walking_minute_by_minute(
    situation: tuple[Hours, datetime], minutes: int, until: int
) -> None:
    what, start = situation
    walked = Reference(what, start, 4)
    assert open_between(start, start + until * MINUTE, what) == walked.open_minutes(until) * MINUTE
    expected = walked.due(minutes)
    over = due(start, minutes * MINUTE, what)
    if expected is not None:
        assert over == start + expected * MINUTE
    else:
        assert over is None or over > start + timedelta(days=4)
    if over is not None:
        assert open_between(start, over, what) == minutes * MINUTE


@given(situations())
@settings(max_examples=30, deadline=None)
def test_stretches_are_the_same_time_joined(situation: tuple[Hours, datetime]) -> None:
    what, start = situation
    end = start + timedelta(days=3)
    total, last = timedelta(0), None
    for opened, closed in stretches(start, what):
        if opened >= end:
            break
        assert last is None or opened > last
        last = closed
        total += min(closed or end, end) - opened
    assert total == open_between(start, end, what)
