"""Hand messages on to a third party: the case's page with another composer."""

from __future__ import annotations

import json
import uuid

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from conversations.models import Attachment, DraftKind, Message
from conversations.services import pass_on, threads
from conversations.services.errors import Forbidden, Refused
from inbox import forms, texts, toasts
from inbox.reads import asides, thread
from inbox.views.answers import queue_of, refused
from inbox.views.desk import DeskRequest, desk, status_of
from inbox.views.pages import case_page
from inbox.views.writing import held


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def forward(request: DeskRequest, case_id: int) -> HttpResponse:
    """`m`: the messages to quote; `to`: the message said aside that is answered."""
    try:
        threads.refuse_unless_worked(thread.case_of(case_id, request.user), request.user)
    except Forbidden as no:
        return refused(request, case_id, no)
    if request.method == "POST":
        return _send(request, case_id)
    aside = asides.read(
        thread.header(case_id, request.user),
        messages=forms.numbers(request.GET.getlist("m")),
        answers=forms.number(request.GET.get("to")),
    )
    return case_page(request, request.GET.get("from") or "all", case_id, aside=aside)


def _send(request: DeskRequest, case_id: int) -> HttpResponse:
    try:
        message = _passed_on(request, case_id)
    except Refused as no:
        return _refused(request, case_id, no)
    if toast := held(message):
        toasts.keep(request, toast)
    where = reverse("inbox:case", args=[queue_of(request), message.case_id])
    if not request.htmx:
        return redirect(where)
    response = HttpResponse(status=204)
    sent = {"kind": DraftKind.ASIDE, "client_id": str(uuid.uuid4())}
    response.headers["HX-Trigger"] = json.dumps({"composer:sent": sent})
    response.headers["HX-Redirect"] = where
    return response


def _passed_on(request: DeskRequest, case_id: int) -> Message:
    ticked = forms.passed_on(request.POST)
    # the files of a message that is not ticked are ticked all the same, and stay
    theirs = Attachment.objects.filter(message__in=ticked["messages"])
    letter = forms.letter(request.POST)
    return pass_on.send(
        case_id=case_id,
        agent=request.user,
        text=request.POST.get("words", ""),
        message_ids=ticked["messages"],
        attachment_ids=list(
            theirs.filter(pk__in=ticked["attachments"]).values_list("pk", flat=True)
        ),
        channel_id=forms.number(request.POST.get("channel")),
        client_id=forms.client_id(request.POST),
        files=forms.files(request),
        to=letter["to"],
        cc=letter["cc"],
        subject=letter["subject"],
    )


def _refused(request: DeskRequest, case_id: int, no: Refused) -> HttpResponse:
    if request.htmx:
        return refused(request, case_id, no)
    problem = texts.refusal(no.code, no.params)
    header = thread.header(case_id, request.user)
    aside = asides.typed(header, request.POST.dict(), forms.passed_on(request.POST), problem)
    return case_page(request, queue_of(request), case_id, aside=aside, status=status_of(no))
