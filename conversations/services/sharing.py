"""Addresses that look as if many people wrote through them: noticed cheaply, decided by admins."""

from __future__ import annotations

import re

from django.db.models.functions import Now

from conversations.adapters.messages import IdentityKind, InboundMessage, Origin
from conversations.models import Identity

MANY_NAMES = 4
"""So many different names under one address, the first included, are no single person's."""
MANY_REPLY_TOS = 3
_MACHINES = re.compile(
    r"(?:no|do[._-]?not|dont)[._-]?(?:reply|respond|responder|answer)|no[._-]?responder?"
    r"|nao[._-]?responda|ne[._-]?pas[._-]?repondre|(?:keine|nicht)[._-]?antwort(?:en)?"
    r"|(?:push)?notif(?:y|ications?)|mailer|alerts?|auto(?:mated|mailer)",
)


def is_machine(kind: IdentityKind, value: str) -> bool:
    """Local parts under which programs write, never a person: `no-reply@`, `notifications@`."""
    local = value.partition("@")[0].partition("+")[0]
    return kind is IdentityKind.EMAIL and _MACHINES.fullmatch(local) is not None


def notice(identity: Identity, message: InboundMessage) -> None:
    """Remember another name or Reply-To of an address; suggest it as shared when they are many.

    Costs a write only where there is something new, and never more than the few that are enough.
    The caller holds the address's lock.
    """
    if not _may_be_suggested(identity, message):
        return
    name, answers_to = message.sender.name[:200], _reply_to(message)
    is_new_name = bool(name) and not _is_known(name, [identity.name, *identity.other_names])
    is_new_reply_to = bool(answers_to) and answers_to not in identity.reply_tos
    if is_new_name:
        identity.other_names = [*identity.other_names, name]
    if is_new_reply_to:
        identity.reply_tos = [*identity.reply_tos, answers_to]
    if is_new_name or is_new_reply_to:
        _save(identity)


def _may_be_suggested(identity: Identity, message: InboundMessage) -> bool:
    is_open = not (identity.is_shared or identity.is_one_person or identity.suggested_at)
    is_ours = message.origin in {Origin.OWN, Origin.BOUNCE}
    return identity.kind == IdentityKind.EMAIL and is_open and not is_ours


def _reply_to(message: InboundMessage) -> str:
    given = message.reply_to
    return given.value[:320] if given and given.value != message.sender.value else ""


def _is_known(name: str, known: list[str]) -> bool:
    """Ana, Ana Ruiz and "Ruiz, Ana" are one person."""
    words = _words(name)
    return not words or any(words <= other or other <= words for other in map(_words, known))


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", name.casefold()))


def _save(identity: Identity) -> None:
    is_many = (
        len(identity.other_names) + 1 >= MANY_NAMES or len(identity.reply_tos) >= MANY_REPLY_TOS
    )
    Identity.objects.filter(pk=identity.pk).update(
        other_names=identity.other_names,
        reply_tos=identity.reply_tos,
        suggested_at=Now() if is_many else None,
    )
