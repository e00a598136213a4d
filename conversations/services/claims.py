"""Addresses that somebody merely gave: what a form says about its writer, and how it is proven."""

from __future__ import annotations

from django.db.models.functions import Now

from conversations import events
from conversations.adapters.messages import Address, Grade, IdentityKind, InboundMessage
from conversations.models import ChangeKind, Claim, Conversation, Customer, Identity
from conversations.services import which, who


def claimed_sender(message: InboundMessage) -> Address | None:
    """Who wrote, as a form tells. A forged form tells nothing, and we never claim ourselves."""
    given = message.claimed
    if given is None or message.grade is Grade.FAIL or who.is_nobody(given.kind, given.value):
        return None
    return given


def confirm(message: InboundMessage) -> None:
    """Whoever answers with our token from the address that a thread claims, holds that address.

    The token went nowhere but there. An address that nobody has yet becomes that thread's
    customer's own; that of a customer whom we know stays theirs, and no two threads are joined.
    Call before the sender is identified: it may say who they are.
    """
    if message.grade is Grade.FAIL or not message.tokens:
        return
    claim = _proven(message)
    if claim is None:
        return
    who.lock_address(message.sender.kind, message.sender.value)
    conversation = Conversation.objects.locked(claim.customer.conversation.pk)
    Claim.objects.filter(pk=claim.pk).update(confirmed_at=Now())
    _give(message, conversation.customer)
    events.record_change(conversation, ChangeKind.CUSTOMER)


def _proven(message: InboundMessage) -> Claim | None:
    """The open claim of the sender's address in the case whose token they hold."""
    named = which.by_token(message.tokens)
    case = which.as_it_is_now(named) if named else None
    if case is None or not which.wrote_to(message.sender.value, case):
        return None
    return (
        Claim.objects.select_related("customer__conversation")
        .filter(
            customer=case.conversation.customer,
            kind=message.sender.kind,
            value=message.sender.value,
            confirmed_at=None,
        )
        .first()
    )


def _give(message: InboundMessage, customer: Customer) -> None:
    is_passed = message.grade is Grade.PASS
    Identity.objects.get_or_create(
        kind=IdentityKind(message.sender.kind),
        value=message.sender.value,
        defaults={
            "customer": customer,
            "name": message.sender.name[:200],
            "verified_at": Now() if is_passed else None,
        },
    )
