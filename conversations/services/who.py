"""Which customer: from a sender's address to an identity and a locked conversation."""

from __future__ import annotations

from django.db import connection
from django.db.models.functions import Now

from conversations.adapters import registry
from conversations.adapters.messages import Address, Grade, IdentityKind, InboundMessage
from conversations.faults import failpoint
from conversations.models import Agent, Case, Claim, Conversation, Customer, Identity, Message
from conversations.services import sharing


def identify(
    address: Address, *, grade: Grade, language: str = "", is_shared: bool = False
) -> Identity:
    """The identity of a sender, made with its customer when new.

    Serialised per address, so that any number of first messages at once make one customer.
    A failed check leads to an identity of its own, beside the real one. `is_shared`: it writes
    for others, and is made as nobody's.
    """
    kind = _proven_kind(address.kind, grade)
    lock_address(kind, address.value)
    known = (
        Identity.objects.select_related("customer").filter(kind=kind, value=address.value).first()
    )
    identity = known or _make(kind, address, language, is_shared=is_shared)
    if grade is Grade.PASS and identity.verified_at is None:
        Identity.objects.filter(pk=identity.pk).update(verified_at=Now())
    if identity.unreachable_code:  # who writes can be written to
        Identity.objects.filter(pk=identity.pk).update(unreachable_code="")
    failpoint("intake.after_identity")
    return identity


def _proven_kind(kind: IdentityKind, grade: Grade) -> IdentityKind:
    is_forged = kind is IdentityKind.EMAIL and grade is Grade.FAIL
    return IdentityKind.UNPROVEN_EMAIL if is_forged else kind


def lock_address(kind: IdentityKind, value: str) -> None:
    """Until the transaction ends nobody else finds out, or changes, whose address this is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{kind}:{value}"])


def _make(
    kind: IdentityKind, address: Address, language: str, *, is_shared: bool = False
) -> Identity:
    is_program = sharing.is_machine(kind, address.value)
    if is_shared or is_program or is_nobody(kind, address.value):
        return Identity.objects.create(
            kind=kind, value=address.value, name=address.name[:200], is_shared=True
        )
    customer = Customer.objects.create(name=address.name[:200], language=language[:16])
    if kind is IdentityKind.UNPROVEN_EMAIL:
        Claim.objects.create(customer=customer, kind=IdentityKind.EMAIL, value=address.value)
    return Identity.objects.create(
        customer=customer, kind=kind, value=address.value, name=address.name[:200]
    )


def is_nobody(kind: IdentityKind, value: str) -> bool:
    """Our own addresses and our agents' are never a customer."""
    return kind is IdentityKind.EMAIL and (
        value in registry.own_addresses() or Agent.objects.filter(email__iexact=value).exists()
    )


def conversation_of(
    identity: Identity,
    *,
    message: InboundMessage,
    reference: Case | None,
    claimed: Address | None = None,
) -> Conversation:
    """The sender's own thread, locked. Through a shared identity every thread is its own person,
    `claimed` being who that is said to be."""
    if identity.customer is None:
        return _shared_thread(identity, message, reference, claimed)
    return thread_of(survivor(identity.customer))


def survivor(customer: Customer) -> Customer:
    """The customer that this one was merged into, at the end of the chain."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer


def thread_of(customer: Customer) -> Conversation:
    """A customer's thread, made with the first message, locked."""
    while (found := Conversation.objects.locked_of(customer.pk)) is None:
        Conversation.objects.bulk_create([Conversation(customer=customer)], ignore_conflicts=True)
    return found


def _shared_thread(
    identity: Identity, message: InboundMessage, reference: Case | None, claimed: Address | None
) -> Conversation:
    if reference is not None and reference.conversation.customer.writes_through(identity):
        return Conversation.objects.locked_with(reference)
    same = _copy_of(message, identity, claimed)
    if same is not None:
        return Conversation.objects.locked(same)
    name = message.sender.name or (message.reply_to.name if message.reply_to else "")
    return thread_of_nobody(identity, name=name, claimed=claimed)


def _copy_of(message: InboundMessage, identity: Identity, claimed: Address | None) -> int | None:
    """The thread that this very mail opened when it reached another of our addresses."""
    if not message.message_id:
        return None
    same = Message.objects.filter(
        message_id=message.message_id[:998],
        identity=identity,
        text=message.text,
        sent_at=message.sent_at,
    )
    if claimed is not None:
        same = same.filter(params__claimed=claimed.value)
    return same.order_by("id").values_list("conversation", flat=True).first()


def thread_of_nobody(
    identity: Identity, *, name: str = "", claimed: Address | None = None
) -> Conversation:
    """A new thread through a shared identity: a customer of its own, and who it is said to be."""
    if claimed is not None:
        name = claimed.name or claimed.value
    customer = Customer.objects.create(name=name[:200], via=identity)
    if claimed is not None:
        Claim.objects.create(customer=customer, kind=claimed.kind, value=claimed.value)
    return thread_of(customer)
