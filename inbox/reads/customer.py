"""A customer's page: all cases that the agent may see, addresses, and what was merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from conversations.models import (
    Agent,
    Case,
    Conversation,
    Customer,
    Erasure,
    Message,
    Rearrangement,
    RearrangementKind,
)
from conversations.services import erasure
from inbox import languages
from inbox.reads import history, panel, people, rows, waiting
from inbox.reads.history import History
from inbox.reads.paging import SORTS
from inbox.reads.panel import Contact
from inbox.reads.people import Person
from inbox.reads.rows import Page
from inbox.reads.waiting import CustomersWait

if TYPE_CHECKING:
    from conversations.models.case import CaseQuerySet

MERGES = 50
"""Merges that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Another customer who became this one. `case_id` is where undoing it is asked for."""

    entry: Rearrangement
    other: str
    case_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    customer: Customer
    person: Person
    contacts: list[Contact]
    cases: Page
    number_of_cases: int
    hidden: list[str]
    """Teams whose cases the agent may not see, one entry a case."""
    merges: list[Merge]
    history: History
    waits: CustomersWait | None
    erasure: Erasure | None
    """What is to be erased soon, for admins to call off."""
    revision: int
    languages: list[tuple[str, str]]


def standing(customer_id: int, agent: Agent) -> Conversation:
    """The thread of a customer, or of the one they were merged into.

    Raises Conversation.DoesNotExist when the agent may see none of it.
    """
    known = Conversation.objects.filter(customer=customer_id).values_list("pk", flat=True).first()
    if known is None:
        raise Conversation.DoesNotExist
    survivor = Conversation.objects.survivor_of(known)
    seen = Conversation.objects.visible_to(agent).select_related("customer")
    return seen.get(pk=survivor)


def read(thread: Conversation, agent: Agent, *, after: str = "", before: str = "") -> CustomerPage:
    """`after` is the cursor of the cases, `before` of the history. Raises BadCursor."""
    customer = thread.customer
    everything = Case.objects.standing().filter(conversation=thread)
    seen = everything.visible_to(agent)
    closed = everything.exclude(pk__in=seen.values("pk")).select_related("team")
    contacts = panel.contacts(customer)
    address = next((contact.value for contact in contacts), "")
    return CustomerPage(
        customer=customer,
        person=people.of_customer(customer, address),
        contacts=contacts,
        cases=rows.page(seen, agent=agent, sort=SORTS["newest"], after=after),
        number_of_cases=seen.count(),
        hidden=[case.team.name for case in closed.order_by("-opened_at")[:MERGES]],
        merges=_merges(thread, seen, agent),
        waits=waiting.of_customer(thread.pk, agent),
        history=history.read(_messages(thread, agent), before=before),
        erasure=erasure.waiting_for(customer) if agent.is_admin else None,
        revision=thread.revision,
        languages=languages.choices(customer.language),
    )


def _messages(thread: Conversation, agent: Agent) -> QuerySet[Message]:
    return Message.objects.visible_to(agent).filter(conversation=thread)


def _merges(thread: Conversation, seen: CaseQuerySet, agent: Agent) -> list[Merge]:
    """Undoing one is asked for in a case that the agent works; the domain decides."""
    own = Case.objects.of_teams_of(agent).filter(pk__in=seen.values("pk")).order_by("pk").first()
    done = Rearrangement.objects.filter(survivor=thread, kind=RearrangementKind.CUSTOMERS)
    return [
        Merge(
            entry=entry,
            other=str(entry.loser.customer) if entry.loser else "",
            case_id=own.pk if own and entry.undone_at is None else None,
        )
        for entry in done.select_related("agent", "undone_by", "loser__customer").order_by("-pk")[
            :MERGES
        ]
    ]
