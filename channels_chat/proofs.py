"""What a shop's server says about its user: a signed JWT (RFC 7519), taken once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.db.models.functions import Now
from django.utils import timezone

from channels_chat import raw
from channels_chat.models import ChatSettings, SigningKey, UsedProof
from channels_chat.models.settings import Algorithm

LONGEST = 4096
"""Characters of a proof."""
SHORTEST, FEWEST = 32, 8
"""Bytes of a shared secret, and different ones among them."""
AHEAD = timedelta(minutes=10)
LEEWAY = timedelta(seconds=5)
"""So far may two clocks be apart."""
_PART = re.compile(r"[A-Za-z0-9_-]+")


class BadProof(Exception):
    """It proves nothing; why is for nobody to learn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Verified. `subject` is the shop's id of the user; the rest as far as it was said."""

    subject: str
    email: str = ""
    name: str = ""
    language: str = ""


def take(settings: ChatSettings, proof: object) -> Proof:
    """Call in a transaction: a proof is good once. Raises BadProof."""
    if not isinstance(proof, str) or len(proof) > LONGEST:
        raise BadProof
    header = _header(proof)
    key = _key(settings, header)
    claims = _claims(signed(proof, algorithm=key.algorithm, secret=key.secret), settings)
    _use(settings, claims)
    SigningKey.objects.filter(pk=key.pk).update(used_at=Now())
    return Proof(
        subject=claims["sub"],
        email=raw.clean(claims.get("email"), 254),
        name=raw.clean(claims.get("name"), 120),
        language=raw.clean(claims.get("locale"), 16),
    )


def signed(proof: str, *, algorithm: str, secret: str | bytes) -> bytes:
    """The payload of a compact JWS (RFC 7515 7.1) that this key signed by this very algorithm.

    Raises BadProof, also for another spelling of the same bytes.
    """
    header = _header(proof)
    if header.get("alg") != algorithm or "crit" in header or "b64" in header:
        raise BadProof
    if algorithm == Algorithm.HS256 and not is_strong(secret):
        raise BadProof
    try:
        found = jwt.PyJWS(algorithms=[algorithm]).decode_complete(
            proof, secret, algorithms=[algorithm]
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise BadProof from error
    payload: bytes = found["payload"]
    return payload


def is_strong(secret: str | bytes) -> bool:
    """Whether a shared secret can be one (RFC 7518 3.2): 256 bits, and not one letter again and
    again."""
    content = secret.encode() if isinstance(secret, str) else secret
    return len(content) >= SHORTEST and len(set(content)) >= FEWEST


def _header(proof: str) -> dict[str, Any]:
    parts = proof.split(".")
    if len(parts) != 3:  # noqa: PLR2004 -- header, payload, signature
        raise BadProof
    header, _payload, _signature = (_bytes(part) for part in parts)
    return _json(header)


def _bytes(part: str) -> bytes:
    """Of base64url without padding, in its one spelling (RFC 7515 2)."""
    if not _PART.fullmatch(part):
        raise BadProof
    try:
        content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadProof from error
    if base64.urlsafe_b64encode(content).rstrip(b"=") != part.encode():
        raise BadProof
    return content


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content, object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        raise BadProof from error
    if not isinstance(found, dict):
        raise BadProof
    return found


def _no_doubles(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may take two of one name for different things."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadProof
    return found


def _key(settings: ChatSettings, header: dict[str, Any]) -> SigningKey:
    kid = header.get("kid")
    if not isinstance(kid, str) or "\x00" in kid:
        raise BadProof
    key = settings.signing_keys.filter(kid=kid[:65], retired_at=None).first()
    if key is None or not key.secret:
        raise BadProof
    return key


def _claims(payload: bytes, settings: ChatSettings) -> dict[str, Any]:
    claims, now = _json(payload), timezone.now()
    ends = _time(claims.get("exp"))
    begins = [_time(claims[name]) for name in ("nbf", "iat") if name in claims]
    is_now = now - LEEWAY < ends <= now + AHEAD + LEEWAY
    if not is_now or any(at > now + LEEWAY for at in begins):
        raise BadProof
    if claims.get("aud") != settings.key:
        raise BadProof
    for name in ("sub", "jti"):
        value = claims.get(name)
        if not isinstance(value, str) or raw.clean(value, 200) != value or not value.strip():
            raise BadProof
    return claims


def _time(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise BadProof
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadProof from error


def _use(settings: ChatSettings, claims: dict[str, Any]) -> None:
    """Once, whoever asks at the same moment."""
    _, is_first = UsedProof.objects.get_or_create(
        settings=settings,
        digest=hashlib.sha256(claims["jti"].encode()).hexdigest(),
        defaults={"expires_at": _time(claims["exp"]) + LEEWAY},
    )
    if not is_first:
        raise BadProof
