"""`Idempotency-Key`: a POST that is tried again has its effect once and gets the first answer.

The answer is kept in the transaction of the effect itself: a process that dies in between leaves
neither. A key is a token's own and is kept for a day.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import QueryDict
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import token_of
from api.models import ApiToken, KeptAnswer
from api.problems import MEDIA_TYPE, Problem

KEPT = timedelta(hours=24)
FORGOTTEN = 10
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
CARRIED = ("Location", "ETag")
"""Headers that are part of an answer."""


def once(
    request: Request,
    act: Callable[[], Response],
    *,
    on_error: Callable[[Exception], Response],
) -> Response:
    """Do it, or answer as the first time. Without a key it is simply done.

    `on_error` makes an answer of what `act` raised, or raises what is a fault of ours.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not _KEY.fullmatch(key):
        raise Problem(400, "bad_idempotency_key", "1 to 255 visible ASCII characters.")
    token = token_of(request)
    asked = fingerprint(request)
    with transaction.atomic():
        _alone(token, key)
        known = KeptAnswer.objects.filter(token=token, key=key, created_at__gt=Now() - KEPT).first()
        if known is not None:
            return _again(known, asked)
        answer = _settled(act, on_error)
        if answer.status_code < 500:  # noqa: PLR2004 -- a fault of ours is worth another try
            _keep(token, key, asked, answer)
        return answer


def _settled(act: Callable[[], Response], on_error: Callable[[Exception], Response]) -> Response:
    """The answer, with whatever a refusal had begun taken back."""
    try:
        with transaction.atomic():
            return act()
    except Exception as error:  # noqa: BLE001 -- what is a fault is raised again
        return on_error(error)


def client_id(request: Request) -> uuid.UUID:
    """The id under which a message is sent once: of the key where there is one."""
    key = request.headers.get(HEADER)
    token = token_of(request)
    return uuid.uuid5(uuid.NAMESPACE_URL, f"omnihub:{token.pk}:{key}") if key else uuid.uuid4()


def _alone(token: ApiToken, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 3))", [f"{token.pk}:{key}"]
        )
        if not cursor.fetchone()[0]:
            raise Problem(409, "still_running", "The first one is not done yet.", Retry_After="1")


def _again(known: KeptAnswer, asked: str) -> Response:
    if known.request != asked:
        raise Problem(422, "idempotency_key_reused", "This key was used for another request.")
    headers = {**known.headers, REPLAYED: "true"}
    kind = MEDIA_TYPE if known.status >= 400 else None  # noqa: PLR2004
    return Response(json.loads(known.body), status=known.status, headers=headers, content_type=kind)


def _keep(token: ApiToken, key: str, asked: str, answer: Response) -> None:
    """In the place of one that is older than a day."""
    said = {
        "request": asked,
        "status": answer.status_code,
        "headers": {name: answer.headers[name] for name in CARRIED if name in answer.headers},
        "body": _json(answer.data),
        "created_at": Now(),
    }
    KeptAnswer.objects.update_or_create(token=token, key=key, defaults=said)
    _forget_some()


def _forget_some() -> None:
    """A few of the expired ones at each new one: none stay, and nobody waits for a sweep."""
    old = KeptAnswer.objects.filter(created_at__lt=Now() - KEPT)
    some = old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:FORGOTTEN]
    KeptAnswer.objects.filter(pk__in=list(some)).delete()


def _json(data: Any) -> str:
    return (JSONRenderer().render(data) or b"null").decode()


def fingerprint(request: Request) -> str:
    """SHA-256 (hex) of what is asked: address, `If-Match` and body, in whatever notation."""
    asked = [request.method, request.get_full_path(), request.headers.get("If-Match", "")]
    text = json.dumps([*asked, _plain(request.data)], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(data: Any) -> Any:
    """Data as JSON can say it; files by their names and hashes."""
    if not isinstance(data, QueryDict):
        return data
    return {name: [_value(value) for value in data.getlist(name)] for name in data}


def _value(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    seen = hashlib.sha256()
    for chunk in value.chunks():
        seen.update(chunk)
    value.seek(0)
    return [value.name, seen.hexdigest()]
