"""The frame's page and the loader: what a site's visitors load from us."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings as house
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import override
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from channels_chat import colours, mail, origins, preview
from channels_chat.models import ChatSettings
from channels_chat.start import start
from channels_chat.words import words
from conversations.adapters import registry

LOADER = "channels_chat/loader.js"
SCRIPTS = tuple(
    f"channels_chat/js/{name}.js"
    for name in (
        "dom", "store", "state", "unsent", "wire", "thread", "host", "said", "feed", "draw",
        "composer", "uploads", "cards", "home", "chat", "emoji",
    )
)  # fmt: skip
"""What frame.js imports: fetched at once, not one after another."""
THEMES = {"light", "dark"}
LOADER_KEPT = 60 * 60
"""Seconds that browsers keep the loader."""


@require_safe
@xframe_options_exempt
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """The chat, for a page of `?site=`. Elsewhere than on an allowed site nothing is shown."""
    settings = origins.settings_of(key)
    site = request.GET.get("site", "")
    if settings is None or not origins.may_open(settings, origin=site, host=request.get_host()):
        return _framed(HttpResponse(status=404 if settings is None else 403), ["'none'"])
    if signed := request.GET.get("draft", ""):
        preview.apply(settings, signed)
    locale = _locale(request, settings)
    with override(locale):
        response = render(request, "channels_chat/frame.html", _context(request, settings, site))
    response.headers["Cache-Control"] = "private, no-cache"
    return _framed(response, origins.ancestors(settings))


@require_safe
def here(request: HttpRequest, key: str) -> HttpResponse:
    """The chat as a page of ours, for whoever came by a link."""
    settings = origins.settings_of(key)
    if settings is None:
        return HttpResponse(status=404)
    site = f"{request.scheme}://{request.get_host()}"
    locale = _locale(request, settings)
    with override(locale):
        context = _context(request, settings, site)
        context["start"]["here"] = True
        response = render(request, "channels_chat/frame.html", context)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _framed(response: HttpResponse, ancestors: list[str]) -> HttpResponse:
    response._csp_replace = {"frame-ancestors": ancestors}  # type: ignore[attr-defined]  # noqa: SLF001  # django-csp's own seam
    return response


def _locale(request: HttpRequest, settings: ChatSettings) -> str:
    """The page's language where we speak it, else the channel's own."""
    asked = request.GET.get("lang", "")[:2].lower()
    return asked if asked in dict(house.LANGUAGES) else settings.channel.language[:2]


def _context(request: HttpRequest, settings: ChatSettings, site: str) -> dict[str, Any]:
    locale = _locale(request, settings)
    begin, mail_to = start(settings, locale=locale), _mail_to(settings)
    theme = request.GET.get("theme", "")
    return {
        "start": {
            **begin,
            "team": {"state": "away"} if request.GET.get("as") == "away" else None,
            "site": site,
            "shades": colours.shades(settings.brand),
            "words": words(),
            "mails": bool(mail_to),
        },
        "name": begin["name"],
        "initial": begin["name"][:1].upper(),
        "greeting": begin["greeting"],
        "language": locale,
        "theme": theme if theme in THEMES else "",
        "mail_to": mail_to,
        "modules": SCRIPTS,
    }


def _mail_to(settings: ChatSettings) -> str:
    """Where a visitor who would rather write a mail does so."""
    channel = mail.channel_of(settings)
    if channel is None:
        return ""
    addresses = registry.adapter_for(channel.kind).sender_addresses(channel.pk)
    return addresses[0].value if addresses else ""


@require_safe
def loader(request: HttpRequest) -> HttpResponse:
    """One fixed address for every site, for as long as there are sites that name it."""
    plain, packed = _loader()
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if is_packed else plain, content_type="text/javascript")
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    response.headers["Cache-Control"] = f"public, max-age={LOADER_KEPT}"
    response.headers["Access-Control-Allow-Origin"] = "*"  # for a site that checks its hash
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@lru_cache(1)
def _loader() -> tuple[bytes, bytes]:
    """Without its comments: as it is, and compressed."""
    written = Path(str(finders.find(LOADER))).read_text(encoding="utf-8")
    plain = re.sub(r"(?m)^ *//.*\n", "", written).encode()
    return plain, gzip.compress(plain, 9, mtime=0)
