"""`GET /hooks/email/f/<token>`: one file, for whoever holds its link, and nothing else."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from channels_email import links
from channels_email.views import refuse


@require_safe
def file(request: HttpRequest, token: str) -> HttpResponse:
    """Only ever downloaded: a browser runs nothing of it."""
    found = links.attachment_of(token)
    if found is None:
        return _gone(request)
    response = HttpResponse(found.blob.read(), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found.name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _gone(request: HttpRequest) -> HttpResponse:
    """The same words for a forged, an old and a withdrawn link: it tells nobody which."""
    answer = refuse(HTTPStatus.NOT_FOUND)
    answer.content = render(request, "channels_email/file_gone.html").content
    return answer
