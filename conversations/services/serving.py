"""A file's bytes over HTTP, for every room: in ranges, in constant memory, and harmless.

Strangers made them. What they sent is only ever downloaded; what is drawn or played in a page was
made anew by us.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Container, Generator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from conversations.media import sniffing
from conversations.models import Attachment, Blob, Look
from conversations.services.errors import Refused

PIECE = 256 * 1024
"""Bytes in memory at a time."""
DRAWN = {"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/webm"}
"""Types that a browser draws or plays, and cannot run."""
FRESH = 3600
"""Seconds that a reader's own browser keeps what was made anew."""
Answer = TypeVar("Answer", bound=HttpResponseBase)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def respond(
    request: HttpRequest, attachment: Attachment, variant: str = "original"
) -> HttpResponseBase:
    """An attachment, its `original` as it came, or what is shown of it: `preview`, `poster` (small
    and still; `thumb` is the same), 404 where there is none; `shown` is the preview where there is
    one, else the original.

    Whether the reader may see it is the caller's to ask. Raises Refused("file_infected").
    """
    look = Look.objects.filter(blob=attachment.blob_id).first()
    if look is not None and look.is_infected:
        raise Refused("file_infected")
    blob = _made(look, variant)
    if variant == "original" or (variant == "shown" and blob is None):
        return download(request, attachment.blob, attachment.name)
    return _shown(request, blob) if blob is not None else _absent()


def _made(look: Look | None, variant: str) -> Blob | None:
    if look is None:
        return None
    return look.poster if variant in {"poster", "thumb"} else look.preview


def download(request: HttpRequest, blob: Blob, name: str) -> HttpResponseBase:
    """Bytes to be saved under a name, never drawn; 404 where they are gone."""
    return _answer(request, blob, "application/octet-stream", name)


def picture(
    request: HttpRequest, attachment: Attachment, kinds: Container[str]
) -> HttpResponseBase:
    """A picture of ours as it is, for a machine that passes it on: only what its first bytes show
    to be of these `kinds`, 404 otherwise. Raises Refused("file_infected")."""
    blob = attachment.blob
    look = Look.objects.filter(blob=blob).first()
    if look is not None and look.is_infected:
        raise Refused("file_infected")
    try:
        kind = sniffing.media_type(blob.start(sniffing.HEAD))
    except FileNotFoundError:
        return _absent()
    return _answer(request, blob, kind, "") if kind in kinds else _absent()


def _shown(request: HttpRequest, blob: Blob) -> HttpResponseBase:
    """Only what the first bytes of our own making say."""
    try:
        kind = sniffing.media_type(blob.start(sniffing.HEAD))
    except FileNotFoundError:
        return _absent()
    if kind not in DRAWN:
        return _absent()
    response = _answer(request, blob, kind, "")
    response["Cache-Control"] = f"private, max-age={FRESH}"
    return response


def _answer(request: HttpRequest, blob: Blob, kind: str, name: str) -> HttpResponseBase:
    if blob.pruned_at is not None or (blob.content is None and not blob.path.is_file()):
        return _absent()
    etag = f'"{blob.sha256}"'
    part = _part(request, etag, blob.size)
    if part is None:
        response: HttpResponseBase = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response["Content-Range"] = f"bytes */{blob.size}"
        return _guarded(response, "application/octet-stream", name)
    response = _body(request, blob, part)
    if part.is_partial:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{blob.size}"
    response["Content-Length"] = str(part.length)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return _guarded(response, kind, name)


def _absent() -> HttpResponse:
    return _guarded(HttpResponse(status=HTTPStatus.NOT_FOUND), "text/plain", "")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to, not including, `end`."""

    start: int
    end: int
    is_partial: bool

    @property
    def length(self) -> int:
        return self.end - self.start


def _part(request: HttpRequest, etag: str, size: int) -> Part | None:
    """What is asked for; everything where that is not one range of it. None beyond the end."""
    whole = Part(0, size, is_partial=False)
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or request.headers.get("If-Range", etag).strip() != etag:
        return whole
    first, last = found[1], found[2]
    if not first:
        if not last:
            return whole
        start, end = max(size - int(last), 0), size
        return Part(start, end, is_partial=True) if int(last) and size else None
    start, end = int(first), min(int(last), size - 1) + 1 if last else size
    if last and int(last) < start:
        return whole
    return Part(start, end, is_partial=True) if start < size else None


def _body(request: HttpRequest, blob: Blob, part: Part) -> HttpResponseBase:
    """Under ASGI a plain iterator would be read to its end before anything leaves."""
    if request.method == "HEAD":
        return HttpResponse()
    if blob.content is not None:
        return HttpResponse(bytes(blob.content[part.start : part.end]))
    flow = _flow if isinstance(request, ASGIRequest) else _read
    return StreamingHttpResponse(flow(blob.path, part))


def _read(path: Path, part: Part) -> Generator[bytes, None, None]:
    """Opened when the first piece is taken, so that nothing stays open where none is."""
    with path.open("rb") as file:
        file.seek(part.start)
        while piece := file.read(min(PIECE, part.end - file.tell())):
            yield piece


async def _flow(path: Path, part: Part) -> AsyncIterator[bytes]:
    pieces = _read(path, part)
    try:
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece
    finally:
        pieces.close()


def _guarded(response: Answer, kind: str, name: str) -> Answer:
    """No type but ours, nothing that runs, no page of another site's that it is part of."""
    response["Content-Type"] = kind
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Referrer-Policy"] = "no-referrer"
    disposition = content_disposition_header(bool(name), name or "")
    response["Content-Disposition"] = disposition or "inline"
    return response
