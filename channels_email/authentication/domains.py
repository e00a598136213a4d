"""Which domains belong together (RFC 7489 3.2), by the list of public suffixes that is shipped."""

from __future__ import annotations

import functools
import re

from publicsuffixlist import PublicSuffixList

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")


def clean(text: str) -> str:
    """A domain in lower-case ASCII without the last dot; empty for what is none."""
    name = text.strip().lower().removesuffix(".")
    return name if _NAME.fullmatch(name) else ""


def of_address(address: str) -> str:
    return address.rpartition("@")[2]


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@functools.lru_cache(4096)
def organizational(domain: str) -> str:
    """What somebody registered: `shop.example` of `mail.shop.example`. A suffix is its own."""
    return _suffixes().privatesuffix(domain) or domain


@functools.lru_cache(4096)
def suffix(domain: str) -> str:
    """What names are registered under: `co.uk` of `shop.co.uk`. Empty for a name of one label."""
    found = _suffixes().publicsuffix(domain) or ""
    return "" if found == domain else found


def is_aligned(one: str, other: str, *, strict: bool = False) -> bool:
    """Whether a check of one domain says something of the other (RFC 7489 3.1)."""
    if not one or not other:
        return False
    return one == other if strict else organizational(one) == organizational(other)


def is_within(host: str, domain: str) -> bool:
    """The domain itself, or a name below it."""
    return host == domain or host.endswith(f".{domain}")
