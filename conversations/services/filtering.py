"""What a list of cases is narrowed to: the same words in an address, a saved view and the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TypeVar
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from conversations.models import Agent, Case, Conversation, Message, Priority
from conversations.models.case import DUE_SOON, PAST_TARGET

Cases = TypeVar("Cases", bound=QuerySet[Case])

WAITS = ("yes", "no", "late", "soon")
"""The customer waits, does not, waits past the reply target, or until soon before it."""
NEAR = {"late": PAST_TARGET, "soon": DUE_SOON}
LONGEST_NUMBER = 18
LONGEST_TAG = 60
YEARS = range(1970, 3000)
DAY = timedelta(days=1)


class BadFilter(ValueError):
    """A filter's value makes no sense; `name` and `value` say which."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"{name}={value}")
        self.name, self.value = name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters that were set; all of them must hold. Days are the agent's own, both included.

    `assignee` is an agent's number, `me` or `none`; `since` and `until` are about the last message.
    """

    channel: int | None = None
    team: int | None = None
    assignee: str = ""
    tag: str = ""
    waits: str = ""
    priority: int | None = None
    language: str = ""
    customer: int | None = None
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return any(True for _ in self.pairs())

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The set ones as an address writes them."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value != "":
                yield field.name, str(value)

    @property
    def query(self) -> str:
        return urlencode(list(self.pairs()))


NAMES = tuple(field.name for field in fields(Wanted))


def read(asked: Mapping[str, str]) -> Wanted:
    """The filters in an address. Raises BadFilter: one that is left out would show everything."""
    said = {name: asked[name].strip() for name in NAMES if asked.get(name, "").strip()}
    return Wanted(
        channel=_number(said, "channel"),
        team=_number(said, "team"),
        assignee=_assignee(said),
        tag=" ".join(said.get("tag", "").lower().split())[:LONGEST_TAG],
        waits=_one_of(said, "waits", WAITS),
        priority=_priority(said),
        language=_language(said),
        customer=_number(said, "customer"),
        since=_day(said, "since"),
        until=_day(said, "until"),
    )


def _number(said: Mapping[str, str], name: str) -> int | None:
    value = said.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= LONGEST_NUMBER):
        raise BadFilter(name, value)
    return int(value)


def _assignee(said: Mapping[str, str]) -> str:
    value = said.get("assignee", "")
    return value if value in {"", "me", "none"} else str(_number(said, "assignee"))


def _one_of(said: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = said.get(name, "")
    if value and value not in known:
        raise BadFilter(name, value)
    return value


def _priority(said: Mapping[str, str]) -> int | None:
    value = _number(said, "priority")
    if value is not None and value not in Priority.values:
        raise BadFilter("priority", str(value))
    return value


def _language(said: Mapping[str, str]) -> str:
    value = said.get("language", "").lower()
    if value and not (value.isascii() and value.isalpha() and 2 <= len(value) <= 3):  # noqa: PLR2004 -- ISO 639 codes
        raise BadFilter("language", value)
    return value


def _day(said: Mapping[str, str], name: str) -> date | None:
    value = said.get(name)
    try:
        day = date.fromisoformat(value) if value else None
    except ValueError as error:
        raise BadFilter(name, str(value)) from error
    if day is not None and day.year not in YEARS:
        raise BadFilter(name, str(value))
    return day


def narrow(cases: Cases, agent: Agent, wanted: Wanted) -> Cases:
    """The cases that have all of it. The caller says which cases the agent may see."""
    for name in ("team", "priority"):
        if (value := getattr(wanted, name)) is not None:
            cases = cases.filter(**{name: value})
    if wanted.customer is not None:
        cases = cases.filter(conversation__in=_threads(wanted.customer))
    if wanted.language:
        cases = cases.filter(conversation__customer__language__startswith=wanted.language)
    if wanted.tag:
        cases = cases.filter(tags__name=wanted.tag)
    if wanted.channel is not None:
        on_it = Message.objects.filter(case=OuterRef("pk"), channel=wanted.channel)
        cases = cases.filter(Exists(on_it))
    cases = _between(cases, wanted, agent.zone)
    return _waiting(_assigned(cases, agent, wanted.assignee), wanted.waits)


def _threads(customer: int) -> list[int]:
    """A customer's thread, and whose it became: who was merged is found by the old number, too."""
    own = Conversation.objects.filter(customer=customer).values_list("pk", flat=True).first()
    return [] if own is None else Conversation.objects.chain_of(own)


def _assigned(cases: Cases, agent: Agent, who: str) -> Cases:
    if not who:
        return cases
    if who == "none":
        return cases.filter(assignee=None)
    return cases.filter(assignee=agent.pk if who == "me" else int(who))


def _waiting(cases: Cases, waits: str) -> Cases:
    if not waits:
        return cases
    if waits in NEAR:
        return cases.filter(NEAR[waits])
    return cases.filter(waiting_since__isnull=waits == "no")


def _between(cases: Cases, wanted: Wanted, zone: tzinfo) -> Cases:
    if wanted.since is not None:
        cases = cases.filter(last_message_at__gte=_midnight(wanted.since, zone))
    if wanted.until is not None:
        cases = cases.filter(last_message_at__lt=_midnight(wanted.until + DAY, zone))
    return cases


def _midnight(day: date, zone: tzinfo) -> datetime:
    """The start of a day there."""
    return timezone.make_aware(datetime.combine(day, time.min), zone)
