"""What ties a mail to a case: our token in addresses and ids, and the ids it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from channels_email.headers import Headers, decoded

TOKEN = r"[0-9a-f]{40}"  # noqa: S105 -- the shape of a case's reply token
_PLUS = re.compile(rf"\+({TOKEN})@", re.IGNORECASE)
_OWN_ID = re.compile(rf"<({TOKEN})\.[0-9a-f]{{32}}@[^<>\s@]+>")
_ID = re.compile(r"<\s*([^<>\s][^<>]{0,900}?)\s*>")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_LONE_WORD = re.compile(r"[!-;=?-~]{1,900}")
_BARE_ID = re.compile(r"[^\s<>,;\"]{1,900}@[^\s<>,;\"]{1,255}")
ADDRESSED_TO = (
    "to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to",
    "x-delivered-to", "resent-to", "x-forwarded-to", "apparently-to", "x-rcpt-to",
)  # fmt: skip
MOST_REFERENCES = 50


def message_key(*, token: str, client_id: str, domain: str) -> str:
    """The Message-ID of an outgoing mail: the case's token, the message's id, our domain."""
    return f"<{token}.{client_id.replace('-', '').lower()}@{domain}>"


def reply_address(address: str, token: str) -> str:
    """`support+<token>@…` (RFC 5233): where an answer finds its case by itself."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def message_id(headers: Headers) -> str:
    """The mail's own id in angle brackets; empty when it has none."""
    value = headers.raw("message-id")
    bare = value.strip(" \t<>")
    return next(iter(_ids(value)), f"<{bare}>" if _LONE_WORD.fullmatch(bare) else "")


def references(headers: Headers) -> tuple[str, ...]:
    """Ids that the mail answers, nearest first (RFC 5322 3.6.4): In-Reply-To, then References.

    Where In-Reply-To holds more than ids it was written for people, and the nearest of References
    is the better word.
    """
    values = headers.all("in-reply-to")
    named = [found for value in values for found in _ids(value)]
    last, *others = [*reversed(chain(headers))] or [""]
    is_prose = not all(map(_is_ids_alone, values))
    found = [last, *named, *others] if is_prose else [*named, last, *others]
    return tuple(dict.fromkeys(filter(None, found)))[:MOST_REFERENCES]


def _is_ids_alone(value: str) -> bool:
    return not _ID.sub("", _readable(value)).strip(" \t,;")


def chain(headers: Headers) -> tuple[str, ...]:
    """The ids of References, the thread's root first."""
    found = [an_id for value in headers.all("references") for an_id in _ids(value)]
    return tuple(dict.fromkeys(found))


def in_reply_to(headers: Headers) -> str:
    """The nearest id that the mail answers."""
    return next(iter(references(headers)), "")


def tokens(
    headers: Headers, known_references: Iterable[str], envelope_recipients: Iterable[str] = ()
) -> tuple[str, ...]:
    """Reply tokens, best first: from the addresses written to, then from our ids quoted."""
    written = [value for name in ADDRESSED_TO for value in headers.all(name)]
    found = [t.lower() for value in (*envelope_recipients, *written) for t in _PLUS.findall(value)]
    quoted = [own[1] for own in map(_OWN_ID.fullmatch, known_references) if own]
    return tuple(dict.fromkeys([*found, *quoted]))[:20]


def is_own_id(candidate: str) -> bool:
    """Whether an id has the shape of ours."""
    return _OWN_ID.fullmatch(candidate) is not None


def _readable(value: str) -> str:
    """Plain ASCII; some servers wrap long ids as encoded words, which RFC 2047 forbids."""
    value = decoded(value) if "=?" in value else value
    return _UNSEEN.sub("", value.encode("ascii", "replace").decode())


def _ids(value: str) -> list[str]:
    """Ids in angle brackets; where a sender forgot those, anything that looks like one."""
    value = _readable(value)
    found = [f"<{''.join(inner.split())}>" for inner in _ID.findall(value)]
    return found or [f"<{bare}>" for bare in _BARE_ID.findall(value)[:MOST_REFERENCES]]
