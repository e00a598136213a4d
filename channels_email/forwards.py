"""What somebody passed on from their own mail program: who wrote it, and what was added above.

Three forms are known: a mail in the mail (message/rfc822), a line that says so with the header
below it (Gmail, Apple Mail, Thunderbird), and the bare header of Outlook under a forward's subject.
"""

from __future__ import annotations

import re
from email.message import Message as Part
from itertools import takewhile

from channels_email import addresses, parts
from channels_email.headers import Headers
from conversations.adapters.messages import Address, Forwarded

MOST_LINES = 20_000
LONGEST_MARK, LONGEST_FIELD = 200, 1200
"""Characters of a line that are looked at."""
_NAMES = {
    "from": {"from", "de", "von", "da", "van"},
    "subject": {"subject", "asunto", "betreff", "objet", "assunto", "oggetto", "onderwerp"},
    "date": {"date", "sent", "fecha", "enviado", "enviado el", "gesendet", "datum", "envoyé",
             "envoyé le", "data", "enviada", "enviada em", "enviado em", "inviato", "verzonden"},
    "to": {"to", "para", "an", "à", "a", "aan"},
    "other": {"cc", "kopie", "reply-to", "responder a", "antwort an", "répondre à", "bcc",
              "importance", "priority"},
}  # fmt: skip
_MEANING = {word: meaning for meaning, words in _NAMES.items() for word in words}
_FIELD = re.compile(r"^[>\s*_|]*([^\W\d_][^:*\n]{0,20}?)[\s*_]*:[\s*_]*(.{0,1000})$")
_MARKER = re.compile(
    r"^\s*(?:-{2,}\s*)?(?:begin forwarded message|forwarded message|fwd|"
    r"(?:inicio del )?mensaje reenviado|(?:anfang der )?weitergeleiteten? nachricht|"
    r"(?:début du )?message (?:transféré|réexpédié)|(?:inizio )?messaggio inoltrato|"
    r"(?:início da )?mensagem (?:encaminhada|reencaminhada)|"
    r"doorgestuurd bericht)\s*:?\s*-*\s*$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"^[>\s]*(?:_{5,}|-{2,}[^-]{0,60}-{2,})\s*$")
_SUBJECT = re.compile(r"^\s*(?:fwd?|rv|wg|tr|enc|i|doorst|vb|pd)\s*:", re.IGNORECASE)
_PLAIN = {0x2039: "<", 0x203A: ">", ord("*"): None}
"""Angle quotes that stand for brackets, and the stars of bold."""
_LINK = re.compile(r"[\[<(]mailto:([^\]>)\s]+)[\])>]", re.IGNORECASE)


def read(mail: Part, headers: Headers, text: str) -> Forwarded | None:
    """The forwarded mail, None where there is none or its sender has no address.

    `text` is the whole of the mail's words, quotations included.
    """
    attached = _attached(mail, headers)
    if attached is not None:
        return _of_mail(attached, note=text)
    return _inline(text.splitlines()[:MOST_LINES], subject=headers.text("subject"))


def is_named_so(subject: str) -> bool:
    """Whether a mail program put its word for a forward above (`Fwd:`, `WG:`, `TR:` …)."""
    return bool(_SUBJECT.match(subject))


def _attached(mail: Part, headers: Headers) -> Part | None:
    """The one mail that hangs right below the words; a report's original is no forward."""
    if "report" in headers.raw("content-type").partition(";")[0].lower():
        return None
    mails = [p for p in parts.sub_parts(mail) if p.get_content_type() == "message/rfc822"]
    inner = parts.sub_parts(mails[0]) if len(mails) == 1 else []
    return inner[0] if inner else None


def _of_mail(mail: Part, *, note: str) -> Forwarded | None:
    headers = Headers(mail)
    sender = next(iter(addresses.parse_list(headers.raw("from"))), None)
    if sender is None:
        return None
    lines, _ = parts.plain_lines(parts.read(mail))
    whole = "\n".join(lines).strip()
    return Forwarded(
        sender=sender, subject=headers.text("subject")[:998], text=whole, note=note.strip()
    )


def _inline(lines: list[str], *, subject: str) -> Forwarded | None:
    is_named = is_named_so(subject)
    for place, line in enumerate(lines):
        if _MARKER.match(line[:LONGEST_MARK]):
            start = _next_words(lines, place + 1)
            return _of_lines(lines, start, above=place) if start is not None else None
        if is_named and _starts_header(lines, place):
            return _of_lines(lines, place, above=place)
    return None


def _next_words(lines: list[str], place: int) -> int | None:
    near = range(place, min(place + 4, len(lines)))
    return next((at for at in near if lines[at].strip("> \t")), None)


def _starts_header(lines: list[str], place: int) -> bool:
    """From, and at least two more fields of a mail's header right below it."""
    if _meaning(lines[place]) != "from":
        return False
    below = takewhile(bool, map(_meaning, lines[place : place + 8]))
    return len(set(below)) >= 3  # noqa: PLR2004 -- with From itself


def _meaning(line: str) -> str:
    found = _FIELD.match(line[:LONGEST_FIELD])
    return _MEANING.get(found[1].strip().lower(), "") if found else ""


def _of_lines(lines: list[str], start: int, *, above: int) -> Forwarded | None:
    said, end = _header(lines, start)
    sender = _sender(said.get("from", ""))
    if sender is None:
        return None
    is_quoted = lines[start].lstrip().startswith(">")
    body = [re.sub(r"^> ?", "", line) for line in lines[end:]] if is_quoted else lines[end:]
    note = (
        lines[: above - 1]
        if above and _SEPARATOR.match(lines[above - 1][:LONGEST_MARK])
        else lines[:above]
    )
    return Forwarded(
        sender=sender,
        subject=said.get("subject", "")[:998],
        text="\n".join(body).strip(),
        note="\n".join(note).strip(),
    )


def _header(lines: list[str], start: int) -> tuple[dict[str, str], int]:
    """What the header says, and the place of the first line below it.

    A value may run on in further lines, up to the blank one that ends the header.
    """
    said: dict[str, str] = {}
    last = ""
    for place in range(start, min(start + 30, len(lines))):
        line = lines[place]
        if not line.strip("> \t"):
            return said, place + 1
        found, meaning = _FIELD.match(line[:LONGEST_FIELD]), _meaning(line)
        if found and meaning:
            said.setdefault(meaning, found[2].strip())
            last = meaning
        elif last:
            said[last] = f"{said[last]} {line.strip('> ')}"[:2000]
        else:
            return said, place
    return said, min(start + 30, len(lines))


def _sender(value: str) -> Address | None:
    plain = _LINK.sub(r"<\1>", value.translate(_PLAIN))
    return next(iter(addresses.parse_list(plain)), None)
