"""Files that the demo's customers attach, drawn here: a photograph of sorts and a PDF page."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable

from conversations.adapters.messages import File

Pixel = tuple[int, int, int]
WIDTH, HEIGHT = 480, 300
WALL, DESK, BODY, RING = (196, 184, 166), (122, 92, 66), (38, 39, 44), (232, 126, 34)


def light_ring() -> File:
    """The dead massager on a desk, its light ring orange."""
    return File(name="IMG_2041.png", type="image/png", content=_png(_massager))


def at_work() -> bytes:
    """A frame of a film of it, as a PNG."""
    return _png(_massager)


def cracked_head() -> File:
    """A picture that stands inside an HTML mail."""
    return File(
        name="head.png",
        type="image/png",
        content=_png(_head),
        is_inline=True,
        content_id="head@photos.example",
    )


def purchase_order() -> File:
    lines = (
        "Alder & Finch Physiotherapy",
        "Purchase order 2211",
        "6 x Kalma Pro 2",
        "6 x Travel case",
        "Please invoice to accounts@alderfinch.example",
    )
    return File(name="purchase-order-2211.pdf", type="application/pdf", content=_pdf(lines))


def _massager(x: int, y: int) -> Pixel:
    if math.hypot(x - 305, y - 118) < 46:  # noqa: PLR2004 -- geometry
        return RING if math.hypot(x - 305, y - 118) > 34 else BODY  # noqa: PLR2004
    if 110 < x < 330 and 88 < y < 148:  # noqa: PLR2004
        return BODY
    if 200 < x < 250 and 140 < y < 262:  # noqa: PLR2004
        return BODY
    return _room(x, y)


def _head(x: int, y: int) -> Pixel:
    if math.hypot(x - 240, y - 140) < 92:  # noqa: PLR2004
        crack = 236 + 14 * math.sin(y / 9)
        return RING if abs(x - crack) < 3 else BODY  # noqa: PLR2004
    return _room(x, y)


def _room(x: int, y: int) -> Pixel:
    base = DESK if y > 230 else WALL  # noqa: PLR2004
    shade = (x * 24) // WIDTH
    return (base[0] - shade, base[1] - shade, base[2] - shade)


def _png(draw: Callable[[int, int], Pixel]) -> bytes:
    """True colour, 8 bit (https://www.w3.org/TR/png-3/); each pixel is drawn fourfold."""
    rows = []
    for y in range(0, HEIGHT, 2):
        row = b"\0" + b"".join(bytes(draw(x, y)) * 2 for x in range(0, WIDTH, 2))
        rows += [row, row]
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def _pdf(lines: tuple[str, ...]) -> bytes:
    """One page of text (ISO 32000-1, 7.5)."""
    shown = " T* ".join(f"({_escaped(line)}) Tj" for line in lines)
    content = f"BT /F1 14 Tf 22 TL 72 760 Td {shown} ET".encode("latin-1")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    return _file(objects)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(objects: tuple[bytes, ...]) -> bytes:
    """Header, objects, cross-reference table, trailer."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(out))
    )
