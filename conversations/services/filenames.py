"""Names and types of files as we show them: what a sender claims is never believed."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

import puremagic

from conversations.media.sniffing import HEAD, media_type

NAME_LENGTH = 120
UNNAMED = "file"
_RESERVED = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')


def display_name(claimed: str) -> str:
    """A name that is safe to show and to download as: no path, control or direction marks."""
    name = unicodedata.normalize("NFC", claimed.replace("\\", "/"))
    name = "".join(
        c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    )
    name = _RESERVED.sub("_", PurePosixPath(name).name).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if dot and len(name) > NAME_LENGTH:
        name = stem[: NAME_LENGTH - len(suffix[:16]) - 1] + "." + suffix[:16]
    return name[:NAME_LENGTH] or UNNAMED


def sniffed_type(content: bytes, claimed: str) -> str:
    """The media type that the bytes show, else the claimed one if it cannot do harm."""
    sure = media_type(content[:HEAD])
    if sure:
        return sure
    try:
        found = puremagic.magic_string(content[:65536], filename=None)
    except (puremagic.PureError, ValueError):
        found = []
    for match in found:
        if match.mime_type:
            return str(match.mime_type)[:120]
    return _harmless(claimed)


def claimed_type(claimed: str) -> str:
    """What a sender calls a file, as far as it can be shown."""
    return re.sub(r"[^\x20-\x7e]", "", claimed)[:120]


def _harmless(claimed: str) -> str:
    kind = claimed.partition(";")[0].strip().lower()
    return (
        kind
        if re.fullmatch(r"text/(plain|csv|calendar)|message/rfc822", kind)
        else "application/octet-stream"
    )
