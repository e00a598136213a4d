"""Which fields of a header our own receiving server wrote, and not the sender.

Every server puts its lines on top, so what stands above the line of the server that took the mail
from a stranger is ours. Below it anything may be forged, even lines of our own server.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from channels_email.authentication import domains, results
from channels_email.authentication.results import Finding

Field = tuple[str, str]

_HANDED_OVER = re.compile(
    r"\s*(?:from\s+[^\s;]+\s+)?by\s+[^\s;]+\s+with\s+(?:UTF8)?LMTPS?A?(?=[\s;]|\Z)", re.IGNORECASE
)
_PLACE = re.compile(r"\bby\b", re.IGNORECASE)
_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]+)", re.IGNORECASE)
_SAYS_FROM = re.compile(r"\s*from\b", re.IGNORECASE)
_FROM = re.compile(r"\s*from\s+([^\s;()]+)\s*(\(.{0,300}?\))?(?=\s|\Z)", re.IGNORECASE)
_INSIDE = tuple(
    map(
        ipaddress.ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"),
    )
)
"""Where nobody writes from who is not in the same network (RFC 1918, RFC 4193)."""
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{3,45}")

_BELOW_ITS_LINE = {"google.com"}
"""Gmail writes its results directly below its own Received line, and always writes them."""
_BY_NAME = {"outlook.com"}
"""Exchange Online writes results without a name, above the line of its outermost server; its
servers give one another's names without brackets that could be checked."""
_ONE_HOUSE = {"office365.com": "outlook.com", "microsoft.com": "outlook.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What the trusted server found. `is_bounded`: a line shows where its own fields end."""

    findings: tuple[Finding, ...] = ()
    is_bounded: bool = False


def word(fields: Iterable[Field], authserv_id: str) -> Word:
    """The findings of the configured server; none without a name, or where it says nothing."""
    wanted = domains.clean(authserv_id) or authserv_id.strip().lower().rstrip(".")
    if not wanted:
        return Word()
    own, edge = _split(list(fields), _house(wanted))
    found = (_findings(stretch, wanted) for stretch in own)
    return Word(findings=next(filter(None, found), ()), is_bounded=bool(edge))


def _house(host: str) -> str:
    whole = domains.organizational(host)
    return _ONE_HOUSE.get(whole, whole)


def _split(fields: list[Field], house: str) -> tuple[list[list[Field]], str]:
    """Our own fields, in stretches between Received lines, and the line of the outermost server.

    Only the first stretch that holds results counts: what an inner line is can be mistaken.
    """
    own: list[list[Field]] = [[]]
    for place, (name, value) in enumerate(fields):
        if name != "received":
            own[-1].append((name, value))
        elif _is_inner(value, house):
            own.append([])
        else:
            if house in _BELOW_ITS_LINE and _is_by(value, house):
                own.append(_right_below(fields[place + 1 :]))
            return own, value
    return own, ""


def _right_below(fields: list[Field]) -> list[Field]:
    """The results that directly follow a line, with nothing in between that may be a sender's."""
    for place, (name, _value) in enumerate(fields):
        if name == "authentication-results":
            return fields[: place + 1]
        if name != "received-spf":
            break
    return []


def _is_inner(line: str, house: str) -> bool:
    """Whether a line tells of a hop inside our own house, by what a stranger cannot choose."""
    if _is_handed_over(line):
        return True
    if not _SAYS_FROM.match(line):
        return house in _BELOW_ITS_LINE | _BY_NAME or _is_by(line, house)
    sent = _FROM.match(line)
    if sent is None or house in _BELOW_ITS_LINE or not _is_by(line, house):
        return False
    if house in _BY_NAME:
        return _house(sent[1].lower().rstrip(".")) == house
    return _is_private(sent[2] or "") and _all_private(_before_the_server(line))


def _is_handed_over(line: str) -> bool:
    """By LMTP, in the words of the server: the greeting and the envelope are a stranger's."""
    pieces = results.pieces(line)
    bare = pieces[0][0] if pieces else ""
    return _HANDED_OVER.match(bare) is not None and len(_PLACE.findall(bare)) == 1


def _before_the_server(line: str) -> str:
    """All that a line says of whom it came from, wherever their greeting ends."""
    places = [found.start() for found in _PLACE.finditer(line)]
    return line[: places[-1]] if places else line


def _is_by(line: str, house: str) -> bool:
    by = _BY.search(line)
    return by is not None and _house(by[1].lower().rstrip(".")) == house


def _is_private(brackets: str) -> bool:
    """Whether the server saw an address that nobody has outside of a network of our own."""
    return bool(_addresses(brackets)) and _all_private(brackets)


def _all_private(text: str) -> bool:
    return all(any(one in net for net in _INSIDE) for one in _addresses(text))


def _addresses(text: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    found = []
    for word in _ADDRESS.findall(text):
        try:
            found.append(ipaddress.ip_address(word.strip(".").removeprefix(":")))
        except ValueError:
            continue
    return found


def _findings(stretch: list[Field], wanted: str) -> tuple[Finding, ...]:
    """Servers may write one field a check: of each check the topmost field counts."""
    found: list[Finding] = []
    for name, value in stretch:
        if name == "authentication-results":
            known = {finding.method for finding in found}
            found += [one for one in _said(value, wanted) if one.method not in known]
    spf = [results.parse_spf(value) for name, value in stretch if name == "received-spf"]
    if not any(finding.method == "spf" for finding in found):
        found += filter(None, spf[:1])
    return tuple(found)


def _said(value: str, wanted: str) -> tuple[Finding, ...]:
    name, found = results.parse(value)
    is_ours = domains.is_within(name, wanted) if name else _house(wanted) in _BY_NAME
    return found if is_ours else ()
