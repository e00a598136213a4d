"""The text provider of the demo: Twilio's API as it is published, in this process.

It stands in for the connection of simulated channels (`settings.SMS_SIMULATOR`), takes what they
post, and posts back what a provider does, signed as a provider signs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from django.core.handlers.wsgi import WSGIRequest
from django.db.models import F
from django.urls import resolve
from django.utils import timezone
from requests.adapters import BaseAdapter

from channels_sms import edge
from channels_sms.models import SmsAccount
from demo.models import Mood, Phone, PhonePicture, PhoneText

STEP = timedelta(seconds=1)
"""Between two states of a text."""
RETRY_SECONDS = "5"
_API = re.compile(r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})(?P<rest>.*)\Z")
_LIST = re.compile(r"/Messages/(?P<sid>[A-Z]{2}[0-9a-f]{32})/Media\.json\Z")
_MEDIA = re.compile(r"/Messages/(?P<sid>[A-Z]{2}[0-9a-f]{32})/Media/0\Z")
_LOST = {Mood.LANDLINE: 30006, Mood.OFF: 30003}
"""What is found out about a text that was taken: the number of the error that it ends with."""
Answer = tuple[int, Any]


def new_sid(kind: str) -> str:
    return f"{kind}{secrets.token_hex(16)}"


class Transport(BaseAdapter):
    """Answers requests itself. Raises ReadTimeout where the provider is silent."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        status, body = _answered(request)
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url or "", request
        if isinstance(body, PhoneText):
            response.headers["Content-Type"] = body.media_type
            response.raw = io.BytesIO(bytes(body.media))
            return response
        response.headers["Content-Type"] = "application/json"
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers["Retry-After"] = RETRY_SECONDS
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        response.raw = io.BytesIO(content)
        return response

    def close(self) -> None:
        """There is nothing to close."""


