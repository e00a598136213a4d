"""`GET /hooks/sms/m/<token>`: one picture, for the provider that was given its address."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from channels_sms import pictures
from conversations.services import serving
from conversations.services.errors import Refused


@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponseBase:
    """404 for a forged, an old and a withdrawn address alike."""
    found = pictures.attachment_of(token)
    try:
        response = serving.picture(request, found, pictures.TYPES) if found else None
    except Refused:
        response = None
    response = response or HttpResponse(status=HTTPStatus.NOT_FOUND)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    # Django logs refused addresses: this one would hold the token
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 -- its only switch
    return response
