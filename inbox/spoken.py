"""Times as people say them, in English and Spanish: “in 2 h”, “next tuesday 9am”, “mañana 9”."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from conversations.services.asked import bare
from inbox.reads.snoozes import MORNING

WEEKDAYS = (
    ("monday", "lunes"), ("tuesday", "martes"), ("wednesday", "miercoles"), ("thursday", "jueves"),
    ("friday", "viernes"), ("saturday", "sabado"), ("sunday", "domingo"),
)  # fmt: skip
MONTHS = (
    ("january", "enero"), ("february", "febrero"), ("march", "marzo"), ("april", "abril"),
    ("may", "mayo"), ("june", "junio"), ("july", "julio"), ("august", "agosto"),
    ("september", "septiembre"), ("october", "octubre"), ("november", "noviembre"),
    ("december", "diciembre"),
)  # fmt: skip
DAYS = (
    (2, "day after tomorrow|pasado manana"),
    (1, "tomorrow|manana"),
    (0, "today|hoy|tonight"),
    (-1, "yesterday|ayer"),
)
PARTS = (
    (MORNING, "(?:in the|por la|de la) (?:morning|manana)|morning"),
    (12, "noon|midday|mediodia"),
    (15, "(?:in the |this )?afternoon|(?:por la|esta) tarde"),
    (19, "(?:in the |this )?evening|tonight|(?:por la|esta) noche"),
)
"""Hours of the parts of a day."""
GAP = (
    r"(?:in |en |dentro de )?(\d{1,3}|an?|one|una?) ?"
    r"(m|min|mins|minutes?|minutos?|h|hrs?|hours?|horas?|d|days?|dias?|w|weeks?|semanas?)"
)
LATE = r"pm|de la (?:tarde|noche)"
CLOCK = rf"(\d{{1,2}})(?:[:.h](\d\d))? ?(am|de la manana|h|{LATE})?"
NAMED = r"(?<!\S)(?:(?P<first>\d\d?) (?:de )?)?(?P<name>[a-z]{3,})(?: (?P<last>\d\d?)(?!\S))?"
FILLERS = {
    "at", "on", "the", "until", "till", "of", "coming", "this",
    "a", "al", "el", "la", "las", "hasta", "de", "del", "este", "para",
}  # fmt: skip
SHORTEST = 3
"""Letters of a weekday or month."""
NOON = 12


class _Words:
    """What was said, less what was understood of it."""

    def __init__(self, words: str) -> None:
        plain = re.sub(r"\b([ap])\. ?m\.?", r"\1m", bare(words)).replace(",", " ")
        self.rest = " ".join(plain.split())

    def take(self, pattern: str) -> re.Match[str] | None:
        found = re.search(rf"(?<!\S)(?:{pattern})(?!\S)", self.rest)
        if found:
            self.rest = f"{self.rest[: found.start()]} {self.rest[found.end() :]}".strip()
            self.rest = " ".join(self.rest.split())
        return found

    @property
    def is_understood(self) -> bool:
        return set(self.rest.split()) <= FILLERS


def read(words: str, now: datetime) -> datetime | None:
    """The moment that is meant, by the wall clock of `now`'s zone; None when it says none.

    It may be over: what only can be meant of the past. A weekday or hour alone is the coming one.
    """
    said = _Words(words)
    day, step = _day(said, now.date())
    gap = said.take(GAP) if day is None else None
    if gap and gap[2][0] in "mh":
        unit = timedelta(hours=1) if gap[2][0] == "h" else timedelta(minutes=1)
        return now.astimezone(UTC) + _number(gap[1]) * unit if said.is_understood else None
    if gap:
        day = now.date() + timedelta(days=_number(gap[1]) * (1 if gap[2][0] == "d" else 7))
    clock, is_said = _clock(said)
    if clock is None or not said.is_understood or (day is None and not is_said):
        return None
    at = _there(day or now.date(), clock, now)
    if at <= now and (step or day is None):
        at = _there((day or now.date()) + timedelta(days=step or 1), clock, now)
    return at.astimezone(UTC)


def _there(day: date, clock: time, now: datetime) -> datetime:
    """An hour that the clocks leave out comes after they changed."""
    return timezone.make_aware(datetime.combine(day, clock), now.tzinfo)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else 1


def _day(said: _Words, today: date) -> tuple[date | None, int]:
    """The day, and after how many it comes again where it is over."""
    exact = _date(said, today)
    if exact:
        return exact, 0
    if said.take("next week|(?:la )?(?:semana que viene|proxima semana)"):
        return today + timedelta(days=7 - today.weekday()), 0
    # “por la mañana” is an hour, “mañana” a day
    said.rest = re.sub(r"\b(por|de) la manana\b", r"\1 la morning", said.rest)
    for days, names in DAYS:
        if re.search(rf"\b({names})\b", said.rest):
            if days or "tonight" not in said.rest:
                said.take(names)
            return today + timedelta(days=days), 0
    return _weekday(said, today)


def _weekday(said: _Words, today: date) -> tuple[date | None, int]:
    for word in said.rest.split():
        number = _place(word, WEEKDAYS)
        if number is None:
            continue
        said.take(word)
        is_next = said.take("next|proximo|que viene")
        days = (number - today.weekday()) % 7
        return today + timedelta(days=days or (7 if is_next else 0)), 7
    return None, 0


def _place(word: str, names: tuple[tuple[str, str], ...]) -> int | None:
    if len(word) < SHORTEST:
        return None
    fits = (n for n, both in enumerate(names) if any(name.startswith(word) for name in both))
    return next(fits, None)


def _date(said: _Words, today: date) -> date | None:
    """2026-12-02, 2 dec, december 2, 2 de diciembre; without a year the coming one."""
    try:
        full = said.take(r"(\d{4})-(\d\d?)-(\d\d?)")
        if full:
            return date(*map(int, full.groups()))
        for found in re.finditer(NAMED, said.rest):
            number, name = found["first"] or found["last"], found["name"]
            month = _place(name, MONTHS)
            if month is None or (found["last"] and _place(name, WEEKDAYS) is not None):
                continue
            said.take(rf"{number}(?: de)? {name}" if found["first"] else f"{name} {number}")
            that = date(today.year, month + 1, int(number))
            return that if that >= today else that.replace(year=today.year + 1)
    except ValueError:
        said.rest = "?"
    return None


def _clock(said: _Words) -> tuple[time | None, bool]:
    """The hour, and whether one was said; None when there is no such hour."""
    said.rest = said.rest.replace("la morning", "la manana")
    found = said.take(CLOCK)
    if not found:
        hour = next((hour for hour, names in PARTS if said.take(names)), None)
        return time(MORNING if hour is None else hour), hour is not None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3] or ""
    if half not in {"", "h"}:
        if not 1 <= hour <= NOON:
            return None, True
        hour = hour % NOON + (NOON if re.fullmatch(LATE, half) else 0)
    return (time(hour, minute), True) if hour < 24 and minute < 60 else (None, True)  # noqa: PLR2004  # a day's
