"""What some providers only point at: fetched at the edge, so that `normalize` needs no network."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import requests
from django.http import HttpRequest

from channels_email.hook_table import INBOUND
from conversations.adapters import client

SECONDS = 12.0
MOST = 50 * 1024 * 1024


class Unreachable(Exception):
    """The provider did not hand it over: it had better post again."""


def fetched(
    provider: str, side: str, request: HttpRequest, settings: dict[str, str]
) -> tuple[bytes, bool]:
    """The body to keep, and whether that is the mail itself. Raises Unreachable."""
    read = _READERS.get(provider) if side == INBOUND else None
    if read is None:
        return request.body, False
    try:
        with client.Session(seconds=SECONDS, most=MOST) as session:
            return read(session, request, settings)
    except (requests.RequestException, OSError, LookupError, ValueError, TypeError) as error:
        raise Unreachable(type(error).__name__) from error


def _resend(
    session: client.Session, request: HttpRequest, settings: dict[str, str]
) -> tuple[bytes, bool]:
    event = json.loads(request.body)
    an_id = event["data"]["email_id"]
    base = settings.get("api_url") or "https://api.resend.com/"
    url = f"{base.rstrip('/')}/emails/receiving/{quote(str(an_id), safe='')}"
    said = _get(session, url, Authorization=f"Bearer {settings.get('api_key', '')}").json()
    return _get(session, said["raw"]["download_url"]).content, True


def _mailtrap(
    session: client.Session, request: HttpRequest, settings: dict[str, str]
) -> tuple[bytes, bool]:
    (event,) = json.loads(request.body)["events"]
    inbox, an_id = (quote(str(event[name]), safe="") for name in ("inbox_id", "message_id"))
    url = f"https://mailtrap.io/api/inbound/inboxes/{inbox}/messages/{an_id}"
    said = _get(session, url, Authorization=f"Bearer {settings.get('api_token', '')}").json()
    return _get(session, said["raw_message_url"]).content, True


def _brevo(
    session: client.Session, request: HttpRequest, settings: dict[str, str]
) -> tuple[bytes, bool]:
    event = json.loads(request.body)
    base = settings.get("api_url") or "https://api.brevo.com/v3/"
    files = [file for item in event["items"] for file in item.get("Attachments") or ()]
    for file in files:
        url = f"{base.rstrip('/')}/inbound/attachments/{quote(str(file['DownloadToken']), safe='')}"
        answer = _get(session, url, **{"api-key": settings.get("api_key", "")})
        file["_content"] = base64.b64encode(answer.content).decode()
        file["_type"] = answer.headers.get("Content-Type", "")
    return (json.dumps(event).encode() if files else request.body), False


def _amazon(
    session: client.Session, request: HttpRequest, settings: dict[str, str]
) -> tuple[bytes, bool]:
    """Mail too large for a notification lies in a bucket."""
    del session
    event = json.loads(json.loads(request.body).get("Message") or "{}")
    action = event.get("receipt", {}).get("action", {})
    if action.get("type") != "S3":
        return request.body, False
    from channels_email.esp import amazon_client

    found = amazon_client("s3", settings).get_object(
        Bucket=action["bucketName"], Key=action["objectKey"]
    )
    return found["Body"].read(MOST), True


def _get(session: client.Session, url: str, **headers: str) -> Any:
    answer = session.get(url, headers=headers)
    answer.raise_for_status()
    if answer.status_code != 200:  # noqa: PLR2004 -- a redirect is not followed
        raise ValueError(f"HTTP {answer.status_code}")
    return answer


_READERS = {"resend": _resend, "mailtrap": _mailtrap, "brevo": _brevo, "amazon_ses": _amazon}
