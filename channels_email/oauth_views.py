"""An admin's way to a provider's consent and back: code, state and PKCE, each used once."""

from __future__ import annotations

import secrets
import time
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from channels_email import oauth, tokens
from channels_email.config import grant_of
from channels_email.models import EmailAccount
from channels_email.words import TEXTS

log = structlog.get_logger(__name__)

KEPT = "email_oauth"
VALID_SECONDS = 900.0


def redirect_uri() -> str:
    """The one address that providers send people back to."""
    return f"{settings.OMNIHUB_URL}{reverse('email-oauth-callback')}"


@never_cache
@require_GET
def start(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Off to the provider. What comes back must be this browser's, and of this visit."""
    return _for_admins(_start, request, channel_id=channel_id)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    return _for_admins(_callback, request)


def _for_admins(view: Any, request: HttpRequest, **values: Any) -> HttpResponse:
    answer: HttpResponse = site.admin_view(view)(request, **values)
    return answer


def _check(request: HttpRequest) -> None:
    if not getattr(request.user, "is_admin", False):
        raise PermissionDenied


def _start(request: HttpRequest, channel_id: int) -> HttpResponse:
    _check(request)
    account = get_object_or_404(EmailAccount.objects.select_related("grant"), channel=channel_id)
    grant = grant_of(account)
    if grant is None or not grant.client_id:
        return _back(request, account.channel_id, "oauth_not_set_up")
    kept = {
        "state": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "channel": account.channel_id,
        "at": time.time(),
    }
    request.session[KEPT] = kept
    url = oauth.consent_url(
        grant,
        state=str(kept["state"]),
        verifier=str(kept["verifier"]),
        redirect=redirect_uri(),
        hint=account.imap_user or account.address,
    )
    return HttpResponseRedirect(url)


def _callback(request: HttpRequest) -> HttpResponse:
    _check(request)
    kept = request.session.pop(KEPT, None) or {}
    is_timely = time.time() - kept.get("at", 0.0) < VALID_SECONDS
    is_mine = constant_time_compare(request.GET.get("state", ""), kept.get("state", ""))
    if not (kept and is_timely and is_mine):
        return _back(request, kept.get("channel"), "oauth_stale")
    code = request.GET.get("code", "")
    if not code:
        said = f"{request.GET.get('error', '')} {request.GET.get('error_description', '')}".strip()
        return _back(request, kept["channel"], "oauth_refused", said)
    return _redeem(request, kept, code)


def _redeem(request: HttpRequest, kept: dict[str, Any], code: str) -> HttpResponse:
    account = get_object_or_404(EmailAccount, channel=kept["channel"])
    grant = grant_of(account)
    if grant is None:
        return _back(request, account.channel_id, "oauth_not_set_up")
    try:
        found = oauth.redeem(grant, code=code, verifier=kept["verifier"], redirect=redirect_uri())
    except oauth.OAuthFailure as failure:
        log.warning("oauth_failed", channel=account.channel_id, code=failure.code)
        return _back(request, account.channel_id, failure.code, failure.words)
    tokens.keep(account.pk, found, is_new=True)
    messages.success(request, gettext("Connected. Now test the connection."))
    return _to_page(account.channel_id)


def _back(request: HttpRequest, channel_id: int | None, code: str, words: str = "") -> HttpResponse:
    messages.error(request, f"{TEXTS[code]} {words[:300]}".strip())
    return _to_page(channel_id)


def _to_page(channel_id: int | None) -> HttpResponse:
    if channel_id is None:
        return HttpResponseRedirect(reverse("admin:conversations_channel_changelist"))
    return HttpResponseRedirect(reverse("admin:conversations_channel_change", args=[channel_id]))
