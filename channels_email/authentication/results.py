"""What Authentication-Results and Received-SPF say (RFC 8601 2.2, RFC 7208 9.1), and a provider.

Read strictly: parts of these fields are copied from what the sender said. Whatever is not plainly
a domain is none, and a field whose quotes or brackets do not close says nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels_email.authentication import domains
from conversations.adapters.messages import Grade

_FIRST = re.compile(r"\s*([^\s;=\"]+)(?:\s+\d+)?\s*\Z")
_RESULT = re.compile(r"(?is)\s*([a-z][\w-]*)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)\b(.*)")
_TOKEN = re.compile(r'(?s)\\.|["();]|[^\\"();]+|\\')
_PROPERTY = re.compile(r"([\w-]+(?:\s*\.\s*[\w-]+)?)\s*=\s*(\"[^\"]*\"(?=\s|\Z)|\S+)")
_MAILBOX = re.compile(r"[^\s@\"'<>(),:;\\]*@([^@]+)")
_NO_POLICY = re.compile(r"\bp\s*=\s*none\b", re.IGNORECASE)
_SPF = re.compile(r"\s*(\w+)\b(.*)", re.DOTALL)
_LONGEST, _LONGEST_PIECE = 16_000, 2_000
UNCLEAR = "\ufffd"
_PLACES = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's result. `domain` is whom it is about: None where not said, empty where unclear.

    `is_lenient` says that the domain's owner wants nothing done about a failure.
    """

    method: str
    result: str
    domain: str | None = None
    is_lenient: bool = False


def parse(value: str) -> tuple[str, tuple[Finding, ...]]:
    """(authserv-id, findings) of a field. The id is empty where a server leaves it out."""
    found = pieces(value)
    if not found:
        return "", ()
    first = _FIRST.match(found[0][0])
    said = [_finding(*piece) for piece in (found[1:] if first else found)]
    name = first[1].lower().rstrip(".") if first else ""
    return name, tuple(finding for finding in said if finding)


def _finding(text: str, comments: str) -> Finding | None:
    found = _RESULT.match(text)
    if found is None:
        return None
    method, result, rest = found[1].lower(), found[2].lower(), found[3]
    said = _properties(rest)
    place = next((said[name] for name in _PLACES.get(method, ()) if name in said), None)
    policy = said.get("policy.dmarc") or said.get("action") or ""
    return Finding(
        method=method,
        result=result,
        domain=None if place is None else domain_in(place),
        is_lenient=policy.lower() == "none" or bool(_NO_POLICY.search(comments)),
    )


def _properties(text: str) -> dict[str, str]:
    """By name; one that is given twice is unclear."""
    found: dict[str, str] = {}
    for name, value in _PROPERTY.findall(text):
        key, value = re.sub(r"\s", "", name).lower(), value.strip('"')  # noqa: PLW2901
        found[key] = value if found.get(key, value) == value else UNCLEAR
    return found


def domain_in(text: str) -> str:
    """The domain of `x@y`, `@y` or `y`; empty for whatever else a sender may have put there."""
    text = text.strip().removeprefix("<").removesuffix(">")
    mailbox = _MAILBOX.fullmatch(text)
    return domains.clean(mailbox[1] if mailbox else text)


class _Reader:
    """Cuts a field at its semicolons, comments apart (RFC 5322 3.2.2).

    A comment that touches a word, and a space inside of quotes, make that word unclear: neither
    may cut a domain out of a longer name.
    """

    def __init__(self) -> None:
        self.found = [["", ""]]
        self.depth = 0
        self.is_quoted = False

    def take(self, mark: str) -> None:
        if self.is_quoted:
            self._quoted(mark)
        elif self.depth or mark in "()":
            self._comment(mark)
        elif mark == ";":
            self.found.append(["", ""])
        else:
            self.is_quoted = mark == '"'
            self.found[-1][0] += mark

    def _quoted(self, mark: str) -> None:
        self.is_quoted = mark != '"'
        self.found[-1][0] += re.sub(r"\s", UNCLEAR, mark)

    def _comment(self, mark: str) -> None:
        if not self.depth:
            touches = self.found[-1][0][-1:].strip()
            self.found[-1][0] += UNCLEAR if touches else " "
        self.depth += {"(": 1, ")": -1}.get(mark, 0)
        self.found[-1][1] += mark
        if self.depth < 0:
            raise ValueError(mark)


def pieces(value: str) -> list[tuple[str, str]]:
    """(text, comments) between the semicolons. Empty where a quote or a bracket stays open."""
    reader = _Reader()
    try:
        for mark in _TOKEN.findall(value if len(value) <= _LONGEST else "("):
            reader.take(mark)
    except ValueError:
        return []
    is_closed = not reader.depth and not reader.is_quoted
    is_short = all(len(text) <= _LONGEST_PIECE for text, _comments in reader.found)
    return [(text, said) for text, said in reader.found] if is_closed and is_short else []


def parse_spf(value: str) -> Finding | None:
    """A Received-SPF field, where it names the envelope's sender."""
    whole = pieces(value.replace(";", " "))
    found = _SPF.match(whole[0][0]) if whole else None
    if found is None:
        return None
    said = _properties(found[2])
    place = said.get("envelope-from", said.get("smtp.mailfrom"))
    if place is None:
        return None
    return Finding(method="spf", result=found[1].lower(), domain=domain_in(place))


def of_provider(verdicts: object) -> tuple[Finding, ...]:
    """A provider's own fields: `{"spf": {"result", "domain"}, "dkim": [...], "dmarc": {...}}`.

    `domain` is that of the envelope's sender, of the signature and of From respectively.
    """
    if not isinstance(verdicts, Mapping):
        return ()
    said = []
    for method in _PLACES:
        one = verdicts.get(method)
        rows = one if isinstance(one, list) else [one]
        said += [_of_row(method, row) for row in rows if isinstance(row, Mapping)]
    return tuple(said)


def _of_row(method: str, row: Mapping[str, object]) -> Finding:
    place = row.get("domain")
    return Finding(
        method=method,
        result=str(row.get("result", "")).strip().lower(),
        domain=None if place is None else domain_in(str(place)),
        is_lenient=str(row.get("policy", "")).strip().lower() == "none",
    )


def judge(findings: Sequence[Finding], sender: str) -> Grade:
    """What one party's findings make of a sender of this domain.

    Its word on DMARC settles it; without one, an aligned signature, or the very domain in the
    envelope: below it there are names that nobody has, and servers that pass them (RFC 7489 3.1).
    """
    dmarc = [f for f in findings if f.method == "dmarc" and f.result in {"pass", "fail"}]
    if any(f.result == "fail" for f in dmarc):
        return Grade.NONE if all(f.is_lenient for f in dmarc) else Grade.FAIL
    if dmarc:
        is_ours = all(f.domain is None or f.domain == sender for f in dmarc)
        return Grade.PASS if is_ours else Grade.NONE
    passed = [(f.method, f.domain or "") for f in findings if f.result == "pass"]
    signed = any(domains.is_aligned(place, sender) for method, place in passed if method == "dkim")
    envelopes = [f for f in findings if f.method == "spf"]
    came = bool(envelopes) and all((f.result, f.domain) == ("pass", sender) for f in envelopes)
    return Grade.PASS if signed or came else Grade.NONE
