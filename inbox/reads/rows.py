"""The list's rows: one statement a page, whatever the page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from conversations.adapters.base import Face
from conversations.models import Agent, Case, Draft, Identity, ReadMark
from conversations.models.identity import READABLE
from conversations.models.target import edition
from inbox.reads import clocks, peers, people, waiting
from inbox.reads.clocks import Wait
from inbox.reads.faces import face_of
from inbox.reads.paging import PAGE, Sort
from inbox.reads.peers import Here
from inbox.reads.people import Person

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from conversations.models.case import CaseQuerySet

GLYPHS = 4
"""Steps of the journey that a row has room for."""


class Extra(TypedDict):
    address: str | None
    read_at: datetime | None
    draft: str | None
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case in a list, as one agent sees it."""

    case: Case
    person: Person
    agent: Agent
    wait: Wait | None
    is_unread: bool
    draft: str
    writes: Here | None
    """Who else writes in it just now."""

    @property
    def when(self) -> str:
        return clocks.brief(self.case.last_message_at)

    @property
    def trail(self) -> list[Face]:
        return [face_of(kind) for kind in self.case.journey[-GLYPHS:]]

    @property
    def is_mine(self) -> bool:
        return self.case.last_author_id == self.agent.pk

    @property
    def author(self) -> str:
        author = self.case.last_author
        return people.of_agent(author).first_name if author else ""

    @property
    def speaker(self) -> str:
        """Whose words the preview has, where neither the customer's nor an agent's."""
        name = self.case.last_speaker
        if not name or not self.case.last_is_aside:
            return name
        return _("%(name)s (third party)") % {"name": name}

    @property
    def language(self) -> str:
        """The customer's language where it is not the agent's."""
        spoken = self.case.conversation.customer.language[:2]
        return spoken.upper() if spoken and spoken != self.agent.language[:2] else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: list[Row]
    next: str
    """Cursor of the following page; empty on the last."""


def page(cases: CaseQuerySet, *, agent: Agent, sort: Sort, after: str = "") -> Page:
    """One page of a list. Raises BadCursor."""
    if after:
        cases = cases.filter(sort.after(after))
    found = list(_dressed(sort.apply(cases), agent)[: PAGE + 1])
    more = len(found) > PAGE
    return Page(
        rows=_rows(found[:PAGE], agent),
        next=sort.cursor(found[PAGE - 1]) if more else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The cases of a page by number alone, in order, and the cursor of what follows."""

    order: list[int]
    next: str


def ahead(cases: CaseQuerySet, *, sort: Sort, after: str, size: int) -> Ahead:
    """Raises BadCursor."""
    if after:
        cases = cases.filter(sort.after(after))
    found = list(sort.apply(cases).only("pk", sort.field)[: size + 1])
    order = [case.pk for case in found[:size]]
    return Ahead(order=order, next=sort.cursor(found[size - 1]) if len(found) > size else "")


def some(numbers: list[int], agent: Agent) -> list[Row]:
    """The rows of these cases, as far as the agent sees them, in the order of the numbers."""
    if not numbers:
        return []
    seen = Case.objects.visible_to(agent).filter(pk__in=numbers)
    found = {case.pk: case for case in _dressed(seen, agent)}
    return _rows([found[number] for number in numbers if number in found], agent)


def one(case_id: int, agent: Agent) -> Row:
    """A single row, to be patched in place. Raises Case.DoesNotExist."""
    return _rows([_dressed(Case.objects.visible_to(agent), agent).get(pk=case_id)], agent)[0]


def _dressed(cases: CaseQuerySet, agent: Agent) -> QuerySet[WithAnnotations[Case, Extra]]:
    known = Identity.objects.filter(kind__in=READABLE)
    address = known.filter(customer=OuterRef("conversation__customer")).order_by("id")
    mark = ReadMark.objects.filter(case=OuterRef("pk"), agent=agent)
    draft = Draft.objects.filter(case=OuterRef("pk"), agent=agent).exclude(text="")
    rows = cases.select_related("conversation__customer", "last_author")
    return rows.annotate(  # type: ignore[return-value]  # the stubs forget the values' types
        address=Subquery(address.values("value")[:1]),
        read_at=Subquery(mark.values("read_at")[:1]),
        draft=Subquery(draft.order_by("-updated_at").values("text")[:1]),
        edition=edition(),
    )


def _rows(cases: list[WithAnnotations[Case, Extra]], agent: Agent) -> list[Row]:
    writes = peers.writing([case.pk for case in cases], agent)
    return [_row(case, agent, writes.get(case.pk)) for case in cases]


def _row(case: WithAnnotations[Case, Extra], agent: Agent, writes: Here | None) -> Row:
    came = case.last_inbound_at
    return Row(
        case=case,
        agent=agent,
        person=people.of_customer(case.conversation.customer, case.address or ""),
        wait=waiting.of_case(case, case.edition),
        is_unread=not case.is_closed
        and came is not None
        and (case.read_at is None or case.read_at < came),
        draft=" ".join((case.draft or "").split()),
        writes=writes if writes and writes.peers else None,
    )
