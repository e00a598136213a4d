"""`GET /hooks/email/f/<token>`: one file, for whoever holds its link, and nothing else."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from channels_email import links
from channels_email.views import refuse
from conversations.services import serving
from conversations.services.errors import Refused


@require_safe
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Only ever downloaded: a browser runs nothing of it."""
    found = links.attachment_of(token)
    if found is None:
        return _gone(request)
    try:
        response = serving.respond(request, found)
    except Refused:
        return _gone(request)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _gone(request: HttpRequest) -> HttpResponse:
    """The same words for a forged, an old and a withdrawn link: it tells nobody which."""
    answer = refuse(HTTPStatus.NOT_FOUND)
    answer.content = render(request, "channels_email/file_gone.html").content
    return answer
