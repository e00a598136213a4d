"""Whether an address is one person or nobody in particular."""

from __future__ import annotations

from django.db import transaction

from conversations import events
from conversations.adapters.messages import IdentityKind
from conversations.models import Agent, Case, ChangeKind, Conversation, Customer, Identity
from conversations.services import threads, who
from conversations.services.errors import Refused


def mark_shared(*, identity_id: int, agent: Agent) -> Identity:
    """From now on each thread through this address is a customer of its own.

    Who it was until now keeps their conversation and is answered through the address.
    """
    with transaction.atomic():
        conversation, identity = _locked(identity_id, agent)
        if identity.customer is None:
            raise Refused("already_shared")
        _share(identity, who.survivor(identity.customer))
        _tell(conversation, identity, agent, "identity_shared")
        return identity


def share(identity: Identity) -> Identity:
    """Mark as shared what turns out to write for others. The caller holds the address's lock."""
    if identity.customer is not None:
        owner = who.survivor(identity.customer)
        conversation = _thread(owner)
        _share(identity, owner)
        _tell(conversation, identity, None, "identity_shared_itself")
    return identity


def _share(identity: Identity, owner: Customer) -> None:
    Customer.objects.filter(pk=owner.pk).update(via=identity)
    identity.customer, identity.is_shared, identity.suggested_at = None, True, None
    identity.save(update_fields=["customer", "is_shared", "suggested_at"])


def mark_personal(*, identity_id: int, agent: Agent) -> Identity:
    """Take `mark_shared` back: the address is the first person again who wrote through it.

    Later threads through it stay customers of their own, answered at the same address.
    """
    with transaction.atomic():
        conversation, identity = _locked(identity_id, agent)
        if identity.customer is not None:
            raise Refused("not_shared")
        owner = _first_owner(identity) or Customer.objects.create(name=identity.name)
        Customer.objects.filter(pk=owner.pk).update(via=None)
        identity.customer, identity.is_shared = owner, False
        identity.save(update_fields=["customer", "is_shared"])
        _tell(conversation, identity, agent, "identity_personal")
        return identity


def keep_personal(*, identity_id: int, agent: Agent) -> Identity:
    """Many names or not, it is one person: never suggested as shared again."""
    with transaction.atomic():
        conversation, identity = _locked(identity_id, agent)
        if identity.is_shared:
            raise Refused("already_shared")
        identity.is_one_person, identity.suggested_at = True, None
        identity.save(update_fields=["is_one_person", "suggested_at"])
        if conversation is not None:
            events.record_change(conversation, ChangeKind.CUSTOMER)
        return identity


def _locked(identity_id: int, agent: Agent) -> tuple[Conversation | None, Identity]:
    """The address first, then the thread: intake takes them in this order too."""
    if not agent.is_admin:
        raise Refused("admins_only")
    asked = Identity.objects.get(pk=identity_id)
    who.lock_address(IdentityKind(asked.kind), asked.value)
    identity = Identity.objects.select_related("customer").get(pk=identity_id)
    owner = identity.customer or _first_owner(identity)
    conversation = _thread(who.survivor(owner)) if owner else None
    return conversation, identity


def _first_owner(identity: Identity) -> Customer | None:
    return Customer.objects.filter(via=identity, merged_into=None).order_by("id").first()


def _thread(customer: Customer) -> Conversation | None:
    found = Conversation.objects.filter(customer=customer).first()
    return Conversation.objects.locked(found.pk) if found else None


def _tell(
    conversation: Conversation | None, identity: Identity, agent: Agent | None, code: str
) -> None:
    """A line in the customer's latest case, and a change of the panel beside it."""
    if conversation is None:
        return
    case = Case.objects.filter(conversation=conversation).order_by("-last_message_at").first()
    if case is not None:
        params: dict[str, object] = {"address": identity.value}
        threads.add_activity(conversation, case, code, agent=agent, params=params)
    events.record_change(conversation, ChangeKind.CUSTOMER)
