"""Say it plainly when the database or the broker is away: nothing was changed, try again."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

RETRY_SECONDS = "15"


class Away:
    """503 instead of a fault. What counts attempts fails closed: nobody logs in uncounted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RedisError | OperationalError | InterfaceError):
            return None
        log.error("service_away", error=str(error))
        answer = render(request, "503.html", status=503)
        answer.headers["Retry-After"] = RETRY_SECONDS
        return answer
