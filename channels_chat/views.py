"""Files of a chat, up and down. Who asks is known by the token or by a signed address alone."""

from __future__ import annotations

from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from channels_chat import entries, flood, limits, links, origins, standing, visitors
from channels_chat.errors import Problem
from channels_chat.models import ChatSettings, Upload, Visitor
from conversations.models import Attachment, Blob, BlockedSender
from conversations.services import serving
from conversations.services.errors import Refused
from conversations.services.filenames import display_name, sniffed_type

WAITING = 20
"""Files that may wait for a message of one visitor."""
PER_MINUTE = 30


@csrf_exempt  # no cookie says who asks
@require_POST
def upload(request: HttpRequest, key: str) -> HttpResponse:
    """Keep one file of a visitor until they say something with it."""
    settings = origins.settings_of(key)
    visitor = _bearer(request, settings) if settings else None
    if settings is None or visitor is None:
        return _refuse("no_visitor", HTTPStatus.UNAUTHORIZED)
    try:
        found = _kept(request, settings, visitor)
    except Problem as problem:
        return _refuse(problem.code, _STATUS.get(problem.code, HTTPStatus.BAD_REQUEST))
    except OSError:
        return _refuse("try_again", HTTPStatus.SERVICE_UNAVAILABLE)
    told = {
        "id": str(found.number),
        "name": found.name,
        "type": found.type,
        "size": found.blob.size,
    }
    return JsonResponse(told, status=HTTPStatus.CREATED)


_STATUS = {
    "blocked": HTTPStatus.FORBIDDEN,
    "files_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_fast": HTTPStatus.TOO_MANY_REQUESTS,
}


def _bearer(request: HttpRequest, settings: ChatSettings) -> Visitor | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return visitors.by_token(settings, token)


def _kept(request: HttpRequest, settings: ChatSettings, visitor: Visitor) -> Upload:
    if BlockedSender.objects.covers(visitor.value):
        raise Problem("blocked")
    if not settings.takes_files or visitor.uploads.count() >= WAITING:
        raise Problem("bad_file")
    flood.once(f"file:{visitor.pk}", PER_MINUTE)
    if int(request.headers.get("Content-Length") or 0) > limits.FILE_SIZE + limits.FRAME:
        raise Problem("files_too_large")
    file = request.FILES.get("file")
    if file is None or not file.size:
        raise Problem("bad_file")
    if file.size > limits.FILE_SIZE:
        raise Problem("files_too_large")
    content = file.read()
    with transaction.atomic():  # until the row holds them the bytes are nobody's
        return Upload.objects.create(
            visitor=visitor,
            blob=Blob.objects.keep(content),
            name=display_name(file.name or ""),
            type=sniffed_type(content, file.content_type or ""),
        )


def _refuse(code: str, status: HTTPStatus) -> HttpResponse:
    return JsonResponse({"code": code}, status=status)


@require_safe
def file(request: HttpRequest, key: str, signed: str) -> HttpResponseBase:
    """A file of a visitor's thread while they may see it: drawn or played as we made it anew, else
    downloaded."""
    found = _file(key, signed)
    if found is None:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    is_small = request.GET.get("as") == "poster"
    variant = "original" if "download" in request.GET else "poster" if is_small else "shown"
    try:
        response = serving.respond(request, found, variant)
    except Refused as no:
        return _refuse(no.code, HTTPStatus.FORBIDDEN)
    response["Cache-Control"] = f"private, max-age={serving.FRESH}"
    return response


def _file(key: str, signed: str) -> Attachment | None:
    """Whatever the address says, the visitor must still be one, and the message still theirs."""
    settings, named = origins.settings_of(key), links.named(signed)
    if settings is None or named is None:
        return None
    visitor_id, file_id = named
    visitor = (
        Visitor.objects.select_related("channel")
        .filter(pk=visitor_id, channel=settings.channel_id)
        .exclude(token_hash="")
        .first()
    )
    if visitor is None:
        return None
    visible = entries.shown(standing.thread_of(visitor)).filter(redacted_at=None)
    files = Attachment.objects.select_related("blob").filter(message__in=visible.values("pk"))
    return files.filter(pk=file_id, blob__pruned_at=None).first()
