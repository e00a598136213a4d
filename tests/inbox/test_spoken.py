"""Times as people say them, in both languages, by the wall clock of Madrid."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from inbox import spoken

MADRID = ZoneInfo("Europe/Madrid")
SATURDAY = "2026-11-28T14:00"


def meant(words: str, now: str = SATURDAY) -> str | None:
    at = spoken.read(words, datetime.fromisoformat(now).replace(tzinfo=MADRID))
    return at.astimezone(MADRID).strftime("%a %Y-%m-%d %H:%M") if at else None


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("in 2 h", "Sat 2026-11-28 16:00"),
        ("2h", "Sat 2026-11-28 16:00"),
        ("in 45 minutes", "Sat 2026-11-28 14:45"),
        ("in an hour", "Sat 2026-11-28 15:00"),
        ("en media", None),
        ("en una hora", "Sat 2026-11-28 15:00"),
        ("en 3 días", "Tue 2026-12-01 09:00"),
        ("dentro de 2 semanas", "Sat 2026-12-12 09:00"),
        ("in 3 days at 14:30", "Tue 2026-12-01 14:30"),
        ("tomorrow", "Sun 2026-11-29 09:00"),
        ("Tomorrow at 5 p.m.", "Sun 2026-11-29 17:00"),
        ("tomorrow afternoon", "Sun 2026-11-29 15:00"),
        ("mañana 9", "Sun 2026-11-29 09:00"),
        ("MAÑANA A LAS 9:30", "Sun 2026-11-29 09:30"),
        ("mañana por la mañana", "Sun 2026-11-29 09:00"),
        ("mañana a las 5 de la tarde", "Sun 2026-11-29 17:00"),
        ("pasado mañana", "Mon 2026-11-30 09:00"),
        ("day after tomorrow noon", "Mon 2026-11-30 12:00"),
        ("tuesday 9am", "Tue 2026-12-01 09:00"),
        ("next tuesday 9am", "Tue 2026-12-01 09:00"),
        ("until tue", "Tue 2026-12-01 09:00"),
        ("el martes que viene a las 10", "Tue 2026-12-01 10:00"),
        ("próximo miércoles", "Wed 2026-12-02 09:00"),
        ("saturday 18:00", "Sat 2026-11-28 18:00"),
        ("saturday 9am", "Sat 2026-12-05 09:00"),
        ("next saturday 18:00", "Sat 2026-12-05 18:00"),
        ("sábado", "Sat 2026-12-05 09:00"),
        ("next week", "Mon 2026-11-30 09:00"),
        ("la semana que viene", "Mon 2026-11-30 09:00"),
        ("5pm", "Sat 2026-11-28 17:00"),
        ("12am", "Sun 2026-11-29 00:00"),
        ("9", "Sun 2026-11-29 09:00"),
        ("tonight", "Sat 2026-11-28 19:00"),
        ("esta noche", "Sat 2026-11-28 19:00"),
        ("hoy 17h", "Sat 2026-11-28 17:00"),
        ("2 dec", "Wed 2026-12-02 09:00"),
        ("December 2, 3pm", "Wed 2026-12-02 15:00"),
        ("el 2 de diciembre a las 15", "Wed 2026-12-02 15:00"),
        ("2 nov", "Tue 2027-11-02 09:00"),
        ("2026-12-02 08:15", "Wed 2026-12-02 08:15"),
        # these are over, and said to be
        ("today 9", "Sat 2026-11-28 09:00"),
        ("yesterday", "Fri 2026-11-27 09:00"),
        ("ayer a las 10", "Fri 2026-11-27 10:00"),
        ("2020-01-01", "Wed 2020-01-01 09:00"),
    ],
)
def test_understands(words: str, moment: str | None) -> None:
    assert meant(words) == moment


@pytest.mark.parametrize(
    "words",
    [
        "", " ", "soon", "next", "in", "in 2", "25:00", "9:75", "13pm", "0am", "31 feb",
        "2026-13-01", "tomorrow or so", "2 h tomorrow maybe", "tuesday wednesday",
        "in 9999 h", "9" * 300,
        "in 2 h at 9", "\x00", "mañanas",
    ],
)  # fmt: skip
def test_says_when_it_is_no_time(words: str) -> None:
    assert meant(words) is None


@pytest.mark.parametrize(
    ("words", "now", "moment"),
    [
        # the wall clock goes on over the change, hours are as long as ever
        ("tomorrow 9", "2026-03-28T22:00", "Sun 2026-03-29 09:00"),
        ("in 4 h", "2026-03-29T00:30", "Sun 2026-03-29 05:30"),
        ("mañana 2:30", "2026-03-28T22:00", "Sun 2026-03-29 03:30"),
        ("in 4 h", "2026-10-25T00:30", "Sun 2026-10-25 03:30"),
        ("en 1 día", "2026-10-24T23:00", "Sun 2026-10-25 09:00"),
        ("tomorrow 2:30", "2026-10-24T23:00", "Sun 2026-10-25 02:30"),
    ],
)
def test_over_a_change_of_the_clocks(words: str, now: str, moment: str) -> None:
    assert meant(words, now) == moment
