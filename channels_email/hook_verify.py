"""Is it the provider who posts? An unset secret says no."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.http import HttpRequest

from channels_email import sns
from channels_email.hook_table import HOOKS, Secrets, view_of

SVIX_SECONDS = 300.0
STALE_SECONDS = 3 * 86400.0
"""Mailgun signs a time and a token and repeats for eight hours: older ones are replays."""


def is_genuine(
    provider: str,
    side: str,
    request: HttpRequest,
    secrets: Secrets,
    *,
    url: str,
    now: float,
    fetch: Callable[[str], bytes] | None = None,
) -> bool:
    """Whether all that the channel has set holds, and something is set that proves anything.

    `url` is the address that the provider was given; `now` in seconds since 1970. Raises
    sns.Unreachable where Amazon's certificate is not to be had.
    """
    hook = HOOKS[provider][side]
    keys = tuple(filter(None, secrets.keys.get(hook.key, ()))) if hook.key else ()
    if not (keys or (secrets.basic and not (hook.is_signed and hook.key))):
        return False
    if secrets.basic and not has_login(request, secrets.basic):
        return False
    return not keys or _is_signed(provider, side, request, keys, _Post(url, now, secrets, fetch))


@dataclass(frozen=True, slots=True)
class _Post:
    url: str
    now: float
    secrets: Secrets
    fetch: Callable[[str], bytes] | None


def _is_signed(
    provider: str, side: str, request: HttpRequest, keys: tuple[str, ...], post: _Post
) -> bool:
    if provider == "amazon_ses":
        return _is_amazons(request, keys, post.fetch)
    own = _OWN.get(provider)
    if own is not None:
        return any(own(request, key, post.now) for key in keys)
    if provider == "mailgun" and _is_stale(request, post.now):
        return False
    urls = _addresses(post.url, post.secrets.basic) if provider == "mandrill" else (post.url,)
    pairs = ((key, url) for url in urls for key in keys)
    return any(_by_anymail(provider, side, request, key, url) for key, url in pairs)


def has_login(request: HttpRequest, allowed: tuple[str, ...]) -> bool:
    """Basic auth with one of the secrets, all compared in full."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        said = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    found = [hmac.compare_digest(said, one.encode()) for one in allowed if one]
    return kind.lower() == "basic" and any(found)


def _by_anymail(provider: str, side: str, request: HttpRequest, key: str, url: str) -> bool:
    """anymail's own checks of the signature alone; the login was ours to look at."""
    from anymail.exceptions import AnymailError

    settings: dict[str, Any] = {HOOKS[provider][side].setting: key, "webhook_secret": []}
    if provider == "mandrill":
        settings["webhook_url"] = url
    try:
        view_of(provider, side, **settings).run_validators(request)
    except (AnymailError, SuspiciousOperation, ImproperlyConfigured):
        return False
    except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm):
        return False  # a key that is none, or a signature that is not even text
    return True


def _is_stale(request: HttpRequest, now: float) -> bool:
    from channels_email.hook_ids import mailgun_signature

    try:
        return abs(now - float(mailgun_signature(request).get("timestamp", ""))) > STALE_SECONDS
    except ValueError:
        return True


def _addresses(url: str, basic: tuple[str, ...]) -> Iterator[str]:
    """Mandrill signs the address as it was entered, login and all."""
    target = urlsplit(url)
    yield url
    for login in basic:
        yield f"{target.scheme}://{login}@{target.netloc}{target.path}"


def _is_amazons(
    request: HttpRequest, topics: tuple[str, ...], fetch: Callable[[str], bytes] | None
) -> bool:
    message = sns.parse(request.body)
    named = request.headers.get("X-Amz-Sns-Message-Type", message.get("Type"))
    is_one = bool(message) and named == message.get("Type")
    return is_one and sns.is_genuine(message, topics=topics, fetch=fetch)


# -- schemes that anymail leaves to others
def _svix(request: HttpRequest, secret: str, now: float) -> bool:
    return svix(
        request.body,
        request.headers,
        secret,
        now=now,
        names=("svix-id", "svix-timestamp", "svix-signature"),
    )


def svix(
    body: bytes, headers: Mapping[str, str], secret: str, *, now: float, names: tuple[str, str, str]
) -> bool:
    """HMAC-SHA256 over id.timestamp.body, five minutes either side (standard-webhooks)."""
    an_id, at, said = (headers.get(name, "") for name in names)
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        is_fresh = abs(now - int(at)) <= SVIX_SECONDS
    except (binascii.Error, ValueError):
        return False
    made = hmac.new(key, f"{an_id}.{at}.".encode() + body, hashlib.sha256).digest()
    expected = base64.b64encode(made)
    given = [each.partition(",") for each in said.split()]
    found = [
        hmac.compare_digest(value.encode(), expected)
        for version, _, value in given
        if version == "v1"
    ]
    return bool(key) and bool(an_id) and is_fresh and any(found)


def _sendgrid(request: HttpRequest, key: str, now: float) -> bool:
    del now  # its events are repeated for a day under their first time
    prefix = "X-Twilio-Email-Event-Webhook-"
    at = request.headers.get(f"{prefix}Timestamp", "")
    return bool(at) and sendgrid(
        request.body, key=key, signature=request.headers.get(f"{prefix}Signature", ""), at=at
    )


def sendgrid(body: bytes, *, key: str, signature: str, at: str) -> bool:
    """ECDSA over timestamp and body; the key is the base64 of its DER form."""
    try:
        known = serialization.load_der_public_key(base64.b64decode(key))
        if not isinstance(known, ec.EllipticCurvePublicKey):
            return False
        made = base64.b64decode(signature, validate=True)
        known.verify(made, at.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError):
        return False
    return True


_OWN: dict[str, Callable[[HttpRequest, str, float], bool]] = {
    "resend": _svix,
    "sendgrid": _sendgrid,
}
