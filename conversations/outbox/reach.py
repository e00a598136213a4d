"""What deliveries teach about an address: that it is nobody's any more, or good again."""

from __future__ import annotations

from collections.abc import Iterable

from conversations import events
from conversations.models import ChangeKind, Conversation, Identity


def judge(conversation: Conversation, addresses: Iterable[str], code: str) -> None:
    """Remember why these addresses reach nobody, or with "" that they may. Says so in the thread,
    which is locked, where that is news."""
    values = {address.lower() for address in addresses}
    known = Identity.objects.filter(value__in=values).exclude(unreachable_code=code)
    if values and known.update(unreachable_code=code):
        events.record_change(conversation, ChangeKind.CUSTOMER)
