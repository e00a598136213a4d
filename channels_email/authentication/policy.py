"""What a domain wants done with mail that is not proven (DMARC: RFC 7489 6.3; `np`: RFC 9091)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels_email.authentication import domains
from channels_email.authentication.lookups import Resolver

_VERSION = re.compile(r"\s*v\s*=\s*DMARC1\s*(?:;|\Z)")
_WEAKER = {"reject": "quarantine", "quarantine": "none", "none": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`wish` is none, quarantine or reject; `is_strict`: only the very domain may sign."""

    wish: str
    is_strict: bool = False

    @property
    def is_enforced(self) -> bool:
        return self.wish != "none"


def published(domain: str, resolver: Resolver) -> Policy | None:
    """The policy for a From of this domain; None where there is none. Raises Unanswered."""
    whole = domains.organizational(domain)
    for place in dict.fromkeys((domain, whole)):
        tags = _record(place, resolver)
        if tags is not None:
            return _policy(tags, domain, is_own=place == domain, resolver=resolver)
    above = domains.suffix(whole)
    tags = _record(above, resolver) if above else None
    if tags and tags.get("psd", "").lower() == "y":
        return _policy(tags, domain, is_own=False, resolver=resolver)
    return None


def _record(domain: str, resolver: Resolver) -> dict[str, str] | None:
    """A domain's tags; empty where it has several records, or a broken one (RFC 7489 6.6.3)."""
    found = [text for text in resolver.txt(f"_dmarc.{domain}") or () if _VERSION.match(text)]
    if not found:
        return None
    return _tags(found[0][:4000]) if len(found) == 1 else {}


def _tags(text: str) -> dict[str, str]:
    pieces = [piece.partition("=") for piece in text.split(";") if piece.strip()]
    if not all(sign for _name, sign, _value in pieces):
        return {}
    return {name.strip().lower(): value.strip() for name, _sign, value in pieces}


def _policy(tags: dict[str, str], domain: str, *, is_own: bool, resolver: Resolver) -> Policy:
    wish = _wish(tags, "p") or "none"
    if not is_own:
        wish = _wish(tags, "sp") or wish
        if (for_nobody := _wish(tags, "np")) and resolver.txt(domain) is None:
            wish = for_nobody
    is_trial = tags.get("t", "").lower() == "y" or tags.get("pct", "").strip() == "0"
    strict = tags.get("adkim", "").lower() == "s"
    return Policy(wish=_WEAKER[wish] if is_trial else wish, is_strict=strict)


def _wish(tags: dict[str, str], name: str) -> str:
    wish = tags.get(name, "").lower()
    return wish if wish in _WEAKER else ""
