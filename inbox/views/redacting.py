"""Take words or a file out for good: a page that says what goes and what stays."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conversations.models import Attachment, Case, Message
from conversations.services import redaction, threads
from conversations.services.errors import Refused
from inbox import forms, texts, toasts
from inbox.reads import entries, shell, thread
from inbox.toasts import Toast
from inbox.views.answers import queue_of
from inbox.views.desk import DeskRequest, desk, status_of


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def redact(request: DeskRequest, case_id: int, message_id: int) -> HttpResponse:
    """Ask for the case's number, since there is no way back; then do it."""
    case = thread.case_of(case_id, request.user)
    message = Message.objects.visible_to(request.user).get(pk=message_id, case=case)
    try:
        threads.refuse_unless_worked(case, request.user)
        if request.method != "POST":
            return _page(request, case, message)
        if forms.number(request.POST.get("number")) != case.pk:
            return _page(request, case, message, no=Refused("wrong_number"))
        what = forms.number(request.POST.get("what"))
        redaction.redact(
            message_id=message.pk,
            agent=request.user,
            cause=request.POST.get("cause", ""),
            attachment_id=what,
        )
    except Attachment.DoesNotExist:
        return _page(request, case, message, no=Refused("already_redacted"))
    except Refused as no:
        return _page(request, case, message, no=no)
    toasts.keep(request, Toast(text=_("Redacted, for good")))
    return redirect("inbox:case", queue_of(request), case.pk)


def _page(
    request: DeskRequest, case: Case, message: Message, *, no: Refused | None = None
) -> HttpResponse:
    context = {
        "shell": shell.read(request.user),
        "queue_key": request.GET.get("from") or queue_of(request),
        "case": case,
        "message": message,
        "author": entries.author_of(message),
        "problem": texts.refusal(no.code, no.params) if no else "",
        "typed": request.POST,
    }
    return render(request, "inbox/redact.html", context, status=status_of(no) if no else 200)
