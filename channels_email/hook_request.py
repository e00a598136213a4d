"""A provider's request as Django shows one, made again from its bytes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import Message as Part
from email.parser import BytesHeaderParser
from email.policy import compat32
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from conversations.adapters.base import Malformed
from conversations.services.filenames import display_name

MOST_FIELDS = 5000
TORN = "\0"
"""A field that a form has where something stands behind its end: who wrote that is unclear."""
KEPT = (
    "content-type", "svix-id", "x-amz-sns-message-type", "x-amz-sns-message-id", "user-agent",
)  # fmt: skip
"""Headers that are kept with the body; signatures and logins are not."""


def rebuild(body: bytes, headers: Mapping[str, str], *, url: str = "https://hub/") -> WSGIRequest:
    """The request, form fields and files parsed by us: Django's limits are for browsers.

    Raises Malformed for a form of more fields than anybody sends.
    """
    target = urlsplit(url)
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    content_type = headers.get("content-type", "")
    environ = {
        **names,
        "REQUEST_METHOD": "POST",
        "PATH_INFO": target.path,
        "QUERY_STRING": target.query,
        "SERVER_NAME": target.hostname or "hub",
        "SERVER_PORT": str(target.port or 443),
        "wsgi.url_scheme": target.scheme,
        "wsgi.input": BytesIO(body),
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
    }
    request = WSGIRequest(environ)
    request._body = body  # noqa: SLF001 -- read already
    fields, files = _form(body, content_type)
    request._post, request._files = fields, files  # type: ignore[attr-defined]  # noqa: SLF001
    return request


def _form(body: bytes, content_type: str) -> tuple[QueryDict, MultiValueDict[str, object]]:
    fields, files = QueryDict(mutable=True), MultiValueDict[str, object]()
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        _read_urlencoded(body, fields)
    elif kind == "multipart/form-data":
        _read_multipart(body, content_type, fields, files)
    return fields, files


def _read_urlencoded(body: bytes, fields: QueryDict) -> None:
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="surrogateescape",
        )
    except ValueError as error:
        raise Malformed("too_many_fields") from error
    for name, value in pairs:
        fields.appendlist(name, value)


def _read_multipart(
    body: bytes, content_type: str, fields: QueryDict, files: MultiValueDict[str, object]
) -> None:
    parts, behind = _parted(body, content_type)
    for part in parts[:MOST_FIELDS]:
        _read_part(BytesHeaderParser(policy=compat32).parsebytes(part), fields, files)
    if behind.strip():
        fields.appendlist(TORN, "")


def _parted(body: bytes, content_type: str) -> tuple[list[bytes], bytes]:
    """The parts, and what stands behind the form. A mail among them is one file (RFC 7578 4.3):
    the parser would take it apart, and recurse as deep as its sender likes."""
    start = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    boundary = BytesHeaderParser(policy=compat32).parsebytes(start).get_boundary("")
    if not boundary:
        return [], b""
    line = rb"(?:\A|\r?\n)--%b(--)?[ \t]*(?:\r?\n|\Z)" % re.escape(
        boundary.encode("latin-1", "replace")
    )
    edge, parts = re.compile(line), list[bytes]()
    place = edge.search(body)
    while place and not place[1]:
        # the line's own end may be all that stands before the next one
        following = edge.search(body, max(place.end() - 2, place.start() + 1))
        parts.append(body[place.end() : following.start() if following else len(body)])
        place = following
    return parts, body[place.end() :] if place else b""


def _read_part(part: Part, fields: QueryDict, files: MultiValueDict[str, object]) -> None:
    name = part.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        return
    filename = part.get_filename()
    content = _content(part)
    if filename is None:
        charset = part.get_content_charset("utf-8")
        fields.appendlist(name, _text(content, charset))
        return
    kind = part.get_content_type()
    if kind.startswith("text/") and not _is_text(content):
        kind = "application/octet-stream"
    safe = display_name(filename)  # Django refuses a request for a name like `..`
    files.appendlist(name, SimpleUploadedFile(safe, content, content_type=kind))


def _is_text(content: bytes) -> bool:
    """What is no text must not be taken for some: it would be mended until it is."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content


def _content(part: Part) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "surrogateescape")
    except LookupError:
        return content.decode("utf-8", "surrogateescape")
