"""`POST /hooks/sms/<key>/{inbound,status}`: verify, keep, answer.

What was kept is understood later. What cannot be proven leaves a note on the channel's page only.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from channels_sms import edge, providers
from channels_sms.models import SmsAccount
from channels_sms.providers.base import Post
from conversations.faults import failpoint

log = structlog.get_logger(__name__)

MOST = 1024 * 1024
"""Bytes of a post; a text has a few thousand."""
RETRY_SECONDS = "5"


@csrf_exempt
def hook(request: HttpRequest, key: str, side: str) -> HttpResponse:
    """200 only after commit; 503 where the provider had better try again."""
    account = _account(key)
    if account is None or side not in edge.SIDES:
        return _refuse(HTTPStatus.NOT_FOUND)
    if request.method != "POST":
        return _refuse(HTTPStatus.METHOD_NOT_ALLOWED, Allow="POST")
    try:
        return _receive(request, account, side)
    except RequestDataTooBig:
        return _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except UnreadablePostError:
        return _refuse(HTTPStatus.BAD_REQUEST)
    except (Error, OSError) as error:
        log.warning("hook_unavailable", error=type(error).__name__)
        return _refuse(HTTPStatus.SERVICE_UNAVAILABLE, **{"Retry-After": RETRY_SECONDS})


def _receive(request: HttpRequest, account: SmsAccount, side: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    post = Post(
        url=edge.address(account.channel, side) + (f"?{query}" if query else ""),
        body=_body(request),
        headers={name.lower(): value for name, value in request.headers.items()},
    )
    provider = providers.of(account.provider)
    if not provider.is_genuine(post, account):
        account.note_refused()
        return _refuse(HTTPStatus.FORBIDDEN)
    failpoint("hook.before_record")
    kept = edge.keep(account, post, side)
    failpoint("hook.after_record")
    if kept is None and side == edge.INBOUND:
        return _refuse(HTTPStatus.BAD_REQUEST)
    account.note_event(side)
    body, kind = provider.answer()
    return HttpResponse(body, content_type=kind)


def _account(key: str) -> SmsAccount | None:
    """By the unguessable key, compared whole; a channel that is off still takes its texts."""
    account = SmsAccount.objects.select_related("channel").filter(channel__key=key).first()
    same = account and hmac.compare_digest(account.channel.key.encode(), key.encode())
    return account if same else None


def _body(request: HttpRequest) -> bytes:
    body = request.read(MOST + 1)
    if len(body) > MOST:
        raise RequestDataTooBig
    said = request.META.get("CONTENT_LENGTH") or ""
    if said.isdigit() and len(body) < int(said):
        raise UnreadablePostError
    return body


def _refuse(status: HTTPStatus, **headers: str) -> HttpResponse:
    """An answer that Django does not log: the path in that line would hold the key."""
    response = HttpResponse(status=status, headers=headers)
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 -- its only switch
    return response
