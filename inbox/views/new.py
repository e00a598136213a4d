"""A message to anybody: it opens a case."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from conversations.models import Message
from conversations.services import compose
from conversations.services.errors import Refused
from inbox import forms, texts, toasts
from inbox.reads import senders, shell
from inbox.views.desk import DeskRequest, desk, status_of
from inbox.views.pages import FIRST_VIEW
from inbox.views.writing import held


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """The empty page, or the message on its way. What was typed comes back with a refusal."""
    if request.method != "POST":
        return _page(request, {"to": request.GET.get("to", "")})
    try:
        message = _start(request)
    except Refused as no:
        problem = texts.refusal(no.code, no.params)
        return _page(request, request.POST.dict(), problem=problem, status=status_of(no))
    if toast := held(message):
        toasts.keep(request, toast)
    return redirect("inbox:case", FIRST_VIEW, message.case_id)


def _start(request: DeskRequest) -> Message:
    sender = request.POST.get("from", "")
    return compose.start(
        agent=request.user,
        channel_id=senders.channel_of(sender),
        text=request.POST.get("text", ""),
        client_id=forms.client_id(request.POST),
        files=forms.files(request),
        **{**forms.letter(request.POST), "sender": senders.address_of(sender)},
    )


def _page(
    request: DeskRequest, typed: dict[str, Any], *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "shell": shell.read(request.user),
        "senders": senders.read(request.user),
        "typed": {"client_id": str(uuid.uuid4()), **typed},
        "problem": problem,
        "toast": toasts.pop(request),
    }
    return render(request, "inbox/new.html", context, status=status)
