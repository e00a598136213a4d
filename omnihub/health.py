"""GET /healthz: is this process able to serve?"""

from datetime import timedelta

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis import RedisError

from conversations.clock import age_of_last_beat
from conversations.services import doors

LATE = timedelta(seconds=30)


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers. What else is missing is said: work waits, none is lost."""
    database = _database()
    clock = _clock() if database == "ok" else "unknown"
    broker = _broker()
    files = _files() if broker == "ok" else "unknown"
    report = {"database": database, "broker": broker, "clock": clock, "files": files}
    return JsonResponse(report, status=200 if database == "ok" else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "away"
    return "ok"


def _clock() -> str:
    age = age_of_last_beat()
    return "ok" if age is not None and age < LATE else "late"


def _broker() -> str:
    try:
        cache.get("healthz")
    except (RedisError, OSError):
        return "away"
    return "ok"


def _files() -> str:
    """Whether what looks at strangers' files is shut in; the admin's first page says what is not:
    here anybody reads."""
    left_open = doors.left_open()
    if left_open is None:
        return "unknown"
    return "not shut in" if left_open else "ok"
