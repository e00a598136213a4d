"""winmail.dat: what Outlook packs a mail's files into when it takes the reader for another one."""

from __future__ import annotations

import logging

from tnefparse import TNEF

from conversations.adapters.messages import File

TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}
MOST = 500
"""Files of one package that are unpacked."""
logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it tells of each odd attribute


def is_package(kind: str, name: str) -> bool:
    return kind in TYPES or name.lower() == "winmail.dat"


def unpacked(content: bytes) -> tuple[tuple[File, ...], str, str]:
    """(files, text, HTML) of a package; nothing of one that cannot be read to its end.

    The caller keeps the package itself where this is empty, or holds an empty file: then
    something of it was not understood.
    """
    try:
        package = TNEF(content, do_checksum=False)
        files = tuple(_file(attachment) for attachment in package.attachments[:MOST])
        return files, _text(package.body), _text(package.htmlbody)
    except Exception:  # noqa: BLE001 -- the library fails in every way on broken packages
        return (), "", ""


def _file(attachment: object) -> File:
    name = getattr(attachment, "long_filename", lambda: "")() or getattr(attachment, "name", "")
    return File(
        name=_text(name).strip("\x00 ") or "file",
        type="application/octet-stream",
        content=bytes(getattr(attachment, "data", b"") or b""),
    )


def _text(value: object) -> str:
    if isinstance(value, (bytes, bytearray)):
        from channels_email import charsets

        return charsets.decode(bytes(value).rstrip(b"\x00"))
    return str(value or "").replace("\x00", "")
