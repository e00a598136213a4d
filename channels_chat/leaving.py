"""A visitor who has gone: said in their case, so that nobody waits for them to read."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from channels_chat import saying, visitors
from channels_chat.models import Visitor
from conversations.adapters import registry
from conversations.models import Conversation, Kind, Message, Status
from conversations.services import threads

CODE = "left_chat"
AFTER = timedelta(seconds=30)
"""Who goes from page to page is back by then."""
FRESH = timedelta(hours=1)
"""Of a chat that has been silent for longer nobody wonders."""
MOST = 100


def sweep() -> int:
    """Tell of those who left. Returns how many were told of."""
    gone = Visitor.objects.filter(is_leave_told=False, left_at__lt=Now() - AFTER)
    return sum(_tell(pk) for pk in gone.order_by("left_at").values_list("pk", flat=True)[:MOST])


def _tell(visitor_id: int) -> bool:
    visitor = Visitor.objects.select_related("channel").get(pk=visitor_id)
    known = visitors.conversation_of(visitor)
    with transaction.atomic():
        conversation = Conversation.objects.locked(known.pk) if known else None
        mine = Visitor.objects.filter(pk=visitor_id, is_leave_told=False, left_at__isnull=False)
        is_gone = bool(mine.update(is_leave_told=True))
        if conversation is None or not is_gone:
            return False
        case = saying.last_case(visitor, conversation)
        if case is None or case.status != Status.OPEN or not _is_fresh(visitor, case.pk):
            return False
        threads.add_activity(conversation, case, CODE)
        return True


def _is_fresh(visitor: Visitor, case_id: int) -> bool:
    """Whether the case is still on this chat, and was lately: a film by a link leads nobody away
    from it."""
    said = Message.objects.filter(case=case_id, kind=Kind.MESSAGE, sorted_at__gt=Now() - FRESH)
    aside = [one.kind for one in registry.adapters() if one.describe().receives_only]
    spoken = said.exclude(channel__kind__in=aside).order_by("-sorted_at", "-id")
    return spoken.values_list("channel", flat=True).first() == visitor.channel_id
