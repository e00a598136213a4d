"""What the sender's address is worth, by the word of the one server that we trust (RFC 8601)."""

from __future__ import annotations

import re

from channels_email.headers import Headers
from conversations.adapters.messages import Grade

_METHOD = re.compile(r"\b(dmarc|spf|dkim)\s*=\s*([a-z]+)([^;]*)", re.IGNORECASE)
_FROM = re.compile(r"header\.from\s*=\s*\"?@?([^\s;\")]+)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_HANDED_OVER = re.compile(r"\bwith\s+(?:UTF8)?LMTP", re.IGNORECASE)


def grade(headers: Headers, *, authserv_id: str, sender: str, from_fields: int) -> Grade:
    """PASS for an aligned pass, FAIL for a failed policy, else NONE: nobody whom we trust checked.

    Counts only the topmost field of the configured server, and only above the first Received line
    that took the mail over a network: below that line the sender wrote (RFC 8601 5).
    """
    verdict = _trusted_field(headers, authserv_id) if authserv_id else ""
    if not verdict:
        return Grade.NONE
    for method, result, rest in _METHOD.findall(verdict):
        if method.lower() == "dmarc":
            return _by_dmarc(result.lower(), rest, sender, from_fields)
    return Grade.NONE


def _by_dmarc(result: str, rest: str, sender: str, from_fields: int) -> Grade:
    """DMARC speaks of one From domain: with several From fields, or another domain, of nobody."""
    if result == "fail":
        return Grade.FAIL
    named = _FROM.search(rest)
    domain = sender.rpartition("@")[2]
    is_aligned = named is None or named[1].lower().rstrip(".") == domain
    return Grade.PASS if result == "pass" and is_aligned and from_fields == 1 else Grade.NONE


def _trusted_field(headers: Headers, authserv_id: str) -> str:
    wanted = authserv_id.strip().lower().rstrip(".")
    for name, value in headers.fields:
        if name == "received" and not _HANDED_OVER.search(value):
            return ""
        if name == "authentication-results":
            said, _, verdict = _COMMENT.sub("", value).partition(";")
            if said.split()[:1] and said.split()[0].lower().rstrip(".") == wanted:
                return verdict
    return ""
