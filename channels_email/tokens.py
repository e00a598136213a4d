"""The access token of an account: the kept one, or a new one; shared by all processes.

Touches the database in single statements, and never while it waits for a provider.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from channels_email import oauth
from channels_email.config import is_ciphertext
from channels_email.grants import OAuthGrant
from channels_email.oauth import Grant, OAuthFailure, Tokens


def access_token(grant: Grant, *, refused: str = "") -> str:
    """A token to log in with; never the one that a server just `refused`. Raises OAuthFailure."""
    row = OAuthGrant.objects.filter(account=grant.account_id).first()
    if row is None or not row.refresh_token:
        raise OAuthFailure("oauth_not_connected", is_lasting=True)
    if is_ciphertext(row.refresh_token) or is_ciphertext(grant.client_secret):
        raise OAuthFailure("secret_unreadable", is_lasting=True)
    if row.is_resting:
        raise OAuthFailure("oauth_refused", row.refused_words, is_lasting=True)
    if row.is_fresh and row.access_token != refused:
        return row.access_token or ""
    return _renewed(grant, row.refresh_token)


def _renewed(grant: Grant, refresh_token: str) -> str:
    try:
        tokens = oauth.refresh(grant, refresh_token)
    except OAuthFailure as failure:
        if failure.is_lasting:
            note_refusal(grant, failure.words)
        raise
    keep(grant.account_id, tokens)
    return tokens.access


def keep(account_id: int, tokens: Tokens, *, is_new: bool = False) -> None:
    """Store tokens; some providers give a new refresh token each time, and the old one dies."""
    now = timezone.now()
    changes: dict[str, object] = {
        "access_token": tokens.access,
        "expires_at": now + timedelta(seconds=tokens.seconds),
        "refused_at": None,
        "refused_words": "",
    }
    if tokens.refresh:
        changes["refresh_token"] = tokens.refresh
    if is_new:
        changes["connected_at"] = now
    OAuthGrant.objects.update_or_create(account_id=account_id, defaults=changes)


def note_refusal(grant: Grant, words: str) -> None:
    """From now on nobody asks for a while; connecting anew or a test ends that."""
    OAuthGrant.objects.filter(account=grant.account_id).update(
        refused_at=timezone.now(), refused_words=words[:1000], access_token=None
    )


def forgive(account_id: int) -> None:
    """A person has mended something, or wants to know: ask again at once."""
    OAuthGrant.objects.filter(account=account_id).update(refused_at=None, refused_words="")
