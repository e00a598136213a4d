"""The customers' mailboxes."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from demo import mailbox
from demo.forms import Answer, Stranger
from demo.models import Mail
from demo.opened import Opened, open_mail
from demo.views.access import THEMES, for_agents
from demo.views.outcome import outcome

FRAME_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
LINE, LEAST, MOST = 20, 100, 640
"""Height of the frame in CSS pixels: a guess by lines, since nothing may measure it."""


@for_agents
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All mail that went out, or one mailbox (`?of=`)."""
    return render(request, "demo/mail.html", shell(request))


@for_agents
@require_safe
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(Mail, pk=pk)
    return show(request, mail)


def show(
    request: HttpRequest,
    mail: Mail,
    *,
    answer: django_forms.Form | None = None,
    stranger: django_forms.Form | None = None,
) -> HttpResponse:
    """An opened mail with its forms; 422 when one of them came back with errors."""
    read = open_mail(mail)
    context = {
        **shell(request),
        "opened": read,
        "height": _height(read),
        "people": [mailbox.person(address) for address in mail.envelope_to],
        "case": mailbox.case_of(mail),
        "answer": answer or Answer(auto_id="answer-%s"),
        "stranger": stranger or Stranger(auto_id="stranger-%s"),
        "is_stranger": stranger is not None,
    }
    return render(request, "demo/mail.html", context, status=422 if answer or stranger else 200)


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the mailboxes, the list, what became of the last mail sent."""
    of = request.GET.get("of", "")
    theme = request.COOKIES.get("theme", "")
    return {
        "of": of,
        "boxes": mailbox.boxes(),
        "mails": mailbox.mails(of),
        "outcome": outcome(request.GET.get("receipt", "")),
        "theme": theme if theme in THEMES else "",
        "inbox_url": settings.LOGIN_REDIRECT_URL,
    }


@for_agents
@require_safe
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """On to the inbox, whose own rules decide what this agent sees there."""
    return redirect("inbox:bare-case", case_id)


def _height(read: Opened) -> int:
    lines = sum(1 + len(line) // 80 for line in read.text.splitlines())
    return max(LEAST, min(MOST, 48 + LINE * lines))


@for_agents
@require_safe
@xframe_options_sameorigin
def markup(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part, for a frame in which nothing runs and nothing is fetched."""
    response = HttpResponse(open_mail(get_object_or_404(Mail, pk=pk)).html)
    response["Content-Security-Policy"] = FRAME_POLICY
    return response


@for_agents
@require_safe
def part(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """One attachment, to be saved."""
    files = open_mail(get_object_or_404(Mail, pk=pk)).files
    if place >= len(files):
        raise Http404
    response = HttpResponse(files[place].content, content_type="application/octet-stream")
    name = files[place].name or "file"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
