"""GET /healthz: is this process able to serve?"""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis import RedisError


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers. A broker away is said only: the clock works without it."""
    report = {"database": _database(), "broker": _broker()}
    return JsonResponse(report, status=200 if report["database"] == "ok" else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "away"
    return "ok"


def _broker() -> str:
    try:
        cache.get("healthz")
    except (RedisError, OSError):
        return "away"
    return "ok"
