"""Whether a mail has one sender, whoever reads it: a check is worth nothing of another's From."""

from __future__ import annotations

import re
from email.headerregistry import AddressHeader
from email.policy import default

from channels_email import addresses
from channels_email.authentication import results
from channels_email.headers import Headers

_LONGEST = 2000
_ODD = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ufffd]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPEC = r"[^\s<>@,:;\"]+@[^\s<>@,:;\"]+"
_ONE = re.compile(rf"\s*(?:[^<>@,:;\"]*<\s*{_SPEC}\s*>|{_SPEC})\s*")
_ENCODED = re.compile(r"=\?.*\?=", re.DOTALL)


def only(headers: Headers) -> str:
    """The address of the one From field, if our reading and the grammar's agree; else empty."""
    values = headers.all("from")
    if len(values) != 1 or len(values[0]) > _LONGEST or _ODD.search(values[0]):
        return ""
    if not _is_one(values[0]):
        return ""
    ours = [address.value for address in addresses.parse_list(values[0])]
    return ours[0] if len(ours) == 1 and _by_the_grammar(values[0]) == ours else ""


def domains_of(headers: Headers) -> tuple[str, ...]:
    """Every domain that From names, as far as somebody would read so many."""
    values = [value[: 2 * _LONGEST] for value in headers.all("from")[:4]]
    found = [a.value for value in values for a in addresses.parse_list(value)[:4]]
    return tuple(dict.fromkeys(address.rpartition("@")[2] for address in found))[:4]


def _is_one(value: str) -> bool:
    """One mailbox and not a word more; names in quotes, and comments, may say what they like."""
    found = results.pieces(value)
    if len(found) != 1 or results.UNCLEAR in (text := _QUOTED.sub(" ", found[0][0])):
        return False
    return _ONE.fullmatch(text) is not None


def _by_the_grammar(value: str) -> list[str]:
    """As the standard library reads it (RFC 5322 3.4); nothing for a group, or where it trips."""
    try:
        header = default.header_factory("From", value)
    except Exception:  # noqa: BLE001 -- its parser fails in many ways on what it does not expect
        return []
    if not isinstance(header, AddressHeader):
        return []
    if any(group.display_name is not None for group in header.groups):
        return []
    specs = [str(address.addr_spec) for address in header.addresses]
    return [addresses.normal_address(spec) for spec in specs if not _ENCODED.search(spec)]
