"""Customers who may be the same person: suggested to agents, never merged by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from conversations.models import (
    Agent,
    Case,
    Claim,
    Customer,
    Identity,
    IdentityKind,
    Rearrangement,
    RearrangementKind,
)

MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Another customer, by the latest of their cases that the agent sees, and why.

    `code`: `claims_address` (one gave an address that is the other's) or
    `same_name_and_address` (both gave the same one, under the same name).
    """

    case: Case
    code: str
    address: str


def suggest(customer: Customer, agent: Agent) -> list[Suggestion]:
    """Who else this customer may be, as far as the agent sees them; at most MOST.

    Nobody is suggested whom an agent took apart from them before, nor for an address that
    somebody wrote under without passing its check.
    """
    found = {**_same_name(customer), **_claimed(customer)}
    for other in _apart(customer):
        found.pop(other, None)
    cases = Case.objects.visible_to(agent).filter(conversation__customer__in=list(found))
    latest = cases.order_by("conversation", "-last_message_at", "-pk").distinct("conversation")
    shown = latest.select_related("conversation__customer")[:MOST]
    return [_suggestion(case, *found[case.conversation.customer_id]) for case in shown]


def _suggestion(case: Case, code: str, address: str) -> Suggestion:
    return Suggestion(case=case, code=code, address=address)


def _claimed(customer: Customer) -> dict[int, tuple[str, str]]:
    """Owners of what this one gave, and those who gave what is this one's."""
    forged = {i.value for i in customer.identities.all() if i.kind == IdentityKind.UNPROVEN_EMAIL}
    given = [claim for claim in customer.claims.all() if claim.value not in forged]
    owned = [i for i in customer.identities.all() if i.kind != IdentityKind.UNPROVEN_EMAIL]
    owners = Identity.objects.filter(_any_of(given), is_shared=False, customer__isnull=False)
    owners = owners.exclude(customer=customer)
    givers = Claim.objects.filter(_any_of(owned)).exclude(customer=customer)
    liars = Identity.objects.filter(
        kind=IdentityKind.UNPROVEN_EMAIL,
        value__in=[identity.value for identity in owned],
        customer__isnull=False,
    )
    honest = givers.exclude(customer__in=liars.values("customer"))
    pairs = [
        *owners.values_list("customer", "value")[:MOST],
        *honest.values_list("customer", "value")[:MOST],
    ]
    return {other: ("claims_address", value) for other, value in pairs}


def _same_name(customer: Customer) -> dict[int, tuple[str, str]]:
    """Who gave the same address under the same name."""
    if not customer.name.strip():
        return {}
    same = Claim.objects.filter(
        _any_of(list(customer.claims.all())), customer__name__iexact=customer.name
    ).exclude(customer=customer)
    pairs = same.values_list("customer", "value")[:MOST]
    return {other: ("same_name_and_address", value) for other, value in pairs}


def _any_of(rows: list[Claim] | list[Identity]) -> Q:
    wanted = Q(pk=None)
    for row in rows:
        wanted |= Q(kind=row.kind, value=row.value)
    return wanted


def _apart(customer: Customer) -> set[int]:
    """With whom they were merged, and taken apart again."""
    undone = Rearrangement.objects.filter(
        Q(survivor__customer=customer) | Q(loser__customer=customer),
        kind=RearrangementKind.CUSTOMERS,
    ).exclude(undone_at=None)
    pairs = undone.values_list("survivor__customer", "loser__customer")
    return {one for pair in pairs for one in pair}
