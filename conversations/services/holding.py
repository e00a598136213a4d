"""Which addresses prove who somebody is: whoever reads there is that customer, and nobody else."""

from __future__ import annotations

from conversations.adapters.messages import IdentityKind
from conversations.models import Identity, Message
from conversations.services import who

PROVING = frozenset({IdentityKind.EMAIL, IdentityKind.PHONE})
"""What can be held by one person alone, and written to."""


def is_ones_own(identity: Identity) -> bool:
    """Not a claim, not one that many write through or seem to, not one of ours; and theirs by more
    than an agent's word, who may have mistyped it: checked once, or written from."""
    if identity.kind not in PROVING or identity.customer_id is None or identity.is_shared:
        return False
    if identity.is_noted or identity.suggested_at is not None:
        return False  # also once something came from there: a stranger may answer as well
    if who.is_nobody(identity.address.kind, identity.value):
        return False
    return identity.verified_at is not None or _has_written(identity)


def _has_written(identity: Identity) -> bool:
    said = Message.objects.filter(identity=identity, is_unconfirmed=False)
    return said.exclude(grade="fail").exists()
