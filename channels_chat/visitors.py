"""Who visits, by the token that their browser shows. Only its SHA-256 is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from channels_chat.box import VISITOR
from channels_chat.models import ChatSettings, Visitor
from conversations import events
from conversations.adapters.messages import IdentityKind
from conversations.models import Channel, Conversation, Identity
from conversations.services import who

GOOD_FOR = timedelta(days=180)
"""After it was last shown."""
SPARED = timedelta(hours=1)
"""What was shown so soon after the last time is not written down again."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def start(channel: Channel, *, language: str = "") -> tuple[Visitor, str]:
    """A new visitor and their token, which nobody can be told again."""
    token = new_token()
    visitor = Visitor.objects.create(
        channel=channel, token_hash=digest(token), language=language[:16]
    )
    return visitor, token


def by_token(settings: ChatSettings, token: object) -> Visitor | None:
    """Whose token this is, in this chat alone; None for everything else."""
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return None
    return by_digest(settings, digest(token))


def by_digest(settings: ChatSettings, token_hash: str) -> Visitor | None:
    """With the chat as it was read before, which who asks so often need not read each time; but
    for whether it is paused."""
    mine = Visitor.objects.filter(channel=settings.channel_id, token_hash=token_hash)
    mine = mine.filter(shown_at__gt=Now() - GOOD_FOR)
    found = mine.annotate(is_on=F("channel__is_active")).first()
    if found is not None:
        found.channel, settings.channel.is_active = settings.channel, found.is_on
        found.channel.chat_settings = settings
    return found


def note_shown(visitor: Visitor) -> None:
    """The token was shown: it is good for as long again. Mostly writes nothing."""
    mine = Visitor.objects.filter(pk=visitor.pk)
    is_old = Q(shown_at__lt=Now() - SPARED) | Q(left_at__isnull=False)
    mine.filter(is_old).update(shown_at=Now(), left_at=None, is_leave_told=True)


def note_left(visitor_id: int) -> None:
    """Nobody looks any more."""
    here = Visitor.objects.filter(pk=visitor_id, left_at=None, since__isnull=False)
    here.update(left_at=Now(), is_leave_told=False)


def rotate(visitor: Visitor) -> str:
    """A new token in place of the old one, which is dead at once."""
    token = new_token()
    visitor.token_hash = digest(token)
    Visitor.objects.filter(pk=visitor.pk).update(token_hash=visitor.token_hash, shown_at=Now())
    events.nudged(VISITOR, visitor.pk)
    return token


def give_up(visitor: Visitor) -> None:
    """Nobody is this visitor any more; what was said stays with the customer."""
    Visitor.objects.filter(pk=visitor.pk).update(token_hash="", left_at=Now())
    events.nudged(VISITOR, visitor.pk)


def identity_of(visitor: Visitor) -> Identity | None:
    """None before the first message."""
    rows = Identity.objects.select_related("customer__conversation")
    return rows.filter(kind=IdentityKind.VISITOR, value=visitor.value).first()


def conversation_of(visitor: Visitor) -> Conversation | None:
    """The thread of the customer whom the visitor is; None before the first message."""
    identity = identity_of(visitor)
    if identity is None or identity.customer is None:
        return None
    customer = who.survivor(identity.customer)
    found: Conversation | None = getattr(customer, "conversation", None)
    return found
