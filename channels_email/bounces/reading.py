"""What a report says, as delivery reports: one a recipient."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message as Part

from channels_email import addresses, threading
from channels_email.addresses import normal_address
from channels_email.bounces import notice, original, recipients, status, vendors
from channels_email.charsets import one_line
from channels_email.headers import Headers, decoded
from conversations.adapters.messages import DeliveryReport, Outcome

MOST = 100
"""Recipients of one report that are read."""
MOST_WORDS = 12
"""Lines about a recipient that are shown."""
_OUTCOMES = {
    "failed": Outcome.FAILED,
    "delayed": Outcome.UNKNOWN,
    "delivered": Outcome.DELIVERED,
    "deliverable": Outcome.UNKNOWN,
    "relayed": Outcome.SENT,
    "expanded": Outcome.SENT,
}
_FIELD = re.compile(
    r"^(?:> ?)?(final-recipient|original-recipient|x-actual-recipient|action|status|diagnostic-code"
    r"|removal-recipient|original-rcpt-to|feedback-type|remote-mta|x-supplementary-info)\s*:\s*(.*)",
    re.IGNORECASE,
)
_WAITS = re.compile(
    r"warning only|has not yet been delivered|will be retried|has been delayed|been postponed"
    r"|still being retried|\(delay\)|delayed mail|delivery delay|will continue to (?:try|attempt)",
    re.IGNORECASE,
)
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Finding:
    recipient: str
    given: str
    action: str
    words: str
    around: str = ""
    """The words of the whole report, where the status may stand apart from the address."""


def reports(
    mail: Part, headers: Headers, body: bytes, *, sender: str
) -> tuple[DeliveryReport, ...]:
    """One report a recipient; without a name only where a mail of ours is surely meant.

    `provider_id` is the Message-ID of the mail it is about: ours where one of ours is quoted.
    """
    said = notice.read(mail)
    about = original.message_id(headers, body, said)
    if said.feedback or vendors.is_complaint(mail, headers):
        return _complaints(said, about)
    found = list(_by_fields(said)) or list(_by_words(said, headers, sender))
    if not found and threading.is_own_id(about):
        found = [_Finding("", "", _tense(said, headers), said.text[:4000])]
    return tuple(_report(finding, about) for finding in found[:MOST])


def _report(finding: _Finding, about: str) -> DeliveryReport:
    around = finding.around or finding.words
    code = status.derive(given=finding.given, words=around, action=finding.action)
    outcome = _OUTCOMES.get(finding.action, Outcome.UNKNOWN)
    words = one_line(finding.words)
    return DeliveryReport(
        provider_id=about,
        outcome=outcome,
        recipient=finding.recipient,
        code=status.meaning(code, around, finding.action),
        status=code,
        action=finding.action,
        ends_address=outcome is Outcome.FAILED and status.ends_address(code, around),
        words=words[:1000] if code in words or not finding.given else f"{code} {words}"[:1000],
    )


# -- fields (RFC 3464 2.3)
def _by_fields(said: notice.Notice) -> Iterator[_Finding]:
    """Also where a damaged mail, or a server of its own mind, has them among the words."""
    texts = said.fields or (said.text, said.returned)
    blocks = list(vendors.events(said)) or [block for text in texts for block in _blocks(text)]
    seen: set[str] = set()
    for block in blocks:
        recipient = next(filter(None, map(_recipient, _named(block))), "")
        if not recipient or recipient in seen:
            continue
        seen.add(recipient)
        yield _Finding(
            recipient, block.get("status", ""), _action(block), _diagnosis(block, said, recipient)
        )


def _named(block: Fields) -> list[str]:
    """As we wrote it, before any server rewrote it."""
    names = ("original-recipient", "final-recipient", "x-actual-recipient")
    return [block.get(name, "") for name in names]


def _action(block: Fields) -> str:
    action = re.split(r"[\s(;]", block.get("action", "").strip().lower())[0][:20]
    if action:
        return action
    return "delayed" if block.get("status", "").startswith("4") else "failed"


def _diagnosis(block: Fields, said: notice.Notice, recipient: str) -> str:
    diagnostic = block.get("diagnostic-code", "")
    words = decoded(diagnostic.partition(";")[2].strip() or diagnostic)
    return words or _line_about(recipient, said.lines)


def _line_about(recipient: str, lines: Sequence[str]) -> str:
    """What the words for people say about somebody, where the fields say nothing."""
    for place, line in enumerate(lines):
        if recipient in line.lower():
            return "\n".join(lines[place : place + 6])
    return ""


def _blocks(text: str) -> Iterator[Fields]:
    """Groups of fields: a blank line, or a field that comes again, begins the next."""
    block: Fields = {}
    last = ""
    for line in text.splitlines()[: notice.MOST_LINES * 2]:
        if line[:1] in {" ", "\t"} and last:
            block[last] += " " + line.strip()[: notice.LONGEST_LINE]
            continue
        field = _FIELD.match(line)
        last = field[1].lower() if field else ""
        if (not line.strip() or last in block) and block:
            yield block
            block = {}
        if field:
            block[last] = field[2].strip()[: notice.LONGEST_LINE]
    yield block


def _recipient(value: str) -> str:
    """`rfc822; x@y.example` as x@y.example, also in angle brackets or quotes."""
    given = decoded(value.partition(";")[2] or value).strip()
    if given.startswith(("|", "/")):
        return ""  # a program or a file on that machine
    return normal_address(given.strip("<> ")) or normal_address(given.strip("<> ").replace('"', ""))


# -- words
def _by_words(said: notice.Notice, headers: Headers, sender: str) -> Iterator[_Finding]:
    ours = frozenset(a.value for a in addresses.parse_list(headers.raw("to")))
    stated = addresses.parse_list(headers.raw("x-failed-recipients"))
    found = recipients.find(said.lines, said.returned, sender=sender, ours=ours)
    if stated:
        places = dict(found)
        found = [(a.value, places.get(a.value, 0)) for a in stated]
    action = _tense(said, headers)
    for number, (recipient, start) in enumerate(found):
        end = found[number + 1][1] if number + 1 < len(found) else len(said.lines)
        words = "\n".join(said.lines[start : max(end, start + 1)][:MOST_WORDS])
        around = said.text[:4000] if len(found) == 1 else ""
        yield _Finding(recipient, "", action, words, around)


def _tense(said: notice.Notice, headers: Headers) -> str:
    text = f"{headers.text('subject')}\n{said.text[:8000]}"
    return "delayed" if _WAITS.search(text) else "failed"


# -- complaints (RFC 5965)
def _complaints(said: notice.Notice, about: str) -> tuple[DeliveryReport, ...]:
    """Somebody called a mail of ours spam: their address is as good as before."""
    fields: Fields = {}
    for block in _blocks(said.feedback):
        fields = {**block, **fields}
    hidden = vendors.COMPLAINED.search(said.returned)
    given = fields.get("original-rcpt-to", "") or fields.get("removal-recipient", "")
    return (
        DeliveryReport(
            provider_id=about,
            outcome=Outcome.UNKNOWN,
            recipient=_recipient(given or (hidden[1] if hidden else "")),
            code="complaint",
            action="complaint",
            words=one_line(fields.get("feedback-type", ""))[:100],
        ),
    )
