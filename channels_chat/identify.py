"""Who a visitor is: by a proof of the shop's, or by an address that they typed and confirmed."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from channels_chat import proofs, visitors
from channels_chat.models import ChatSettings, Visitor
from channels_chat.proofs import Proof
from conversations.adapters import registry
from conversations.adapters.messages import Address, IdentityKind
from conversations.models import Customer, Identity
from conversations.services import merge_customers, who


def by_proof(settings: ChatSettings, visitor: Visitor | None, proof: object) -> tuple[Visitor, str]:
    """The visitor that a proof names, and a new token. Raises BadProof.

    Who was somebody else before becomes a new visitor: two people may share a browser.
    """
    with transaction.atomic():
        said = proofs.take(settings, proof)
        if visitor is None or (visitor.subject and visitor.subject != said.subject):
            if visitor is not None:
                visitors.give_up(visitor)
            visitor, token = visitors.start(settings.channel, language=said.language)
            visitor.channel.chat_settings = settings
        else:
            token = visitors.rotate(visitor)
        _remember(visitor, said)
    attach(visitor)
    return visitor, token


def _remember(visitor: Visitor, said: Proof) -> None:
    visitor.subject, visitor.is_proven = said.subject, True
    visitor.email = _normal(said.email)
    visitor.name = said.name or visitor.name
    visitor.language = said.language or visitor.language
    visitor.save(update_fields=["subject", "is_proven", "email", "name", "language"])


def _normal(typed: str) -> str:
    """As the e-mail channel writes it; "" when it is no address."""
    address = address_of(typed)
    return address.value if address else ""


def address_of(typed: str) -> Address | None:
    """What somebody typed as an e-mail address, by the channel that would write to it."""
    for adapter in registry.adapters():
        if adapter.identity_kind == IdentityKind.EMAIL:
            return adapter.parse_address(typed)
    return None


def attach(visitor: Visitor) -> None:
    """Make the visitor one with the customer whom the proof names, undoably; before the first
    message only where there is such a customer."""
    if not visitor.subject:
        return
    mine = visitors.identity_of(visitor)
    if mine is None:
        _begin_as(visitor)
        return
    for kind, value in _named(visitor):
        if mine.customer is not None:
            _unite(who.survivor(mine.customer), kind, value)


def _named(visitor: Visitor) -> list[tuple[IdentityKind, str]]:
    key = visitor.channel.chat_settings.key
    named = [(IdentityKind.EXTERNAL, f"{key}:{visitor.subject}")]
    if visitor.email and not who.is_nobody(IdentityKind.EMAIL, visitor.email):
        named.append((IdentityKind.EMAIL, visitor.email))
    return named


def _begin_as(visitor: Visitor) -> None:
    """The first of what the proof names that somebody has: the visitor is that customer."""
    for kind, value in _named(visitor):
        known = Identity.objects.filter(kind=kind, value=value).select_related("customer").first()
        if known is not None and known.customer is not None:
            customer = who.survivor(known.customer)
            Identity.objects.get_or_create(
                kind=IdentityKind.VISITOR,
                value=visitor.value,
                defaults={"customer": customer, "name": visitor.name, "verified_at": Now()},
            )
            attach(visitor)
            return


def _unite(customer: Customer, kind: IdentityKind, value: str) -> None:
    known = Identity.objects.filter(kind=kind, value=value).select_related("customer").first()
    if known is None:
        try:
            with transaction.atomic():
                Identity.objects.create(
                    customer=customer, kind=kind, value=value, verified_at=Now()
                )
        except IntegrityError:  # somebody was first, who may be another customer
            _unite(customer, kind, value)
        return
    if known.customer is None:  # many write through it
        return
    other = who.survivor(known.customer)
    if other.pk != customer.pk:
        with transaction.atomic():
            merge_customers.confirm(customer, other, cause=value)
