"""Addresses that somebody merely gave: what a form says about its writer, and how it is proven."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from conversations import events
from conversations.adapters.messages import (
    Address,
    Grade,
    IdentityKind,
    InboundMessage,
    Origin,
)
from conversations.models import (
    BlockedSender,
    ChangeKind,
    Claim,
    Conversation,
    Customer,
    Identity,
)
from conversations.services import merge_customers, which, who
from conversations.services.errors import Refused

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
"""So many guesses of a million: one in 200,000 gets through."""


def claimed_sender(message: InboundMessage) -> Address | None:
    """Who wrote, as a form tells. A forged form tells nothing, and we never claim ourselves."""
    given = message.claimed
    if given is None or message.grade is Grade.FAIL or who.is_nobody(given.kind, given.value):
        return None
    return given


def confirm(message: InboundMessage) -> None:
    """Whoever answers with our token from the address that a thread claims, holds that address.

    The token went nowhere but there. An address that nobody has yet becomes that thread's
    customer's own. Where a customer has it already, and a person wrote who passed the check, the
    two become one customer as by a code; else it stays theirs, and no two threads are joined.
    Call before the sender is identified: it may say who they are.
    """
    if message.grade is Grade.FAIL or not message.tokens:
        return
    claim = _proven(message)
    if claim is None:
        return
    known = _owner(claim.kind, claim.value)
    if known is not None and _is_same_person(message, claim, known):
        _unite(claim, known)
        Claim.objects.filter(pk=claim.pk).update(confirmed_at=Now(), code_hash="")
        return
    who.lock_address(message.sender.kind, message.sender.value)
    conversation = Conversation.objects.locked(claim.customer.conversation.pk)
    Claim.objects.filter(pk=claim.pk).update(confirmed_at=Now())
    _give(message, conversation.customer)
    events.record_change(conversation, ChangeKind.CUSTOMER)


def _is_same_person(message: InboundMessage, claim: Claim, known: Identity) -> bool:
    """Whether a mail proves as much as a code that was typed in: it was checked, a person wrote
    it, and nobody else writes from there. A thread that somebody opened in their name without
    passing the check is not theirs: who was told of it answers, and means to deny it."""
    is_checked = message.grade is Grade.PASS and message.origin is Origin.PERSON
    is_wanted = not (message.is_spam or BlockedSender.objects.covers(message.sender.value))
    is_one_person = not known.is_noted and known.customer is not None and not known.suggested_at
    forged = claim.customer.identities.filter(
        kind=IdentityKind.UNPROVEN_EMAIL, value=claim.value
    ).exists()
    return is_checked and is_wanted and is_one_person and not forged


def _proven(message: InboundMessage) -> Claim | None:
    """The open claim of the sender's address in the case whose token they hold."""
    sender = message.sender
    claims = Claim.objects.filter(kind=sender.kind, value=sender.value, confirmed_at=None)
    if not claims.exists():  # nearly always, and cheaper to ask than whose the token is
        return None
    named = which.by_token(message.tokens)
    case = which.as_it_is_now(named) if named else None
    if case is None or not which.wrote_to(sender.value, case):
        return None
    mine = claims.select_related("customer__conversation")
    return mine.filter(customer=case.conversation.customer).first()


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
    if not customer.name:  # a chat's visitor had none to give
        customer.name = message.sender.name[:200]
        customer.save(update_fields=["name"])


def note(customer: Customer, address: Address) -> Claim:
    """Keep an address that a customer typed, for agents to see; it opens nothing."""
    claim, is_new = Claim.objects.get_or_create(
        customer=customer, kind=address.kind, value=address.value
    )
    if is_new:
        with transaction.atomic():
            events.record_change(who.thread_of(customer), ChangeKind.CUSTOMER)
    return claim


def issue_code(*, claim_id: int) -> str:
    """A code for an unconfirmed claim, to be sent to the claimed address and nowhere else.

    The last one that was issued counts, for CODE_LIFE and CODE_TRIES wrong guesses.
    """
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    Claim.objects.filter(pk=claim_id, confirmed_at=None).update(
        code_hash=make_password(code), code_until=Now() + CODE_LIFE, code_tries=0
    )
    return code


def confirm_code(*, claim_id: int, code: str) -> Customer:
    """Take a code from whoever typed the address: it is theirs from now on.

    Where a customer has it already, the two are one person and become one customer, undoably;
    the cases stay apart. Returns who they are. Raises Refused for a code that is wrong or old, or
    an address that many write through.
    """
    _spend_a_try(claim_id)
    with transaction.atomic():
        claim = Claim.objects.select_related("customer").get(pk=claim_id)
        if not claim.code_hash or not check_password(code.strip(), claim.code_hash):
            raise Refused("wrong_code")
        known = _owner(claim.kind, claim.value)
        if known is not None and known.customer is None:
            raise Refused("shared_address")
        customer = _unite(claim, known)
        Claim.objects.filter(pk=claim.pk).update(confirmed_at=Now(), code_hash="")
        return customer


def _owner(kind: str, value: str) -> Identity | None:
    """Whose an address is already. Where it is nobody's, it stays so until we are through; a
    merge takes the addresses of both customers itself, in the order that merges take them."""
    same = Identity.objects.filter(kind=kind, value=value).select_related("customer")
    known = same.first()
    if known is None:
        who.lock_address(IdentityKind(kind), value)
        known = same.first()
    return known


def _spend_a_try(claim_id: int) -> None:
    """In a transaction of its own: a wrong guess counts, whatever becomes of it."""
    open_ones = Claim.objects.filter(
        pk=claim_id, confirmed_at=None, code_until__gt=Now(), code_tries__lt=CODE_TRIES
    )
    if not open_ones.update(code_tries=F("code_tries") + 1):
        raise Refused("code_expired")


def _unite(claim: Claim, known: Identity | None) -> Customer:
    customer = who.survivor(claim.customer)
    if known is None or known.customer is None:
        Identity.objects.create(
            customer=customer, kind=claim.kind, value=claim.value, verified_at=Now()
        )
        events.record_change(who.thread_of(customer), ChangeKind.CUSTOMER)
        return customer
    if known.is_noted:  # whoever has it has proven it, but not that they are whom an agent meant
        return customer
    Identity.objects.filter(pk=known.pk).update(verified_at=Now())
    if merge_customers.confirm(customer, known.customer, cause=claim.value) is None:
        events.record_change(who.thread_of(customer), ChangeKind.CUSTOMER)
    return who.survivor(Customer.objects.get(pk=customer.pk))
