"""Hashes that only this house can make: what was taken out is known again, and cannot be read."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac


def digest(salt: str, word: str) -> str:
    """SHA-256 (hex) under the key in use: what is stored."""
    return _digest(salt, word, settings.SECRET_KEY)


def digests(salt: str, word: str) -> list[str]:
    """The same under every key that may have been in use: what is looked for."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_digest(salt, word, key) for key in keys]


def _digest(salt: str, word: str, key: str) -> str:
    return salted_hmac(salt, word, secret=key, algorithm="sha256").hexdigest()
