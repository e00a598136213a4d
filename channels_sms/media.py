"""The parts of picture messages: the words show at once, the pictures when they are here.

Fetched from the provider's own hosts alone, by the guarded client, each redirect looked at like
the first address. Our login is shown to the host of its API and to nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urljoin

import requests
import structlog
from django.db import transaction
from django.db.models.functions import Now
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from channels_sms import wire
from channels_sms.config import Config, config_of
from channels_sms.models import Media, MediaState, SmsAccount
from conversations import events
from conversations.adapters.base import TransientFailure
from conversations.adapters.messages import File
from conversations.models import (
    ChangeKind,
    ClockTimestamp,
    Conversation,
    Kind,
    Message,
    ReceiptState,
)
from conversations.services import threads

log = structlog.get_logger(__name__)

HOSTS = ("twilio.com", "twiliocdn.com", "amazonaws.com")
"""Where Twilio keeps media; whatever lies below them too."""
MOST_BYTES = 16 * 1024 * 1024
"""Of all parts of one message."""
REDIRECTS = 3
ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=20)
LIMIT = 10
_MOVED = {301, 302, 303, 307, 308}
_OK, _REFUSED, _SERVER_ERROR, _TOO_MANY = 200, 400, 500, 429
_NOT_YET = 404
"""Twilio tells of media a moment before they can be read."""


class Lost(Exception):
    """This part will never come."""


def sweep() -> int:
    """Fetch what is due. Returns how many messages were seen to."""
    due = Media.objects.filter(state=MediaState.WAITING, due_at__lte=ClockTimestamp())
    ready = due.exclude(receipt__state=ReceiptState.STORED).order_by("due_at", "pk")
    rows = list(ready.select_related("receipt__channel")[:LIMIT])
    for row in rows:
        _see_to(row)
    return len(rows)


def _see_to(row: Media) -> None:
    account = SmsAccount.objects.filter(channel=row.receipt.channel_id).first()
    if account is None:
        _end(row, MediaState.LOST)
        return
    try:
        files, lost = _fetched(row.urls, config_of(account, callback=""))
    except TransientFailure as failure:
        log.info("media_not_here", media=row.pk, code=failure.code)
        _later(row)
        return
    _hang_up(row, files, lost)


def _later(row: Media) -> None:
    if row.attempts + 1 >= ATTEMPTS:
        _hang_up(row, [], len(row.urls))
        return
    Media.objects.filter(pk=row.pk).update(
        attempts=row.attempts + 1, due_at=ClockTimestamp() + FIRST_PAUSE * 2**row.attempts
    )


def _end(row: Media, state: MediaState) -> None:
    Media.objects.filter(pk=row.pk).update(state=state, due_at=Now())


def _hang_up(row: Media, files: Sequence[File], lost: int) -> None:
    """Put what came on its message, all at once, and say how many did not come."""
    with transaction.atomic():
        found = Message.objects.filter(receipt=row.receipt, kind=Kind.MESSAGE).first()
        if found is not None and found.redacted_at is None:
            conversation = Conversation.objects.locked_with(found)
            message = Message.objects.get(pk=found.pk)
            threads.attach(message, files)
            message.file_names = "\n".join(file.name for file in files)
            left = {name: value for name, value in message.params.items() if name != "media"}
            message.params = {**left, **({"media_lost": lost} if lost else {})}
            message.save(update_fields=["file_names", "params"])
            events.record_change(conversation, ChangeKind.MESSAGE, message=message)
        _end(row, MediaState.LOST if lost else MediaState.DONE)


def _fetched(urls: Sequence[str], config: Config) -> tuple[list[File], int]:
    """The parts in their order, and how many are lost. Raises TransientFailure."""
    files: list[File] = []
    left = MOST_BYTES
    for place, url in enumerate(urls, start=1):
        try:
            files.append(_fetch(url, config, place, most=left))
            left -= files[-1].size
        except Lost as error:
            log.warning("media_lost", reason=str(error))
    return files, len(urls) - len(files)


def _fetch(url: str, config: Config, place: int, *, most: int) -> File:
    with wire.session(config, most=most) as opened:
        for _ in range(REDIRECTS + 1):
            response = _get(opened, _checked(url, config), config)
            if response.status_code not in _MOVED:
                return _file(response, place)
            url = urljoin(url, response.headers.get("Location", ""))
    raise Lost("redirects")


def _read(url: str) -> Url:
    """As the client reads it that connects: urlsplit finds another host behind a backslash."""
    try:
        return parse_url(url)
    except LocationParseError as error:
        raise Lost("address") from error


def _checked(url: str, config: Config) -> Url:
    target, home = _read(url), _read(config.api_url)
    host = target.host or ""
    is_known = any(host == known or host.endswith(f".{known}") for known in HOSTS)
    is_secured = target.scheme == "https" and target.port in {None, 443} and not target.auth
    if _is_home(target, home) or (is_secured and is_known):
        return target
    raise Lost("host")


def _is_home(target: Url, home: Url) -> bool:
    return (target.scheme, target.netloc) == (home.scheme, home.netloc) and not target.auth


def _get(opened: requests.Session, target: Url, config: Config) -> requests.Response:
    is_home = _is_home(target, _read(config.api_url))
    login = (config.login, config.password) if is_home else None
    try:
        return opened.get(target.url, auth=login)
    except requests.exceptions.InvalidURL as error:
        raise Lost("address") from error
    except (requests.RequestException, OSError) as error:
        if type(error).__name__ in {"TooLarge", "Blocked"}:
            raise Lost(type(error).__name__) from error
        raise TransientFailure("unreachable", words=type(error).__name__) from error


def _file(response: requests.Response, place: int) -> File:
    status = response.status_code
    if status >= _SERVER_ERROR or status in {_TOO_MANY, _NOT_YET}:
        raise TransientFailure("unreachable", words=f"HTTP {status}")
    if status != _OK:
        raise Lost(f"HTTP {status}")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    ending = kind.partition("/")[2].partition("+")[0]
    name = f"{place}.{ending}" if ending.isalnum() else str(place)
    return File(name=name, type=kind or "application/octet-stream", content=response.content)
