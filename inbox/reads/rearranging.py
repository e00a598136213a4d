"""What stands beside each other before a case is split, or two are made one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from conversations.models import Agent, Case, Customer, Message, Team
from conversations.services import asked, duplicates, regroup, search, threads
from conversations.services.duplicates import Suggestion
from inbox import forms
from inbox.reads import clocks, entries, people
from inbox.reads.panel import Contact, contacts
from inbox.reads.people import Person

SHOWN = 20
"""Open cases of a side that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry of a case as something to choose."""

    message: Message
    author: Person
    words: str
    is_chosen: bool

    @property
    def when(self) -> str:
        return clocks.moment(self.message.sorted_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A case as it would be split: all lines, and the other cases that they could go to."""

    case: Case
    lines: list[Line]
    others: list[Case]
    teams: list[Team]

    @property
    def going(self) -> list[Line]:
        return [line for line in self.lines if line.is_chosen]

    @property
    def staying(self) -> list[Line]:
        return [line for line in self.lines if not line.is_chosen]


def parts(case: Case, agent: Agent, given: QueryDict) -> Parts:
    """The lines of a case, those chosen that the address names as `m`."""
    chosen = {forms.number(value) for value in given.getlist("m")}
    rows = regroup.movable(case).select_related("agent", "identity").in_order()
    mine = Case.objects.of_teams_of(agent).filter(conversation=case.conversation_id)
    return Parts(
        case=case,
        lines=[_line(message, chosen) for message in rows[: regroup.MOST_MESSAGES]],
        others=list(mine.exclude(pk=case.pk).order_by("-last_message_at")[:SHOWN]),
        teams=list(Team.objects.order_by("-is_default", "name")),
    )


def _line(message: Message, chosen: set[int | None]) -> Line:
    return Line(
        message=message,
        author=entries.author_of(message),
        words=threads.preview(message),
        is_chosen=message.pk in chosen,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two that would become one, as far as the agent sees it."""

    case: Case
    person: Person
    contacts: list[Contact]
    cases: list[Case]
    hidden: list[str]
    """Teams of cases that are none of the agent's business."""
    number_of_cases: int
    number_of_messages: int
    since: datetime
    survives: bool


def customers(case: Case, other: Case, agent: Agent) -> list[Side]:
    """Two customers, the one who survives first."""
    pair = sorted((case, other), key=_age)
    return [_customer(one, agent, survives=one is pair[0]) for one in pair]


def _age(case: Case) -> tuple[datetime, int]:
    owner = case.conversation.customer
    return owner.created_at, owner.pk


def _customer(case: Case, agent: Agent, *, survives: bool) -> Side:
    owner = case.conversation.customer
    all_of_them = Case.objects.standing().filter(conversation=case.conversation_id)
    seen = all_of_them.visible_to(agent)
    hidden = all_of_them.exclude(pk__in=seen.values("pk")).values_list("team__name", flat=True)
    said = Message.objects.visible_to(agent).filter(conversation=case.conversation_id)
    return Side(
        case=case,
        person=_person(owner),
        contacts=contacts(owner),
        cases=list(seen.filter(status__in=["open", "snoozed"]).order_by("-pk")[:SHOWN]),
        hidden=list(hidden[:SHOWN]),
        number_of_cases=seen.count(),
        number_of_messages=said.filter(kind="message").count(),
        since=owner.created_at,
        survives=survives,
    )


def _person(owner: Customer) -> Person:
    first = owner.identities.order_by("pk").first()
    return people.of_customer(owner, people.address_of(first) if first else "")


def cases(case: Case, other: Case) -> list[Side]:
    """Two cases of one customer, the one whose number survives first."""
    pair = sorted((case, other), key=lambda one: one.pk)
    return [_case(one, survives=one is pair[0]) for one in pair]


def _case(case: Case, *, survives: bool) -> Side:
    return Side(
        case=case,
        person=_person(case.conversation.customer),
        contacts=[],
        cases=[case],
        hidden=[],
        number_of_cases=1,
        number_of_messages=regroup.movable(case).count(),
        since=case.opened_at,
        survives=survives,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a case, or its customer, could be merged with."""

    typed: str
    cases: list[Case]
    suggested: list[Suggestion]
    found: list[Case]


def candidates(case: Case, agent: Agent, typed: str) -> Candidates:
    """Their other cases, who they may be, and what a search finds."""
    mine = Case.objects.of_teams_of(agent).filter(conversation=case.conversation_id)
    hits = search.cases(asked.read(typed), agent=agent, count=SHOWN).hits if typed else []
    return Candidates(
        typed=typed,
        cases=list(mine.exclude(pk=case.pk).order_by("-last_message_at")[:SHOWN]),
        suggested=duplicates.suggest(case.conversation.customer, agent),
        found=[hit.case for hit in hits if hit.case.pk != case.pk],
    )
