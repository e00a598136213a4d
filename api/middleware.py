"""What answers below /api/ outside of any view: unknown addresses, bad hosts, faults of ours."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from api import problems

ROOT = "/api/"
KEPT = ("Allow", "Retry-After", "WWW-Authenticate")
"""Headers of an error that go on beside its problem."""
LARGEST = 40 * 1024 * 1024
"""Bytes of a request's body, files included."""


class Problems:
    """Below /api/ every error is a problem, and no answer is kept by anybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ROOT):
            return self.get_response(request)
        answer = _unread(request) or _as_problem(self.get_response(request))
        if not answer.has_header("Cache-Control"):
            patch_cache_control(answer, no_store=True)
        return answer


def _unread(request: HttpRequest) -> HttpResponse | None:
    """Refuse a body by its length before anything reads it."""
    length = request.headers.get("Content-Length", "")
    if not length and "chunked" in request.headers.get("Transfer-Encoding", ""):
        return _problem(411, "Say Content-Length.")
    if length.isascii() and length.isdecimal() and int(length[:18]) > LARGEST:
        return _problem(413, f"At most {LARGEST} bytes.")
    return None


def _as_problem(answer: HttpResponse) -> HttpResponse:
    if answer.status_code == 301:  # noqa: PLR2004 -- to the same address with a slash
        return _problem(404, "Addresses end with a slash.")
    if answer.status_code < 400 or _is_problem(answer):  # noqa: PLR2004
        return answer
    said = _problem(answer.status_code)
    for name in KEPT:
        if answer.has_header(name):
            said.headers[name] = answer.headers[name]
    return said


def _is_problem(answer: HttpResponse) -> bool:
    return answer.headers.get("Content-Type", "").startswith(problems.MEDIA_TYPE)


def _problem(status: int, detail: str = "") -> HttpResponse:
    body = json.dumps(problems.document(status, detail=detail))
    return HttpResponse(body, status=status, content_type=problems.MEDIA_TYPE)
