"""What a customer is called, and which language they speak, as an agent puts it right."""

from __future__ import annotations

import re
from itertools import chain

from django.db import transaction

from conversations import events
from conversations.models import Agent, Case, Change, ChangeKind, Conversation, Customer
from conversations.services import person, threads
from conversations.services.errors import Conflict, Refused

NAME_LENGTH = 200
LANGUAGE_LENGTH = 16
CODES = {
    "name": ("customer_unnamed", "customer_renamed"),
    "language": ("customer_language_unknown", "customer_language"),
}
"""Of the lines that tell of it: that it is not known any more, or what it is."""
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def change(
    *,
    customer_id: int,
    agent: Agent,
    name: str | None = None,
    language: str | None = None,
    seen: int | None = None,
) -> Customer:
    """Give a customer another name or language; None leaves it, nothing forgets it.

    `language` is a tag as of the web, "de" or "pt-br". For who works one of the customer's cases:
    raises Conversation.DoesNotExist for others, Conflict where a colleague did this after revision
    `seen`, Refused("no_such_language").
    """
    with transaction.atomic():
        thread, case = locked(customer_id, agent)
        _refuse_if_changed(thread, agent, seen)
        wanted = {"name": _name(name), "language": _language(language)}
        for column, value in wanted.items():
            if value is not None and value != getattr(thread.customer, column):
                _set(thread, case, agent, column, value)
    return thread.customer


def _set(thread: Conversation, case: Case, agent: Agent, column: str, value: str) -> None:
    customer = thread.customer
    params: dict[str, object] = {"from": getattr(customer, column), "to": value}
    setattr(customer, column, value)
    customer.save(update_fields=[column])
    threads.add_activity(thread, case, CODES[column][bool(value)], agent=agent, params=params)
    # of no case: every row and panel of theirs shows it
    events.record_change(thread, ChangeKind.CUSTOMER)


def locked(customer_id: int, agent: Agent) -> tuple[Conversation, Case]:
    """Locks the thread of a customer, or of whom they were merged into; and where a line tells of
    it: the latest case that the agent works; a restricted team's, which few read, comes last."""
    thread = Conversation.objects.locked(person.standing(customer_id).pk)
    worked = Case.objects.of_teams_of(agent).filter(conversation=thread)
    case = worked.order_by("team__is_restricted", "-last_message_at", "-pk").first()
    if case is None:
        raise Conversation.DoesNotExist
    return thread, case


def _refuse_if_changed(thread: Conversation, agent: Agent, seen: int | None) -> None:
    if seen is None:
        return
    told = Change.objects.filter(
        conversation=thread, revision__gt=seen, message__code__in=chain(*CODES.values())
    )
    others = told.exclude(message__agent=agent).select_related("message__agent")
    last = others.order_by("revision").last()
    if last is not None and last.message is not None:
        raise Conflict("changed_meanwhile", **threads.who_did(last.message))


def _name(name: str | None) -> str | None:
    return None if name is None else " ".join(name.split())[:NAME_LENGTH]


def _language(language: str | None) -> str | None:
    tag = language and language.strip().lower().replace("_", "-")
    if tag and (len(tag) > LANGUAGE_LENGTH or not _TAG.fullmatch(tag)):
        raise Refused("no_such_language")
    return tag
