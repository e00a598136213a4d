"""The upload page and what it posts besides files. Who asks is known by the token alone."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from channels_video import again as anew
from channels_video import links, screens
from channels_video.links import State
from channels_video.models import Upload, UploadLink

NOTE = 2000
"""Characters of a note that are kept."""
STATUS = {State.EXPIRED: HTTPStatus.GONE, State.TAKEN_BACK: HTTPStatus.GONE}


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    link = links.named(token)
    if link is None:
        house, status = screens.company_of(), HTTPStatus.NOT_FOUND
        return _closed(render(request, "channels_video/unknown.html", house, status=status))
    state = links.state_of(link)
    if state is State.OPEN:
        links.note_opened(link)
    with override(_language(link)):
        context = screens.context(link, token, state)
        shown = "page" if state is State.OPEN else "ended"
        response = render(request, f"channels_video/{shown}.html", context)
    response.status_code = STATUS.get(state, HTTPStatus.OK)
    return _closed(response)


@csrf_exempt  # no cookie says who asks
@require_POST
def note(request: HttpRequest, token: str) -> HttpResponse:
    """Words to a film that is on its way; after its last byte they are a message already."""
    link = links.named(token)
    if link is None:
        return _closed(HttpResponse(status=HTTPStatus.NOT_FOUND))
    try:
        number = uuid.UUID(request.POST.get("upload", ""))
    except ValueError:
        return _closed(HttpResponse(status=HTTPStatus.NOT_FOUND))
    open_ones = Upload.objects.filter(link=link, number=number, finished_at=None, ended_at=None)
    kept = open_ones.update(note=request.POST.get("text", "").strip()[:NOTE])
    return _closed(HttpResponse(status=HTTPStatus.NO_CONTENT if kept else HTTPStatus.CONFLICT))


@csrf_exempt  # no cookie says who asks
@require_POST
def again(request: HttpRequest, token: str) -> HttpResponse:
    """Have the agent told that this link ran out."""
    link = links.named(token)
    if link is None:
        return _closed(HttpResponse(status=HTTPStatus.NOT_FOUND))
    if links.state_of(link) is State.EXPIRED:
        with override(_language(link)):
            anew.ask(link)
    return _closed(redirect("video-page", token))


def _language(link: UploadLink) -> str | None:
    """The customer's; a reader's own browser knows better than nothing."""
    return link.language[:2] or get_language()


def _closed(response: HttpResponse) -> HttpResponse:
    """The address is the key: it stays in no cache, no index and no log, ours neither."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  # Django's own mark
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
