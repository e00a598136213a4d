"""tus 1.0.0 with creation, expiration and termination, in front of Django.

Django reads a request's whole body before any view sees it, and drops what it has when the client
goes: here each step is kept as it comes, so that a cut upload goes on where it was cut.
See docs/decisions/0120.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils.http import http_date
from django.utils.translation import override

from channels_video import limits, metadata, uploads
from channels_video.models import Upload, UploadLink
from channels_video.refusals import Refusal
from channels_video.request import Body, Request, in_thread
from channels_video.uploads import Writer

log = structlog.get_logger(__name__)

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
BYTES = "application/offset+octet-stream"

Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[HTTPStatus, dict[str, str]]


async def application(scope: Any, receive: Any, send: Send) -> None:
    """`/u/<token>/files` and `/u/<token>/files/<number>`."""
    request = Request.of(scope, receive)
    try:
        async with ThreadSensitiveContext():
            status, headers = await _answer(request)
        await _send(send, status, headers)
    except Refusal as refusal:
        await _refuse(send, request, refusal)
    except (DatabaseError, InterfaceError, OSError) as error:
        log.warning("upload_not_possible", error=str(error))
        busy = Refusal("busy", HTTPStatus.SERVICE_UNAVAILABLE, again=5)
        await _refuse(send, request, busy)
    finally:
        request.body.close()


async def _answer(request: Request) -> Answer:
    if settings.SECURE_SSL_REDIRECT and not request.is_secure:
        raise Refusal("not_secure", HTTPStatus.FORBIDDEN)
    methods = _ONE if request.number else _ALL
    if request.method != "OPTIONS" and request.header("tus-resumable") != VERSION:
        raise Refusal("another_version", HTTPStatus.PRECONDITION_FAILED)
    if request.method not in methods:
        raise Refusal("no_such_method", HTTPStatus.METHOD_NOT_ALLOWED)
    link = await in_thread(uploads.link_of, request.token)
    request.language = link.language or link.channel.language
    return await methods[request.method](request, link)


async def _options(_request: Request, link: UploadLink) -> Answer:
    offer = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(link.channel.video_settings.largest_size),
    }
    return HTTPStatus.NO_CONTENT, offer


async def _create(request: Request, link: UploadLink) -> Answer:
    """Bytes that come along are not taken: the answer says that none are here yet."""
    if request.header("upload-defer-length") or request.header("upload-concat"):
        raise Refusal("not_offered", HTTPStatus.BAD_REQUEST)
    length = request.number_in("upload-length", "bad_length")
    name, kind = metadata.name_and_type(request.header("upload-metadata"))
    wanted = uploads.Wanted(length=length, name=name, type=kind)
    upload = await in_thread(uploads.begin, link, wanted)
    if not upload.length:
        writer = await in_thread(uploads.claim, link, upload.number, 0)
        await in_thread(uploads.finish, writer)
    place = {"Location": f"{request.path}/{upload.number.hex}", "Upload-Offset": "0"}
    return HTTPStatus.CREATED, place | _expires(upload)


async def _head(request: Request, link: UploadLink) -> Answer:
    upload = await in_thread(uploads.find, link, _number(request))
    state = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length)}
    return HTTPStatus.OK, state | _expires(upload)


async def _delete(request: Request, link: UploadLink) -> Answer:
    upload = await in_thread(uploads.find, link, _number(request))
    if not await in_thread(uploads.end, upload):
        raise Refusal("received", HTTPStatus.FORBIDDEN)
    return HTTPStatus.NO_CONTENT, {}


async def _patch(request: Request, link: UploadLink) -> Answer:
    if request.header("content-type") != BYTES:
        raise Refusal("bad_type", HTTPStatus.BAD_REQUEST)
    offset = request.number_in("upload-offset", "bad_offset")
    announced = request.number_in("content-length", "bad_length", usual=0)
    writer = await in_thread(uploads.claim, link, _number(request), offset)
    if offset + announced > writer.length:
        await in_thread(uploads.release, writer, was_cut=False)
        raise Refusal("longer_than_said", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if not writer.is_complete:  # one that is finished waits for nobody's body
        writer = await _take(writer, request.body)
    if writer.is_complete:
        await in_thread(uploads.finish, writer)
    state = {"Upload-Offset": str(writer.offset), "Upload-Expires": _date(writer)}
    return HTTPStatus.NO_CONTENT, state


async def _take(writer: Writer, body: Body) -> Writer:
    """Write what comes, step by step, until it ends or the client goes; nothing waits longer than
    a second. Who wrote the last byte keeps the lease."""
    was_cut, silent = True, 0
    try:
        while not body.is_over and silent < limits.PATIENCE:
            pieces = await body.step(limits.STEP, limits.STEP_SECONDS)
            size = sum(map(len, pieces))
            if writer.offset + size > writer.length:
                raise Refusal("longer_than_said", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            silent = 0 if size else silent + 1
            if size:
                writer = await in_thread(uploads.write, writer, pieces)
        was_cut = body.was_cut or not body.is_over
    finally:
        if was_cut or not writer.is_complete:
            let_go = in_thread(uploads.release, writer, was_cut=was_cut)
            await asyncio.shield(let_go)
    return writer


_ALL = {"OPTIONS": _options, "POST": _create}
_ONE = {"OPTIONS": _options, "HEAD": _head, "PATCH": _patch, "DELETE": _delete}


def _number(request: Request) -> UUID:
    with suppress(ValueError):
        number = UUID(hex=request.number)
        if number.hex == request.number:
            return number
    raise Refusal("unknown", HTTPStatus.NOT_FOUND)


def _expires(upload: Upload) -> dict[str, str]:
    """Of what is not all there yet."""
    if upload.offset == upload.length:
        return {}
    return {"Upload-Expires": http_date(upload.expires_at.timestamp())}


def _date(writer: Writer) -> str:
    return http_date(writer.expires_at.timestamp())


# -- answers
async def _refuse(send: Send, request: Request, refusal: Refusal) -> None:
    headers = {"Content-Type": "application/json"}
    if refusal.status is HTTPStatus.PRECONDITION_FAILED:
        headers["Tus-Version"] = VERSION
    if refusal.status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_ONE if request.number else _ALL)
    if refusal.again is not None:
        headers["Retry-After"] = str(refusal.again)
    with override(request.language[:2] or None):
        said = {"code": refusal.code, "words": refusal.words}
    content = b"" if request.method == "HEAD" else json.dumps(said).encode()
    await _send(send, refusal.status, headers, content)


async def _send(
    send: Send, status: HTTPStatus, headers: Mapping[str, str], content: bytes = b""
) -> None:
    common = {
        "Tus-Resumable": VERSION,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        **({} if status is HTTPStatus.NO_CONTENT else {"Content-Length": str(len(content))}),
    }
    pairs = [(k.lower().encode(), v.encode("latin-1")) for k, v in {**common, **headers}.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": pairs})
    await send({"type": "http.response.body", "body": content})
