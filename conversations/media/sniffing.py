"""What a file is, by its first bytes. Standard library only: the child knows no more."""

from __future__ import annotations

import re

HEAD = 4096
"""Bytes that are enough to tell."""
PICTURES = frozenset(
    {
        "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff",
        "image/avif", "image/heic", "image/heif",
    }
)  # fmt: skip
"""What Pillow reads, by itself or with what `pictures` hands it."""
FORMATS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "mp4",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/mpeg": "mpeg",
    "video/mp2t": "mpegts",
    "video/x-ms-asf": "asf",
    "video/x-flv": "flv",
    "video/ogg": "ogg",
}
"""The one reader for each kind of film: none is chosen by what a file says of itself, so that no
list of other files is ever followed."""
_FIRST = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b": "application/gzip",
    b"FLV\x01": "video/x-flv",
    b"\x00\x00\x01\xba": "video/mpeg",
    b"\x00\x00\x01\xb3": "video/mpeg",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "video/x-ms-asf",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
    b"ID3": "audio/mpeg",
    b"MZ": "application/x-msdownload",
    b"\x7fELF": "application/x-executable",
    b"Rar!\x1a\x07": "application/vnd.rar",
    b"7z\xbc\xaf\x27\x1c": "application/x-7z-compressed",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "application/x-ole-storage",
    b"{\\rtf": "application/rtf",
    b"#!EXTM3U": "application/vnd.apple.mpegurl",
    b"#EXTM3U": "application/vnd.apple.mpegurl",
}
_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic",
    b"heim": "image/heic", b"heis": "image/heic", b"hevc": "image/heic", b"hevx": "image/heic",
    b"mif1": "image/heif", b"msf1": "image/heif", b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"crx ": "image/x-canon-cr3",
}  # fmt: skip
_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
"""How a film of QuickTime begins that does not say what it is."""
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s+|<\?xml[^>]*>|<!DOCTYPE[^>]*>|<!--.*?-->)*+<(\w+)",
    re.DOTALL | re.IGNORECASE,
)


def media_type(head: bytes) -> str:
    """The type that the first bytes show; empty where they show none."""
    return _boxed(head) or _by_first(head) or _packed(head) or _markup(head)


def _boxed(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in {b"mif1", b"msf1"} and b"avif" in head[16:64]:
            return "image/avif"
        return "video/3gpp" if brand[:2] == b"3g" else _BRANDS.get(brand, "video/mp4")
    is_box = head[4:8] in _BOXES and int.from_bytes(head[:4], "big") != 0
    return "video/quicktime" if is_box else ""


def _by_first(head: bytes) -> str:
    for first, kind in _FIRST.items():
        if head.startswith(first):
            return "video/ogg" if first == b"OggS" and b"theora" in head[:256] else kind
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    return ""


def _packed(head: bytes) -> str:
    if head[:4] in {b"RIFF", b"RIFX"}:
        inside = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}
        return inside.get(head[8:12], "")
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[:1] == b"\x47" and head[188:189] == b"\x47" and head[376:377] == b"\x47":
        return "video/mp2t"
    return ""


def _markup(head: bytes) -> str:
    found = _MARKUP.match(head[:HEAD])
    if found is None:
        return ""
    name = found[1].lower()
    if name == b"svg":
        return "image/svg+xml"
    if name in {b"html", b"head", b"body", b"script", b"iframe", b"meta", b"title", b"img"}:
        return "text/html"
    return "text/xml" if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml") else ""
