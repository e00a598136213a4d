"""The customer's own pages. Who asks is known by the portal's own cookie alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conversations.models import Workspace
from conversations.services import continuing, inviting, serving
from conversations.services.continuing import Used
from conversations.services.errors import Refused
from portal import channel, codes, entries, limits, saying, sessions, texts
from portal.models import Session
from portal.saying import Words

STATUS = {
    "too_many_codes": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_today": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_texts": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_tries": HTTPStatus.TOO_MANY_REQUESTS,
    "too_fast": HTTPStatus.TOO_MANY_REQUESTS,
    "files_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "no_room": HTTPStatus.INSUFFICIENT_STORAGE,
    "try_again": HTTPStatus.SERVICE_UNAVAILABLE,
    "closed": HTTPStatus.FORBIDDEN,
}
LONGEST_NUMBER = 18
"""Digits that a row's number may have."""
HANDED_OVER = timedelta(minutes=1)
"""For so long a browser holds what the page that it is led to takes at once."""
View = Callable[..., HttpResponseBase]


def private(view: View) -> View:
    """Kept by nobody, and told to nobody that a link leads to. Not `no-referrer`: with it a form's
    Origin is null, and CSRF checks refuse it."""

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = never_cache(view)(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return guarded


@private
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The thread of who is signed in; to others the door, which asks for an address."""
    session = sessions.of(request)
    if session is not None and request.method != "POST":
        sessions.note_shown(session)
        return _thread(request, session)
    if request.method != "POST":
        return _page(request, "door", ended=sessions.cookie() in request.COOKIES)
    typed = request.POST.get("address", "")[:320]
    try:
        knock = codes.ask(typed, remote=_remote(request), language=get_language() or "")
    except Refused as no:
        return _page(request, "door", no=no, typed=typed)
    return redirect("portal:code", knock.number)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """Where the code is typed. Nobody learns here whether one was sent."""
    if request.method != "POST":
        is_waiting = codes.waiting(number) is not None
        return _code_page(request, number, None if is_waiting else Refused("code_expired"))
    try:
        identity = codes.take(number, request.POST.get("code", ""))
    except Refused as no:
        return _code_page(request, number, no)
    response = redirect("portal:home")
    sessions.begin(request, response, identity)
    return response


def _code_page(request: HttpRequest, number: uuid.UUID, no: Refused | None) -> HttpResponse:
    is_over = no is not None and no.code == "code_expired"
    return _page(request, "code", no=no, number=number, is_over=is_over, minutes=_minutes())


@private
@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: HttpRequest, token: str) -> HttpResponse:
    """A link that an agent sent: looked at as often as scanners like, used once by its button."""
    if request.method == "POST":
        try:
            used = continuing.use(token, on_page="page" in request.POST)
        except Refused:
            return _ended(request)
        response = _led_on(request, used)
    else:
        link = continuing.find(token)
        if link is None or not continuing.is_open(link):
            return _ended(request)
        into = continuing.leads_into(link)
        response = _page(request, "go_on", token=token, into=into)
    return response


def _led_on(request: HttpRequest, used: Used) -> HttpResponse:
    """To the channel that the link is for, or to their own page."""
    place = used.place
    if place is None:
        response = redirect("portal:home")
        sessions.begin(request, response, used.identity, used.case)
        return response
    response = redirect(place.url)
    response.set_cookie(
        place.cookie,
        place.token,
        max_age=HANDED_OVER,
        path=urlsplit(place.url).path,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
    )
    return response


def _ended(request: HttpRequest) -> HttpResponse:
    """Used, too old, or none of ours: all the same from outside."""
    response = _page(request, "ended", is_in=sessions.of(request) is not None)
    response.status_code = HTTPStatus.GONE
    return response


@private
@require_safe
def thread(request: HttpRequest) -> HttpResponse:
    """The messages alone, for a page that is open; 304 while nothing changed."""
    session = sessions.of(request)
    if session is None:
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    mark = _mark(session)
    if request.headers.get("If-None-Match") == mark:
        return HttpResponseNotModified(headers={"ETag": mark})
    sessions.note_shown(session)
    response = render(request, "portal/_entries.html", {"page": entries.page(session)})
    response.headers["ETag"] = mark
    return response


def _mark(session: Session) -> str:
    """What the messages of a page depend on."""
    conversation = sessions.conversation_of(session)
    stand = f"{conversation.pk}.{conversation.revision}" if conversation else "0"
    return f'"{stand}.{get_language()}.{timezone.localdate().isoformat()}"'


@private
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    session = sessions.of(request)
    if session is None:
        return redirect("portal:home")
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        saying.say(session, _words(request, text))
    except Refused as no:
        return _thread(request, session, no=no, text=text)
    return redirect(reverse("portal:home") + "?sent#end")


def _words(request: HttpRequest, text: str) -> Words:
    """Raises Refused before a file is read that is too large."""
    files = request.FILES.getlist("files")
    if len(files) > limits.FILES:
        raise Refused("too_many_files", most=limits.FILES)
    if any((file.size or 0) > limits.FILE_SIZE for file in files):
        raise Refused("files_too_large", most=limits.FILE_SIZE)
    return Words(
        number=_number(request.POST.get("number", "")),
        text=text,
        files=[
            saying.file_of(file.name or "", file.content_type or "", file.read()) for file in files
        ],
        language=get_language() or "",
    )


def _number(typed: str) -> uuid.UUID:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return uuid.uuid4()


@private
@require_safe
def file(request: HttpRequest, attachment_id: int) -> HttpResponseBase:
    """A file of a message that is shown: drawn or played as it was made anew, else downloaded."""
    session = sessions.of(request)
    found = entries.file(session, attachment_id) if session is not None else None
    if found is None:
        raise Http404
    is_small = request.GET.get("as") == "poster"
    variant = "original" if "download" in request.GET else "poster" if is_small else "shown"
    try:
        return serving.respond(request, found, variant)
    except Refused as no:
        raise Http404 from no


@private
@require_POST
def film(request: HttpRequest) -> HttpResponse:
    """A link of their own to send a video by, in the case that an answer is about."""
    session = sessions.of(request)
    about = entries.case_of(session) if session is not None else None
    if session is None or about is None:
        return redirect("portal:home")
    try:
        asked = inviting.take(
            case_id=about.pk, identity=session.identity, language=get_language() or ""
        )
    except Refused:
        return _thread(request, session, no=Refused("no_films"))
    return redirect(urlsplit(asked.url).path)


@private
@require_POST
def out(request: HttpRequest) -> HttpResponse:
    """Signed out, here or wherever this address is signed in."""
    session = sessions.of(request)
    if session is not None:
        sessions.end(session, everywhere="everywhere" in request.POST)
    response = redirect("portal:home")
    response.delete_cookie(sessions.cookie(), samesite="Lax")
    return response


# -- pages
def _thread(
    request: HttpRequest, session: Session, *, no: Refused | None = None, text: str = ""
) -> HttpResponse:
    before = _before(request.GET.get("before", ""))
    about = entries.case_of(session)
    context = {
        "page": entries.page(session, before),
        "is_back": before is not None,
        "mark": _mark(session),
        "about": about,
        "session": session,
        "text": text,
        "films": about is not None and inviting.is_open(),
        "is_open": channel.current().is_active,
        "number": request.POST.get("number") or uuid.uuid4(),
        "limits": {
            "files": limits.FILES,
            "size": texts.size(limits.FILE_SIZE),
            "text": limits.TEXT,
        },
    }
    return _page(request, "thread", no=no, **context)


def _before(typed: str) -> int | None:
    """The message to go back from."""
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER
    return int(typed) if is_number else None


def _page(
    request: HttpRequest, name: str, *, no: Refused | None = None, **context: Any
) -> HttpResponse:
    status = STATUS.get(no.code, HTTPStatus.UNPROCESSABLE_ENTITY) if no else HTTPStatus.OK
    said = {
        "house": str(Workspace.objects.current()) or gettext("Customer service"),
        "problem": texts.refusal(no) if no else "",
        **context,
    }
    return render(request, f"portal/{name}.html", said, status=status)


def _minutes() -> int:
    return int(limits.CODE_LIFE.total_seconds() // 60)


def _remote(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
