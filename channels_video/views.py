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
from channels_video import links, plain, screens
from channels_video.links import State
from channels_video.models import Upload, UploadLink
from channels_video.refusals import Refusal
from conversations.models import BlockedSender

NOTE = 2000
"""Characters of a note that are kept."""
STATUS = {State.EXPIRED: HTTPStatus.GONE, State.TAKEN_BACK: HTTPStatus.GONE}


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    link = links.named(token)
    if link is None:
        house, status = screens.company_of(), HTTPStatus.NOT_FOUND
        return _closed(render(request, "channels_video/unknown.html", house, status=status))
    return _shown(request, link, token)


def _shown(
    request: HttpRequest, link: UploadLink, token: str, no: Refusal | None = None
) -> HttpResponse:
    """The page as it stands for this link; `no` says why what was just sent is not taken."""
    state = links.state_of(link)
    is_blocked = state is State.OPEN and BlockedSender.objects.covers(link.identity.value)
    takes = state is State.OPEN and not is_blocked
    if takes:
        links.note_opened(link)
    with override(_language(link)):
        context = {
            **screens.context(link, token, state),
            "is_blocked": is_blocked,
            "plain": screens.size(plain.most(link)),
            "no": no.words if no else "",
        }
        shown = "page" if takes else "ended"
        response = render(request, f"channels_video/{shown}.html", context)
    usual = HTTPStatus.FORBIDDEN if is_blocked else HTTPStatus.OK
    response.status_code = no.status if no else STATUS.get(state, usual)
    return _closed(response)


@csrf_exempt  # no cookie says who asks
@require_POST
def whole(request: HttpRequest, token: str) -> HttpResponse:
    """A file in one piece, by the form of a browser that runs no scripts."""
    link = links.named(token)
    if link is None:
        return _closed(HttpResponse(status=HTTPStatus.NOT_FOUND))
    try:
        plain.take(link, request.FILES.get("file"), note=request.POST.get("note", "").strip())
    except Refusal as no:
        return _shown(request, link, token, no)
    return _closed(redirect("video-page", token))


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
