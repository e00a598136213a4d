"""What the upload page knows when it opens. Whoever has the link reads it: so a first name and a
masked address, and nothing of the conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_video import links, words
from channels_video.links import State
from channels_video.models import UploadLink, VideoSettings
from conversations.adapters.messages import IdentityKind
from conversations.models import Channel, Identity, Workspace

MODULES = tuple(
    f"channels_video/js/{name}.js"
    for name in ("dom", "ask", "clip", "tus", "note", "awake", "send")
)
"""What page.js imports: fetched at once, not one after another."""
MB, GB = 1024**2, 1024**3
TWO_HOURS = 120


def company_of(channel: Channel | None = None) -> dict[str, str]:
    name = Workspace.objects.current().name or str(channel or "")
    return {"company": name, "initial": name[:1].upper()}


def context(link: UploadLink, token: str, state: State) -> dict[str, Any]:
    settings, case = link.channel.video_settings, links.case_of(link)
    house = company_of(link.channel)
    company = house["company"]
    who = (link.asked_by.first_name if link.asked_by else "") or company
    texts = words.of(settings, link.language, who=who, limits=limits(settings))
    return {
        "link": link,
        "state": state,
        **house,
        "who": who,
        "name": case.conversation.customer.name.split(" ")[0],
        "texts": texts,
        "kept_days": settings.kept_days,
        "team": case.team.name,
        "wait": _wait(link),
        "to": _to(link.identity),
        "portal": _portal(),
        "received": link.uploads.exclude(finished_at=None).order_by("-finished_at"),
        "modules": MODULES,
        "start": {
            "files": f"/u/{token}/files",
            "note": f"/u/{token}/note",
            "largest": settings.largest_size,
            "longest": settings.longest_seconds,
            "words": words.said(limits=limits(settings)),
        },
    }


def limits(settings: VideoSettings) -> str:
    """`5 min, 1 GB`, as people say it."""
    minutes, seconds = divmod(settings.longest_seconds, 60)
    length = (
        _("%(n)s min") % {"n": minutes} if minutes and not seconds else f"{minutes}:{seconds:02}"
    )
    return f"{length}, {size(settings.largest_size)}"


def size(number: int) -> str:
    large = number >= GB
    return f"{number / (GB if large else MB):.3g} {'GB' if large else 'MB'}"


def _wait(link: UploadLink) -> str:
    """Until when we aim to answer, by the target that a message by this link is under."""
    target: timedelta = link.channel.reply_target
    minutes = max(1, round(target.total_seconds() / 60))
    if minutes < TWO_HOURS:
        said = ngettext(
            "Within %(n)s minute, in our hours", "Within %(n)s minutes, in our hours", minutes
        )
        return said % {"n": minutes}
    hours = round(minutes / 60)
    said = ngettext("Within %(n)s hour, in our hours", "Within %(n)s hours, in our hours", hours)
    return said % {"n": hours}


def _portal() -> str:
    """Where customers see the whole thread, once they have proven who they are."""
    try:
        return reverse("portal:home")
    except NoReverseMatch:
        return ""


def _to(identity: Identity) -> str:
    """Where the answer goes, so that its owner knows it and nobody else does."""
    local, at, domain = identity.value.rpartition("@")
    if at:
        return _("To %(address)s") % {"address": f"{local[:1]}•••@{domain}"}
    if identity.kind == IdentityKind.PHONE:
        return _("To %(address)s") % {"address": f"•••{identity.value[-3:]}"}
    return _("Where you got this link")
