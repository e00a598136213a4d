"""What somebody wrote, apart from what they quoted. A linear scan over lines; no words are lost.

Whatever is not sure to be a quotation stays visible: a reply written below or between quoted
lines keeps them all.
"""

from __future__ import annotations

import re

LONGEST = 256 * 1024
"""Characters that are scanned; what lies beyond is folded with the rest."""
_LONGEST_INTRO = 300
_WROTE = (
    r"wrote|writes|a\ écrit|écrit|escribió|escribio|escreveu|ha\ scritto|schrieb\b.{0,120}|skrev"
    r"|schreef\b.{0,120}|napisał(?:\(a\))?|napsal(?:\(a\))?|a\ scris|kirjoitti"
)
_INTRO = re.compile(
    rf"""^\W{{0,4}}(?:
        (?:on|le|el|em|il|am|den|op|w\ dniu|a|dne|på|pe|no\ dia|at|in)\b.{{4,280}}(?:{_WROTE})\s*:
      | \d{{4}}[-./]\d{{1,2}}[-./]\d{{1,2}}.{{4,200}}<[^>]+@[^>]+>\s*:
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_BARE_INTRO = re.compile(
    r"^.{2,200}(?:wrote|writes|schrieb|escribió|a écrit|ha scritto|escreveu)\s*:\s*$", re.IGNORECASE
)
_SEPARATOR = re.compile(
    r"""^\W{0,4}(?:
        -{2,}\s*(?:original\ (?:message|appointment)|reply\ message|original[\ -]?nachricht
          |ursprüngliche\ nachricht|mensaje\ original|message\ (?:d'origine|original)
          |mensagem\ original|messaggio\ originale|oorspronkelijk\ bericht
          |ursprungligt\ meddelande|wiadomość\ oryginalna|pôvodná\ správa)\s*-{2,}
      | _{20,}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_FIELD = re.compile(
    r"^\W{0,3}\*?(from|de|von|da|van|fra|från|od|sent|date|gesendet|datum|enviado(?: el)?|envoyé"
    r"|data|inviato|verzonden|to|an|para|à|a|aan|til|till|do|subject|betreff|asunto|objet|assunto"
    r"|oggetto|onderwerp|emne|ämne|temat|cc|kopie)\*?\s*:\*?\s",
    re.IGNORECASE,
)
_FROM = {"from", "de", "von", "da", "van", "fra", "från", "od"}
_DEVICE = re.compile(
    r"^(?:sent (?:from|via|with) |enviado d(?:esde|o) |envoyé de(?:puis)? |von mein"
    r"|gesendet (?:von|mit) |inviato dal? |verzonden vanaf |get outlook for "
    r"|diese nachricht wurde von mein)",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^\W{0,3}-{2,}\s*(?:forwarded|weitergeleitete|mensaje reenviado|message transféré"
    r"|mensagem encaminhada|messaggio inoltrato)|^begin forwarded message",
    re.IGNORECASE,
)
_LONGEST_DEVICE = 80


def split(text: str) -> tuple[str, str]:
    """(what was written, the folded remainder). The first is empty only when all is blank."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text[:LONGEST].split("\n")
    cut = _quote_start(lines)
    cut = min(cut, _signature_start(lines[:cut]))
    above = "\n".join(lines[:cut]).strip()
    if not above:
        return text.strip(), ""
    return above, ("\n".join(lines[cut:]) + text[LONGEST:]).strip("\n").rstrip()


def _quote_start(lines: list[str]) -> int:
    """The line from which on there is only quotation; the number of lines where there is none."""
    if any(map(_FORWARD.match, filter(None, lines))):
        return len(lines)  # what somebody forwards is what they have to say
    for place, line in enumerate(lines):
        if line and (_SEPARATOR.match(line) or _is_header_block(lines, place)):
            return min(place, _trailing_block(lines))
    return _trailing_block(lines)


def _is_header_block(lines: list[str], place: int) -> bool:
    """`From: … Sent: … Subject: …` as Outlook puts it, in any of our languages."""
    first = _FIELD.match(lines[place])
    if first is None or first[1].lower() not in _FROM:
        return False
    following = [line for line in lines[place + 1 : place + 9] if line.strip()][:4]
    return sum(_FIELD.match(line) is not None for line in following) >= 2  # noqa: PLR2004


def _trailing_block(lines: list[str]) -> int:
    """Start of the `>` lines that end the text, their intro included."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and (_is_quoted(lines[start - 1]) or not lines[start - 1].strip()):
        start -= 1
    if not any(map(_is_quoted, lines[start:end])):
        return _bare_intro(lines)
    return _with_intro(lines, start)


def _is_quoted(line: str) -> bool:
    return line.lstrip(" ").startswith(">")


def _with_intro(lines: list[str], start: int) -> int:
    """Step back over `On … wrote:`, which mail programs break into up to three lines."""
    for height in (1, 2, 3):
        candidate = " ".join(line.strip() for line in lines[max(0, start - height) : start])
        if start >= height and len(candidate) <= _LONGEST_INTRO and _INTRO.match(candidate):
            return start - height
    is_bare = start > 0 and _BARE_INTRO.match(lines[start - 1][:_LONGEST_INTRO])
    return start - 1 if is_bare else start


def _bare_intro(lines: list[str]) -> int:
    """An intro whose quotation is not marked line by line: everything behind it is quoted."""
    for place in range(1, len(lines)):
        is_intro = len(lines[place]) <= _LONGEST_INTRO and _INTRO.match(lines[place])
        if is_intro and _is_dated(lines[place]):
            return len(lines) if any(map(_is_quoted, lines[place:])) else place
    return len(lines)


def _is_dated(line: str) -> bool:
    """A bare `Anna wrote:` may be the writer's own words; with a time and an address it is not."""
    return sum(map(str.isdigit, line)) >= 4 and ("@" in line or ":" in line.rstrip(": "))  # noqa: PLR2004


def _signature_start(lines: list[str]) -> int:
    """`-- ` (RFC 3676 4.3) or a phone's own line, with what follows it."""
    for place, line in enumerate(lines):
        if line in {"-- ", "--"} and place:
            return place
    for place in range(max(0, len(lines) - 6), len(lines)):
        line = lines[place].strip()
        if len(line) <= _LONGEST_DEVICE and "," not in line and _DEVICE.match(line):
            return place if not any(map(str.strip, lines[place + 2 :])) else len(lines)
    return len(lines)
