"""Names, initials and colours of the people on a page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from conversations.models import Agent, Customer, Identity
from conversations.models.identity import READABLE

HUES = 12
"""Number of `.hue-n` classes in parts.css."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an avatar. `hue` picks one of the avatar colours."""

    name: str
    hue: int
    address: str = ""

    @property
    def initials(self) -> str:
        words = [word for word in self.name.replace("@", " ").split() if word[0].isalnum()]
        if not words:
            return "?"
        return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else self.name


def of_agent(agent: Agent) -> Person:
    return Person(name=str(agent), hue=agent.pk * 7 % HUES, address=agent.email)


def of_customer(customer: Customer, address: str = "") -> Person:
    name = customer.name or address or _("Visitor")
    return Person(name=name, hue=customer.pk * 5 % HUES, address=address)


def of_identity(identity: Identity, name: str = "") -> Person:
    """A sender: under the name they wrote, else the identity's, else the bare address."""
    number = identity.customer_id or identity.pk
    address = address_of(identity)
    name = name or identity.name or address or _("Visitor")
    return Person(name=name, hue=number * 5 % HUES, address=address)


def address_of(identity: Identity) -> str:
    return identity.value if identity.kind in READABLE else ""


def of_mailbox(name: str) -> Person:
    """Who wrote from a mailbox of ours and is no agent that we know."""
    return Person(name=name or _("The mailbox"), hue=0)


def house() -> Person:
    """The author of what nobody wrote."""
    return Person(name=_("Automatic"), hue=0)
