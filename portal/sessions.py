"""Who reads: by the token that their browser shows. Only its SHA-256 is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from conversations.models import Case, Conversation, Identity
from conversations.services import holding, who
from portal import limits
from portal.models import Session

SPARED = timedelta(hours=1)
"""What was shown so soon after the last time is not written down again."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie() -> str:
    """`__Host-` keeps other hosts of the domain from setting it, and asks for TLS."""
    return "__Host-portal" if settings.SESSION_COOKIE_SECURE else "portal"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    request: HttpRequest, response: HttpResponse, identity: Identity, case: Case | None = None
) -> Session:
    """A new session for whoever proved this address, in place of what their browser had."""
    if (before := of(request)) is not None:
        end(before)
    token = secrets.token_urlsafe(32)
    session = Session.objects.create(token_hash=digest(token), identity=identity, case=case)
    Identity.objects.filter(pk=identity.pk).update(verified_at=Now())
    response.set_cookie(
        cookie(),
        token,
        max_age=limits.IDLE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return session


def of(request: HttpRequest) -> Session | None:
    """The session that this browser shows; None where it has none that is good."""
    token = request.COOKIES.get(cookie(), "")
    if not _TOKEN.fullmatch(token):
        return None
    wanted = digest(token)
    rows = Session.objects.select_related("identity__customer")
    found = rows.filter(token_hash=wanted, ended_at=None, shown_at__gt=Now() - limits.IDLE).first()
    if found is None or not hmac.compare_digest(found.token_hash, wanted):
        return None
    return found if holding.is_ones_own(found.identity) else None


def is_fresh(session: Session) -> bool:
    """Whether somebody looked by it lately enough, ended or not."""
    return session.shown_at > timezone.now() - limits.IDLE


def note_shown(session: Session) -> None:
    """It is good for as long again. Mostly writes nothing."""
    mine = Session.objects.filter(pk=session.pk)
    mine.filter(shown_at__lt=Now() - SPARED).update(shown_at=Now())


def end(session: Session, *, everywhere: bool = False) -> None:
    """Signed out here, or wherever this address is signed in."""
    mine = Q(identity=session.identity_id) if everywhere else Q(pk=session.pk)
    Session.objects.filter(mine, ended_at=None).update(ended_at=Now())


def conversation_of(session: Session) -> Conversation | None:
    """The thread of whoever has the address today; None where there is none yet."""
    customer = session.identity.customer
    if customer is None:
        return None
    return Conversation.objects.filter(customer=who.survivor(customer)).first()


def prune() -> int:
    """Forget sessions that ended or lie idle. Returns how many."""
    is_idle = Q(shown_at__lt=Now() - limits.IDLE) | Q(ended_at__lt=Now() - timedelta(days=1))
    return Session.objects.filter(is_idle).delete()[0]
