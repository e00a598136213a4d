"""`POST /hooks/email/<key>/<provider>/{inbound,tracking}`: verify, keep, answer.

What was kept is understood later. What cannot be proven leaves a note on the channel's page only.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from channels_email import hook_fetch, hook_ids, hook_verify, sns
from channels_email.config import edge_envelope
from channels_email.hook_request import KEPT, rebuild
from channels_email.hook_table import HOOKS
from channels_email.models import EmailAccount, MailProvider
from channels_email.views import RETRY_SECONDS, body_of, channel_of, refuse
from conversations import receipts
from conversations.adapters.base import Malformed
from conversations.faults import failpoint
from conversations.models import Channel

log = structlog.get_logger(__name__)


def address(channel: Channel, provider: str, side: str) -> str:
    """What an admin enters at the provider."""
    path = reverse("email-hook", args=[channel.key, provider, side])
    return f"{settings.OMNIHUB_URL}{path}"


@csrf_exempt
def hook(request: HttpRequest, key: str, provider: str, side: str) -> HttpResponse:
    """200 only after commit; 503 where the sender had better try again."""
    channel = channel_of(key)
    row = MailProvider.objects.filter(channel=channel, name=provider).first() if channel else None
    if channel is None or row is None or side not in HOOKS.get(provider, {}):
        return refuse(HTTPStatus.NOT_FOUND)
    if request.method in {"HEAD", "GET"}:
        return HttpResponse()  # some look whether anybody is there before they take the address
    return _answer(request, channel, row, side)


def _answer(request: HttpRequest, channel: Channel, row: MailProvider, side: str) -> HttpResponse:
    if request.method != "POST":
        return refuse(HTTPStatus.METHOD_NOT_ALLOWED, Allow="POST, GET, HEAD")
    try:
        return _receive(request, channel, row, side)
    except RequestDataTooBig:
        return refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except (UnreadablePostError, Malformed):
        return refuse(HTTPStatus.BAD_REQUEST)
    except (Error, OSError, sns.Unreachable, hook_fetch.Unreachable) as error:
        log.warning("hook_unavailable", error=type(error).__name__)
        return refuse(HTTPStatus.SERVICE_UNAVAILABLE, **{"Retry-After": RETRY_SECONDS})


def _receive(request: HttpRequest, channel: Channel, row: MailProvider, side: str) -> HttpResponse:
    given = {name.lower(): value for name, value in request.headers.items()}
    url = address(channel, row.name, side)
    seen = rebuild(body_of(request), given, url=url)
    is_genuine = hook_verify.is_genuine(
        row.name, side, seen, row.secrets(), url=url, now=time.time()
    )
    if not is_genuine:
        row.note_refused()
        return _stranger(given)
    return _keep(seen, channel, row, side)


def _stranger(given: dict[str, str]) -> HttpResponse:
    """Amazon and others show their login only when they are asked for it."""
    if "authorization" in given:
        return refuse(HTTPStatus.FORBIDDEN)
    return refuse(HTTPStatus.UNAUTHORIZED, **{"WWW-Authenticate": 'Basic realm="hook"'})


def _keep(seen: HttpRequest, channel: Channel, row: MailProvider, side: str) -> HttpResponse:
    message = sns.parse(seen.body) if row.name == "amazon_ses" else {}
    if message.get("Type") == "SubscriptionConfirmation":
        sns.confirm(message)
    body, is_mail = hook_fetch.fetched(row.name, side, seen, dict(row.to_config().settings))
    account = EmailAccount.objects.filter(channel=channel).first()
    envelope: dict[str, Any] = {
        **edge_envelope(account),
        "door": "hook",
        "provider": row.name,
        "side": side,
        "headers": {name: seen.headers[name] for name in KEPT if name in seen.headers},
        "is_mail": is_mail,
    }
    failpoint("hook.before_record")
    name = hook_ids.external_id(row.name, side, seen)
    receipts.record(channel, name, body, envelope=envelope)
    row.note_event(side)
    failpoint("hook.after_record")
    return HttpResponse()
