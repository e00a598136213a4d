"""`POST /hooks/email/<key>/raw`: a mail as it is (message/rfc822), from a mail server."""

from __future__ import annotations

import hmac
from http import HTTPStatus

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from channels_email import edge
from conversations.faults import failpoint
from conversations.models import Channel

log = structlog.get_logger(__name__)

HARD_LIMIT = 60 * 1024 * 1024
"""Bytes that are refused before anything is kept. Between this and what is read: quarantine."""
RETRY_SECONDS = "30"


@csrf_exempt
def raw_mail(request: HttpRequest, key: str) -> HttpResponse:
    """200 only after commit; 503 where the sender had better try again."""
    if request.method != "POST":
        return refuse(HTTPStatus.METHOD_NOT_ALLOWED, Allow="POST")
    try:
        return _receive(request, channel_of(key))
    except RequestDataTooBig:
        return refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except UnreadablePostError:
        return refuse(HTTPStatus.BAD_REQUEST)
    except (Error, OSError) as error:
        log.warning("hook_unavailable", error=type(error).__name__)
        return refuse(HTTPStatus.SERVICE_UNAVAILABLE, **{"Retry-After": RETRY_SECONDS})


def _receive(request: HttpRequest, channel: Channel | None) -> HttpResponse:
    if channel is None:
        return refuse(HTTPStatus.NOT_FOUND)
    if request.content_type != "message/rfc822":
        return refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return _keep(channel, body_of(request))


def refuse(status: HTTPStatus, **headers: str) -> HttpResponse:
    """An answer that Django does not log: the path in that line would hold the key."""
    response = HttpResponse(status=status, headers=headers)
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 -- its only switch
    return response


def channel_of(key: str) -> Channel | None:
    """By the unguessable key, compared whole; a channel that is off still takes its mail."""
    channel = Channel.objects.filter(kind="email", key=key).first()
    return channel if channel and hmac.compare_digest(channel.key.encode(), key.encode()) else None


def body_of(request: HttpRequest) -> bytes:
    """Read up to the limit. Raises RequestDataTooBig, or UnreadablePostError for half a body."""
    said = request.META.get("CONTENT_LENGTH") or ""
    if said.isdigit() and int(said) > HARD_LIMIT:
        raise RequestDataTooBig
    body = request.read(HARD_LIMIT + 1)
    if len(body) > HARD_LIMIT:
        raise RequestDataTooBig
    if said.isdigit() and len(body) < int(said):
        raise UnreadablePostError
    return body


def _keep(channel: Channel, body: bytes) -> HttpResponse:
    if not body:
        return refuse(HTTPStatus.BAD_REQUEST)
    failpoint("hook.before_record")
    receipt = edge.keep(channel, body, door="hook")
    failpoint("hook.after_record")
    return JsonResponse(
        {"receipt": receipt.pk, "sha256": receipt.blob.sha256}, status=HTTPStatus.OK
    )
