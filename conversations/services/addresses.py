"""Addresses of a customer that an agent knows: from a phone call, a letter, a business card."""

from __future__ import annotations

from django.db import transaction
from django.db.models import ProtectedError

from conversations import events
from conversations.adapters import registry
from conversations.adapters.messages import Address, IdentityKind
from conversations.models import Agent, Case, ChangeKind, Conversation, Identity
from conversations.services import profile, threads, who
from conversations.services.errors import Refused

TYPED = (IdentityKind.EMAIL, IdentityKind.PHONE)
"""Kinds that somebody can type."""


def add(*, customer_id: int, agent: Agent, typed: str) -> Identity:
    """Note how a customer can be reached, as not checked; what comes from there is theirs.

    For who works one of the customer's cases: raises Conversation.DoesNotExist for others. Raises
    Refused where it is no address, one of ours, or somebody's already.
    """
    with transaction.atomic():
        address = _parsed(customer_id, agent, typed)
        who.lock_address(address.kind, address.value)
        thread, case = profile.locked(customer_id, agent)
        _refuse_if_known(thread, agent, address)
        identity = Identity.objects.create(
            customer=thread.customer, kind=address.kind, value=address.value, is_noted=True
        )
        _tell(thread, case, agent, "address_added", address.value)
        return identity


def remove(*, identity_id: int, agent: Agent) -> None:
    """Take `add` back, as long as nothing was written from there or sent there.

    Raises Identity.DoesNotExist, Refused("address_used") also where it was proven meanwhile.
    """
    with transaction.atomic():
        asked = Identity.objects.get(pk=identity_id)
        who.lock_address(IdentityKind(asked.kind), asked.value)
        identity = Identity.objects.get(pk=identity_id)
        if identity.customer is None:
            raise Refused("address_used")
        thread, case = profile.locked(identity.customer.pk, agent)
        if identity.verified_at:
            raise Refused("address_used")
        try:
            identity.delete()
        except ProtectedError as used:
            raise Refused("address_used") from used
        _tell(thread, case, agent, "address_removed", identity.value)


def _parsed(customer_id: int, agent: Agent, typed: str) -> Address:
    profile.locked(customer_id, agent)  # rights before values
    kinds = {adapter.identity_kind: adapter for adapter in registry.adapters()}
    found = [kinds[kind].parse_address(typed.strip()) for kind in TYPED if kind in kinds]
    address = next((one for one in found if one is not None), None)
    if address is None:
        raise Refused("not_an_address", typed=typed.strip()[:100])
    if who.is_nobody(address.kind, address.value):
        raise Refused("own_address", address=address.value)
    return address


def _refuse_if_known(thread: Conversation, agent: Agent, address: Address) -> None:
    known = Identity.objects.filter(kind=address.kind, value=address.value).first()
    if known is None:
        return
    if known.customer is None:
        raise Refused("address_shared", address=address.value)
    owner = who.survivor(known.customer)
    if owner.pk == thread.customer_id:
        raise Refused("address_known", address=address.value)
    if Conversation.objects.visible_to(agent).filter(customer=owner).exists():
        raise Refused("address_of_other", address=address.value, customer=str(owner))
    raise Refused("address_of_somebody", address=address.value)


def _tell(thread: Conversation, case: Case, agent: Agent, code: str, value: str) -> None:
    threads.add_activity(thread, case, code, agent=agent, params={"address": value})
    # of no case: every row and panel of theirs shows it
    events.record_change(thread, ChangeKind.CUSTOMER)
