"""NUL is in no text of ours: PostgreSQL cannot hold it, and does not answer questions with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict

NUL = "\x00"


class NoNul:
    """400 for an address, a cookie or a form with a NUL in it, before anybody looks it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _refuse([request.path_info, *request.COOKIES.values(), *_words(request.GET)])
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_given: Any
    ) -> None:
        """Forms only: a door for machines reads its body by itself, in its own measure."""
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            _refuse(_words(request.POST))


def _words(data: QueryDict) -> Iterable[str]:
    for name, values in data.lists():
        yield name
        yield from map(str, values)


def _refuse(words: Iterable[str]) -> None:
    if any(NUL in word for word in words):
        raise SuspiciousOperation("NUL in a request")
