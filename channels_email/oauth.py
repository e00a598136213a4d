"""OAuth 2.0 with Google and Microsoft (RFC 6749, PKCE of RFC 7636): what is asked, and answered."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings

from conversations.adapters import client, guard

SECONDS = 15.0
_LASTING = {
    "invalid_grant", "invalid_client", "unauthorized_client", "invalid_request", "access_denied",
    "unsupported_grant_type", "invalid_scope", "interaction_required", "consent_required",
    "org_internal", "admin_policy_enforced", "disabled_client", "deleted_client",
}  # fmt: skip


class OAuthFailure(Exception):
    """No token. `is_lasting`: only a person can mend it (RFC 6749 5.2)."""

    def __init__(self, code: str, words: str = "", *, is_lasting: bool = False) -> None:
        super().__init__(f"{code}: {words}")
        self.code, self.words, self.is_lasting = code, words[:500], is_lasting


@dataclass(frozen=True, slots=True)
class Provider:
    """`{tenant}` stands in Microsoft's addresses for the organisation's directory."""

    authorize_url: str
    token_url: str
    scope: str
    imap: str
    smtp: str
    extras: tuple[tuple[str, str], ...] = ()


_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/"
PROVIDERS = {
    "google": Provider(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 -- an address
        scope="https://mail.google.com/",
        imap="imap.gmail.com",
        smtp="smtp.gmail.com",
        # without these Google gives no refresh token the second time
        extras=(("access_type", "offline"), ("prompt", "consent")),
    ),
    "microsoft": Provider(
        authorize_url=_MICROSOFT + "authorize",
        token_url=_MICROSOFT + "token",
        scope="https://outlook.office.com/IMAP.AccessAsUser.All"
        " https://outlook.office.com/SMTP.Send offline_access",
        imap="outlook.office365.com",
        smtp="smtp.office365.com",
        extras=(("prompt", "select_account"),),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Whose tokens, and the application that asks for them. `since` changes with each consent."""

    account_id: int
    provider: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    tenant: str = ""
    since: str = ""

    def url(self, name: str) -> str:
        """`authorize` or `token`; a setting replaces either, for national clouds."""
        own = settings.OMNIHUB_OAUTH_ENDPOINTS.get(self.provider, {})
        url: str = own.get(name) or getattr(PROVIDERS[self.provider], f"{name}_url")
        return url.replace("{tenant}", self.tenant or "organizations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    seconds: float = 3600.0


def consent_url(grant: Grant, *, state: str, verifier: str, redirect: str, hint: str) -> str:
    """Where an admin says yes. The verifier itself stays here (RFC 7636 4.2)."""
    provider = PROVIDERS[grant.provider]
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": grant.client_id,
        "redirect_uri": redirect,
        "scope": provider.scope,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "login_hint": hint,
        **dict(provider.extras),
    }
    return f"{grant.url('authorize')}?{urlencode(asked)}"


def redeem(grant: Grant, *, code: str, verifier: str, redirect: str) -> Tokens:
    """The tokens for a code. Raises OAuthFailure, also where no refresh token came with them."""
    tokens = _ask(
        grant,
        grant_type="authorization_code",
        code=code,
        code_verifier=verifier,
        redirect_uri=redirect,
    )
    if not tokens.refresh:
        raise OAuthFailure("oauth_refused", "no refresh token", is_lasting=True)
    return tokens


def refresh(grant: Grant, refresh_token: str) -> Tokens:
    """A new access token. Raises OAuthFailure."""
    return _ask(grant, grant_type="refresh_token", refresh_token=refresh_token)


def _ask(grant: Grant, **form: str) -> Tokens:
    form |= {"client_id": grant.client_id}
    if grant.client_secret:
        form["client_secret"] = grant.client_secret
    try:
        with client.Session(seconds=SECONDS, most=256 * 1024) as session:
            response = session.post(
                grant.url("token"), data=form, headers={"Accept": "application/json"}
            )
    except guard.Blocked as error:
        raise OAuthFailure("host_blocked", str(error), is_lasting=True) from error
    except requests.RequestException as error:
        raise OAuthFailure("oauth_unreachable", type(error).__name__) from error
    return _tokens(response)


def _tokens(response: requests.Response) -> Tokens:
    said = _json(response)
    access = said.get("access_token")
    if response.ok and isinstance(access, str) and access:
        return Tokens(
            access=access,
            refresh=str(said.get("refresh_token") or ""),
            seconds=_seconds(said.get("expires_in")),
        )
    error = str(said.get("error") or "")
    words = (
        f"{error} {said.get('error_description') or ''}".strip() or f"HTTP {response.status_code}"
    )
    if error in _LASTING:
        raise OAuthFailure("oauth_refused", " ".join(words.split()), is_lasting=True)
    raise OAuthFailure("oauth_unreachable", " ".join(words.split()))


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(said: object) -> float:
    try:
        return min(max(float(str(said)), 0.0), 86400.0)
    except ValueError:
        return 3600.0
