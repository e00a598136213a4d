"""The customer panel: who they are, how to reach them, what else there was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conversations.adapters.base import Face
from conversations.models import Agent, Case, Claim, Customer, Identity, IdentityKind
from inbox import languages, texts
from inbox.reads import clocks
from inbox.reads.faces import face_of
from inbox.reads.people import address_of

SHOWN = 5
"""Earlier cases on the panel."""
CHANNEL_OF = {
    IdentityKind.EMAIL: "email",
    IdentityKind.UNPROVEN_EMAIL: "email",
    IdentityKind.PHONE: "sms",
    IdentityKind.VISITOR: "chat",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A way to reach the customer: `state` is verified, unchecked, failed, claimed or off, and
    `why` says what is off about it."""

    face: Face
    value: str
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    customer: Customer
    contacts: list[Contact]
    number_of_cases: int
    earlier: list[Case]
    owning: list[Case]
    """Latest cases of the customers whose addresses this one claims, for comparison."""
    claiming: list[Case]
    """Latest cases of others who merely claim the same address."""
    first_at: datetime

    @property
    def since(self) -> str:
        return date_format(timezone.localtime(self.first_at), "Y")


def about(customer: Customer) -> str:
    """Denver, 12:36 local, English: as far as it is known."""
    told = (customer.place, _local(customer), languages.named(customer.language))
    return ", ".join(filter(None, told))


def _local(customer: Customer) -> str:
    try:
        there = timezone.localtime(timezone.now(), ZoneInfo(customer.time_zone))
    except (KeyError, ValueError):
        return ""
    return _("%(time)s local") % {"time": date_format(there, "H:i")}


def read(case: Case, cases: list[Case], agent: Agent) -> Panel:
    """The panel beside a case; `cases` are the conversation's other readable ones."""
    customer = case.conversation.customer
    past = sorted(cases, key=_latest, reverse=True)
    return Panel(
        customer=customer,
        contacts=contacts(customer),
        number_of_cases=len(cases) + 1,
        earlier=past[:SHOWN],
        owning=_owning(customer, agent),
        claiming=_claiming(customer, agent),
        first_at=min(customer.created_at, *(known.opened_at for known in [case, *cases])),
    )


def _owning(customer: Customer, agent: Agent) -> list[Case]:
    """One readable case of each customer who owns an address that this one merely claims."""
    owned = Q()
    for claim in customer.claims.all():
        owned |= Q(identities__kind=claim.kind, identities__value=claim.value)
    return _latest_of(Customer.objects.filter(owned), customer, agent) if owned else []


def _claiming(customer: Customer, agent: Agent) -> list[Case]:
    """One readable case of each customer who merely claims an address that is this one's, or that
    this one claims as well."""
    given = Q()
    known = [(i.kind, i.value) for i in customer.identities.all()]
    for kind, value in {*known, *((c.kind, c.value) for c in customer.claims.all())}:
        given |= Q(claims__kind=kind, claims__value=value)
    claiming = Customer.objects.filter(given, claims__confirmed_at=None)
    return _latest_of(claiming, customer, agent) if given else []


def _latest_of(others: QuerySet[Customer], customer: Customer, agent: Agent) -> list[Case]:
    theirs = Case.objects.visible_to(agent).filter(
        conversation__customer__in=others.exclude(pk=customer.pk)
    )
    latest = theirs.order_by("conversation", "-last_message_at", "-id").distinct("conversation")
    return list(latest.select_related("conversation__customer")[:SHOWN])


def _latest(case: Case) -> datetime:
    return case.last_message_at


def contacts(customer: Customer) -> list[Contact]:
    ways = [identity for identity in customer.identities.all() if identity.kind in CHANNEL_OF]
    known = [_of_identity(identity) for identity in sorted(ways, key=_age)]
    values = {contact.value for contact in known}
    claims = sorted(customer.claims.all(), key=_age)
    return known + [_of_claim(claim) for claim in claims if claim.value not in values]


def _age(row: Identity | Claim) -> int:
    return row.pk


def _of_identity(identity: Identity) -> Contact:
    if identity.unreachable_code:
        state = "off"
    elif identity.kind == IdentityKind.UNPROVEN_EMAIL:
        state = "failed"
    else:
        state = "verified" if identity.verified_at else "unchecked"
    face = _face(identity.kind)
    why = texts.short(identity.unreachable_code, kind=face.kind)
    return Contact(face=face, value=address_of(identity) or str(face.label), state=state, why=why)


def _of_claim(claim: Claim) -> Contact:
    return Contact(
        face=_face(claim.kind),
        value=claim.value,
        state="verified" if claim.confirmed_at else "claimed",
    )


def _face(kind: str) -> Face:
    return face_of(CHANNEL_OF.get(IdentityKind(kind), ""))


def solved_in(case: Case) -> str:
    """How long it took, roundly; nothing where it took no time, as with imported history."""
    span = (case.resolved_at or case.opened_at) - case.opened_at
    if span < timedelta(minutes=1):
        return ""
    if span < timedelta(hours=1) or span >= timedelta(days=1):
        return clocks.spell(span, wide=True)
    hours = round(span / timedelta(hours=1))
    return f"{hours} h"
