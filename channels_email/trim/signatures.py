"""Where a signature starts, counted from the end of what was written.

Only what is set off counts: `-- ` (RFC 3676 4.3), a mailing list's line, a phone's own words, the
markup's word. "Best, Anna" is the customer speaking.
"""

# ruff: noqa: RUF001 -- words and signs of many languages
from __future__ import annotations

import re

from channels_email.trim.rows import Mark, Rows

_MOST_ROWS = {"-- ": 40, "--": 15, "_": 8}
_MOST_CHARACTERS = {"-- ": 8000, "--": 1200, "_": 600}
_RULE = re.compile(r"^(?:([-_=*#~+—–])(?:\s?\1)+|[—–]\s*)$")
_LIST_RULE = re.compile(r"^_{15,}$")
_SENT = re.compile(
    r"""^\W{0,3}(?:sent\ (?:from|via|with|using|by)|get\ (?:the\ )?(?:outlook|\S+\ mail)\ for
      |envia(?:do|t)\ d?|envoyé\ (?:de|à|avec|via)|von\ mein|gesendet\ (?:von|mit|aus|über)
      |diese\ nachricht\ wurde|mit\ \S+\ .{0,40}\ gesendet|inviato\ |verzonden\ |verstuurd\ vanaf
      |sendt\ (?:fra|med)|skicka(?:t|des)\ |lähetetty\ |wysłan[eo]\ z|odesláno\ z|odoslané\ z
      |trimis\ d|elküldve|отправлено\ |надіслано\ |изпратено\ |отправл|iphoneから|ipadから
      |从我的|发自|發自|寄自|나의\ |내\ |iphone|ipad|cep\ telefon)""",
    re.IGNORECASE | re.VERBOSE,
)
_DEVICE = re.compile(
    r"""i(?:phone|pad|pod)|android|blackberry|samsung|galaxy|huawei|xiaomi|redmi|oneplus|nokia
      |lumia|xperia|motorola|windows|surface|smartphone|\bmobile|\bmobil\w*|\bmóvil|celular
      |\bhandy\b|\btablet|\bphone\b|téléphone|portable\b|outlook|yahoo|\baol\b|gmail|gmx|web\.de
      |proton\ ?mail|thunderbird|k-9|fairemail|bluemail|\bspark\b|airmail|mailbird|superhuman
      |tutanota|\btuta\b|aqua\ mail|\bmail\ (?:for|app|für|pour|para)|apple\ mail|mailspring
      |posteo|zimbra|roundcube|telefon\w*|手机|휴대폰|\bmy\ [A-Z]\w+\ .{0,30}\d""",
    re.IGNORECASE | re.VERBOSE,
)
_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|because|but|so|and|i|we|you|please|order|yesterday|today|pero|porque|aber|"
    r"weil|mais|parce|hier|ich|je|ik|yo|ayer|gestern)\b",
    re.IGNORECASE,
)
_APOLOGY = re.compile(
    r"[.;,-]?\s*(?:please\s)?(?:excuse|pardon|apolog|sorry\sfor)\b.{0,60}$|<[^<>]{0,200}>$",
    re.IGNORECASE,
)
_CARRIER = re.compile(r"samsung|verizon|at&t|t-mobile|vodafone|orange", re.IGNORECASE)
_LONGEST_DEVICE = 160


def is_rule(text: str) -> bool:
    """A line of one sign only, or the mark that a tracker of Gmail leaves behind."""
    if len(text) == 1:
        return text in "ᐧ—–"
    return not text[0].isalnum() and _RULE.match(text[:80]) is not None


def is_device(text: str) -> bool:
    """`Sent from my iPhone`, and not `Sent from my desk, it is quieter here`."""
    if len(text) > _LONGEST_DEVICE or not _SENT.match(text):
        return False
    bare = _APOLOGY.sub("", text)
    is_clause = _CLAUSE.search(bare) or ("," in bare and not _CARRIER.search(bare))
    return bool(_DEVICE.search(bare)) and not is_clause and len(bare.split()) <= 14  # noqa: PLR2004


def start(rows: Rows, kinds: list[int], end: int) -> int:
    """First row of the signature that ends before `end`; `end` where there is none."""
    if end and is_device(rows.texts[end - 1]):
        return end - 1
    first = end
    while first and kinds[first - 1] == Mark.SIGNED and end - first < _MOST_ROWS["-- "]:
        first -= 1
    return first if first < end else _delimited(rows, kinds, end)


def _delimited(rows: Rows, kinds: list[int], end: int) -> int:
    """Back to a delimiter that is near enough for its kind: nobody signs with a page."""
    size = 0
    for row in range(end - 1, max(-1, end - 2 - _MOST_ROWS["-- "]), -1):
        if kinds[row] in {Mark.QUOTED, Mark.INTRO}:
            break
        kind = _delimiter(rows, row)
        if kind and end - row - 1 <= _MOST_ROWS[kind] and size <= _MOST_CHARACTERS[kind]:
            return row
        size += len(rows.texts[row])
    return end


def _delimiter(rows: Rows, row: int) -> str:
    text = rows.texts[row]
    if text == "--":
        return "-- " if rows.raw[row] in {"-- ", "--\xa0"} else "--"
    return "_" if _LIST_RULE.match(text) else ""
