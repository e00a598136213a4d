"""Third parties: whom we write to about a case beside its customer, and who answer in it.

What passes between them and us is *aside*: no answer to the customer, and nothing of theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from conversations.adapters import registry
from conversations.models import Agent, BlockedSender, Case, Identity, Message
from conversations.services.errors import Refused


def third_parties(case: Case) -> set[str]:
    """The addresses that we wrote to aside in this case."""
    said = case.messages.filter(is_aside=True, identity=None, cancelled_at=None)
    lines = said.values_list("addressees", flat=True)
    return {one["address"].lower() for addressees in lines for one in addressees}


def is_for_third_party(case: Case, addressees: Iterable[Mapping[str, str]]) -> bool:
    """Whether a message goes to third parties of the case alone: every To, and not the customer."""
    given = list(addressees)
    to = {one["address"].lower() for one in given if one["role"] == "to"}
    if not to or not to <= third_parties(case):
        return False
    return not any(is_customers(case, one["address"]) for one in given)


def is_answered_by(case: Case, address: str, references: Sequence[str]) -> bool:
    """Whether what this address writes answers something said aside: by the nearest message that
    it names, else by whom we wrote to."""
    wanted = list(references)[:50]
    named = dict(
        Message.objects.filter(conversation=case.conversation_id, message_id__in=wanted)
        .order_by("pk")
        .values_list("message_id", "is_aside")
    )
    known = next((named[one] for one in wanted if one in named), None)
    return address.lower() in third_parties(case) if known is None else known


def is_customers(case: Case, address: str) -> bool:
    """Whether the case's customer is, or says to be, reached there."""
    customer = case.conversation.customer
    if customer.via is not None and customer.via.value.lower() == address.lower():
        return True
    own = Identity.objects.filter(customer=customer, value__iexact=address)
    return own.exists() or customer.claims.filter(value__iexact=address).exists()


def refuse_unless_third_parties(case: Case, addresses: Collection[str]) -> None:
    """Raises Refused for the customer, one of ourselves, and whom nobody wants to hear from."""
    for address in addresses:
        if _mailbox(address) in registry.own_addresses():
            raise Refused("own_address", address=address)
        if is_customers(case, address):
            raise Refused("aside_to_customer", address=address)
        if Agent.objects.filter(email__iexact=address, is_active=True).exists():
            raise Refused("aside_to_colleague", address=address)
        if BlockedSender.objects.covers(address):
            raise Refused("aside_to_blocked", address=address)


def _mailbox(address: str) -> str:
    """Without what is added behind a plus: our reply tokens, for one."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}".lower()
