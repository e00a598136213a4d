"""Ask the customer for a video: the words and the link stand in the answer, to be sent with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations.services import inviting
from conversations.services.errors import Refused
from inbox import forms
from inbox.reads import drafting
from inbox.toasts import Toast
from inbox.views.answers import done, refused
from inbox.views.desk import DeskRequest, desk


@desk
@require_POST
def ask(request: DeskRequest, case_id: int) -> HttpResponse:
    try:
        asked = inviting.ask(
            case_id=case_id,
            agent=request.user,
            channel_id=forms.number(request.POST.get("channel")),
            text=request.POST.get("text", ""),
        )
    except Refused as no:
        return refused(request, case_id, no)
    undo = reverse("inbox:end-asking", args=[case_id, asked.line.pk])
    toast = Toast(
        text=_("The link is in your answer. Send it when you like."),
        undo=undo,
        fields={"words": asked.words},
    )
    events: dict[str, Any] = {"composer:restored": drafting.restored(asked.draft)}
    return done(request, case_id, toast, **events)


@desk
@require_POST
def take_back(request: DeskRequest, case_id: int, line_id: int) -> HttpResponse:
    try:
        draft = inviting.take_back(
            case_id=case_id,
            agent=request.user,
            line_id=line_id,
            words=request.POST.get("words", "").replace("\r\n", "\n"),
        )
    except Refused as no:
        return refused(request, case_id, no)
    restored = {"composer:restored": drafting.restored(draft)} if draft else {}
    events: dict[str, Any] = restored
    return done(request, case_id, Toast(text=_("The link opens nothing any more")), **events)
