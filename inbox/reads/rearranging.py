"""Both sides of a split or a merge, with names and faces."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from conversations.models import Agent, Case, Customer, Message, Team
from conversations.services import rearranging, threads
from conversations.services.rearranging import Side
from inbox import forms
from inbox.reads import clocks, entries, people
from inbox.reads.panel import Contact, contacts
from inbox.reads.people import Person


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One side of a merge as its section shows it."""

    side: Side
    person: Person
    contacts: list[Contact]


def parts(case: Case, agent: Agent, given: QueryDict) -> Parts:
    """The lines of a case, those chosen that the address names as `m`."""
    chosen = {forms.number(value) for value in given.getlist("m")}
    found = rearranging.choices(case, agent)
    lines = [_line(message, is_chosen=message.pk in chosen) for message in found.messages]
    return Parts(case=case, lines=lines, others=found.others, teams=found.teams)


def _line(message: Message, *, is_chosen: bool) -> Line:
    return Line(
        message=message,
        author=entries.author_of(message),
        words=threads.preview(message),
        is_chosen=is_chosen,
    )


def merge(case: Case, other: Case, agent: Agent) -> list[Half]:
    """Two cases of one customer, else two customers; what survives comes first."""
    if case.conversation_id == other.conversation_id:
        sides = rearranging.merge_of_cases(case_id=case.pk, agent=agent, other_id=other.pk)
        return [_half(side, []) for side in sides]
    sides = rearranging.merge_of_customers(case_id=case.pk, agent=agent, other_case_id=other.pk)
    return [_half(side, contacts(side.customer)) for side in sides]


def _half(side: Side, ways: list[Contact]) -> Half:
    return Half(side=side, person=_person(side.customer), contacts=ways)


def _person(owner: Customer) -> Person:
    first = owner.identities.order_by("pk").first()
    return people.of_customer(owner, people.address_of(first) if first else "")
