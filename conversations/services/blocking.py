"""Senders whom nobody wants to hear from: what they write is kept as spam."""

from __future__ import annotations

from django.db import transaction

from conversations.models import (
    Agent,
    BlockedSender,
    Case,
    Identity,
    IdentityKind,
    Kind,
    Status,
)
from conversations.services import status, threads, who
from conversations.services.errors import Refused


def sender_of(case: Case) -> Identity | None:
    """Who wrote last in a case: whom blocking its sender would block."""
    last = (
        case.messages.filter(
            kind=Kind.MESSAGE, identity__isnull=False, is_unconfirmed=False, is_aside=False
        )
        .order_by("-sorted_at", "-id")
        .select_related("identity")
        .first()
    )
    return last.identity if last else None


def block_sender(*, case_id: int, agent: Agent, seen: int | None = None) -> BlockedSender:
    """Block who wrote last, and mark the case as spam. Raises Refused for one of ourselves."""
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        sender = sender_of(case)
        if sender is None or not ("@" in sender.value or sender.kind == IdentityKind.VISITOR):
            raise Refused("nobody_to_block")
        if who.is_nobody(sender.address.kind, sender.value):
            raise Refused("own_address", address=sender.value)
        blocked, is_new = BlockedSender.objects.get_or_create(
            value=sender.value.lower(), defaults={"blocked_by": agent}
        )
        if is_new:
            params: dict[str, object] = {"address": _called(sender)}
            threads.add_activity(conversation, case, "sender_blocked", agent=agent, params=params)
        status.mark_spam(case_id=case_id, agent=agent)
        return blocked


def unblock_sender(*, case_id: int, agent: Agent, seen: int | None = None) -> str:
    """Take a block of who wrote last back; the case is no spam then. Returns the address."""
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        sender = sender_of(case)
        value = sender.value.lower() if sender else ""
        if sender is not None and BlockedSender.objects.filter(value=value).delete()[0]:
            params: dict[str, object] = {"address": _called(sender)}
            threads.add_activity(conversation, case, "sender_unblocked", agent=agent, params=params)
        if case.status == Status.SPAM:
            status.not_spam(case_id=case_id, agent=agent)
        return value


def _called(sender: Identity) -> str:
    """An address, or whoever has a number for one."""
    if sender.kind != IdentityKind.VISITOR:
        return sender.value.lower()
    return sender.name or str(sender.customer)