def _answered(request: requests.PreparedRequest) -> Answer:
    target = urlsplit(request.url or "")
    found = _API.match(target.path)
    account = SmsAccount.objects.filter(account_id=found["account"]).first() if found else None
    if account is None or found is None:
        return _no(HTTPStatus.NOT_FOUND, 20404, "The requested resource was not found")
    if request.headers.get("Authorization") != _login(account):
        return _no(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")
    if request.method == "POST" and found["rest"] == "/Messages.json":
        body = request.body or b""
        text = body.decode() if isinstance(body, bytes) else body
        return _create(account, parse_qs(text, keep_blank_values=True))
    return _got(account, found["rest"], target.query)


def _login(account: SmsAccount) -> str:
    pair = f"{account.account_id}:{account.auth_token}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _got(account: SmsAccount, rest: str, query: str) -> Answer:
    if rest == ".json":
        return HTTPStatus.OK, {"sid": account.account_id, "status": "active"}
    if rest == "/Messages.json":
        since = parse_qs(query).get("DateSent>", [""])[0][: len("2026-01-01")]
        rows = PhoneText.objects.filter(ours=account.sender).select_related("phone")
        rows = rows.filter(at__date__gte=since) if since else rows
        listed = [_row(text, account) for text in rows.order_by("-at", "-id")[:200]]
        return HTTPStatus.OK, {"messages": listed, "next_page_uri": None}
    parts = _LIST.match(rest)
    if parts is not None:
        where = f"/2010-04-01/Accounts/{account.account_id}/Messages/{parts['sid']}/Media/0.json"
        return HTTPStatus.OK, {"media_list": [{"uri": where}]}
    media = _MEDIA.match(rest)
    kept = PhoneText.objects.filter(sid=media["sid"]).first() if media else None
    if kept is None or not kept.media:
        return _no(HTTPStatus.NOT_FOUND, 20404, "The requested resource was not found")
    return HTTPStatus.OK, kept


def _create(account: SmsAccount, fields: dict[str, list[str]]) -> Answer:
    """Error numbers as twilio.com/docs/api/errors has them."""
    asked = {name: values[0] for name, values in fields.items()}
    to, body, media = asked.get("To", ""), asked.get("Body", ""), fields.get("MediaUrl", [])
    sender = asked.get("From") or asked.get("MessagingServiceSid") or ""
    if not re.fullmatch(r"\+[1-9]\d{6,14}", to):
        return _no(HTTPStatus.BAD_REQUEST, 21211, f"Invalid 'To' Phone Number: {to}")
    if sender != account.sender:
        return _no(HTTPStatus.BAD_REQUEST, 21606, f"The From number {sender} is not yours")
    if not (body or media):
        return _no(HTTPStatus.BAD_REQUEST, 21602, "Message body is required")
    phone, _new = Phone.objects.get_or_create(number=to)
    if phone.is_stopped:
        return _no(HTTPStatus.BAD_REQUEST, 21610, "Attempt to send to unsubscribed recipient")
    pictures = [_fetched(url) for url in media]
    if not all(pictures):
        return _no(HTTPStatus.BAD_REQUEST, 21620, "Invalid media URL(s)")
    return _taken(account, phone, asked, pictures)


def _taken(
    account: SmsAccount,
    phone: Phone,
    asked: dict[str, str],
    pictures: Sequence[PhonePicture | None],
) -> Answer:
    if phone.mood == Mood.BUSY:
        return _no(HTTPStatus.TOO_MANY_REQUESTS, 20429, "Too Many Requests")
    if phone.mood == Mood.BROKEN:
        return _no(HTTPStatus.INTERNAL_SERVER_ERROR, 20500, "An internal server error has occurred")
    text = PhoneText.objects.create(
        sid=new_sid("SM"),
        phone=phone,
        ours=account.sender,
        body=asked.get("Body", ""),
        callback=asked.get("StatusCallback", ""),
        code=_LOST.get(Mood(phone.mood), 0),
        due_at=timezone.now() + STEP,
    )
    for picture in filter(None, pictures):
        picture.text = text
        picture.save()
    if phone.mood == Mood.HANG:
        raise requests.exceptions.ReadTimeout("the simulated provider is silent")
    if phone.mood == Mood.NONSENSE:
        return HTTPStatus.CREATED, b'{"sid": "SM'
    return HTTPStatus.CREATED, _row(text, account)


def _row(text: PhoneText, account: SmsAccount) -> dict[str, Any]:
    sender, to = (
        (text.phone.number, text.ours) if text.is_inbound else (text.ours, text.phone.number)
    )
    text.refresh_from_db(fields=["at"])
    return {
        "sid": text.sid,
        "account_sid": account.account_id,
        "from": sender,
        "to": to,
        "body": text.body,
        "status": text.status,
        "error_code": text.code if text.status == "undelivered" else None,
        "error_message": None,
        "direction": "inbound" if text.is_inbound else "outbound-api",
        "num_media": str(text.pictures.count() + bool(text.media)),
        "date_created": format_datetime(text.at),
        "date_sent": format_datetime(text.at),
    }


def _no(status: int, code: int, message: str) -> Answer:
    return status, {"code": code, "message": message, "status": int(status)}


# -- what the provider posts
def tick() -> int:
    """Take each text one state further and tell. Returns how many."""
    due = PhoneText.objects.filter(due_at__lte=timezone.now()).select_related("phone")
    return sum(_advance(text) for text in list(due.order_by("due_at", "id")[:50]))


def _advance(text: PhoneText) -> bool:
    moves_on = text.status == "queued"
    status = "sent" if moves_on else "undelivered" if text.code else "delivered"
    taken = PhoneText.objects.filter(pk=text.pk, status=text.status).update(
        status=status, due_at=F("due_at") + STEP if moves_on else None
    )
    account = SmsAccount.objects.filter(sender=text.ours).first()
    if taken and account and text.callback:
        told = {"MessageSid": text.sid, "MessageStatus": status, "To": text.phone.number}
        error = {"ErrorCode": str(text.code)} if status == "undelivered" else {}
        post(account, text.callback, {**told, **error})
    return bool(taken)


def write(
    account: SmsAccount, phone: Phone, body: str, *, media: bytes = b"", media_type: str = ""
) -> PhoneText:
    """Somebody writes on a phone: the provider keeps it and posts it to the channel's webhook."""
    text = PhoneText.objects.create(
        sid=new_sid("MM" if media else "SM"),
        phone=phone,
        ours=account.sender,
        body=body,
        is_inbound=True,
        status="received",
        media=media,
        media_type=media_type,
    )
    post(account, edge.address(account.channel, edge.INBOUND), _fields(text, account))
    return text


def _fields(text: PhoneText, account: SmsAccount) -> dict[str, str]:
    fields = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "AccountSid": account.account_id,
        "From": text.phone.number,
        "To": text.ours,
        "Body": text.body,
        "NumMedia": str(int(bool(text.media))),
        "ApiVersion": "2010-04-01",
    }
    if text.media:
        where = f"/2010-04-01/Accounts/{account.account_id}/Messages/{text.sid}/Media/0"
        fields["MediaUrl0"] = f"https://api.twilio.com{where}"
        fields["MediaContentType0"] = text.media_type
    return fields


def post(account: SmsAccount, url: str, fields: dict[str, str]) -> int:
    """A signed webhook, by the door that a provider uses. Returns the status that it was given."""
    body = urlencode(fields).encode()
    answer = _call(
        url,
        {
            "REQUEST_METHOD": "POST",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_TWILIO_SIGNATURE": signature(account.auth_token or "", url, fields),
        },
    )
    return int(answer.status_code)


def _fetched(url: str) -> PhonePicture | None:
    """A picture that we were handed the address of; None where nothing is to be had there."""
    answer = _call(url, {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()})
    if answer.status_code != HTTPStatus.OK:
        return None
    content = b"".join(answer) if answer.streaming else answer.content
    return PhonePicture(content=content, type=answer["Content-Type"])


def _call(url: str, more: dict[str, Any]) -> Any:
    """What the hub answers to a request at one of its addresses."""
    target = urlsplit(url)
    request = WSGIRequest(
        {
            "PATH_INFO": target.path,
            "QUERY_STRING": target.query,
            "SERVER_NAME": target.hostname or "hub",
            "SERVER_PORT": str(target.port or 443),
            "wsgi.url_scheme": target.scheme,
            **more,
        }
    )
    view, args, kwargs = resolve(target.path)
    return view(request, *args, **kwargs)


def signature(token: str, url: str, fields: dict[str, str]) -> str:
    """twilio.com/docs/usage/webhooks/webhooks-security"""
    content = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    made = hmac.new(token.encode(), content.encode(), hashlib.sha1).digest()
    return base64.b64encode(made).decode()
