"""Upload links: 256 random bits that are the page's only credential. Only their SHA-256 is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from enum import StrEnum

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from channels_video.models import UploadLink, VideoSettings
from conversations.adapters.base import Invitation
from conversations.models import Agent, Case, Identity
from conversations.services import colleagues

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class State(StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def address(token: str) -> str:
    """Never made from what a request says about its host."""
    return colleagues.public_url(f"/u/{token}/")


def make(
    *, channel_id: int, case: Case, identity: Identity, agent: Agent | None, language: str
) -> tuple[UploadLink, str]:
    """A link and its token, which nobody can be told again."""
    token = secrets.token_urlsafe(32)
    days = VideoSettings.objects.values_list("link_days", flat=True).get(channel=channel_id)
    link = UploadLink.objects.create(
        digest=digest(token),
        channel_id=channel_id,
        case=case,
        identity=identity,
        asked_by=agent,
        language=language[:16],
        expires_at=timezone.now() + timedelta(days=days),
    )
    return link, token


def invitation(
    *, channel_id: int, case: Case, identity: Identity, agent: Agent | None, language: str
) -> Invitation:
    link, token = make(
        channel_id=channel_id, case=case, identity=identity, agent=agent, language=language
    )
    url = address(token)
    with override(language[:2] or None):
        until = date_format(timezone.localtime(link.expires_at), _("j F"))
        text = _(
            "Please show us in a short video what happens. No app, no login:\n"
            "%(url)s\n"
            "The link works until %(until)s."
        ) % {"url": url, "until": until}
    return Invitation(url=url, text=text, number=link.pk)


def named(token: str) -> UploadLink | None:
    """The link of a token, in whatever state; None for anything else.

    What is looked up is a digest, so how long it takes tells nothing about any other token.
    """
    if not _TOKEN.fullmatch(token):
        return None
    rows = UploadLink.objects.select_related(
        "channel__team", "channel__video_settings", "identity__customer", "asked_by"
    )
    return rows.filter(digest=digest(token)).first()


def state_of(link: UploadLink) -> State:
    if link.revoked_at is not None or not link.channel.is_active:
        return State.TAKEN_BACK
    return State.EXPIRED if link.expires_at <= timezone.now() else State.OPEN


def case_of(link: UploadLink) -> Case:
    """The case that it leads to today: where its own was merged into another, that one."""
    survivor = Case.objects.survivor_of(link.case_id)
    rows = Case.objects.select_related("team", "assignee", "conversation__customer")
    return rows.get(pk=survivor)


def note_opened(link: UploadLink) -> None:
    """The first time that its page was shown."""
    if link.opened_at is None:
        UploadLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=Now())


def take_back(number: int) -> bool:
    open_ones = UploadLink.objects.filter(pk=number, revoked_at=None)
    return bool(open_ones.update(revoked_at=Now()))
