"""Everything about a person: written out for them, or erased. For admins."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.defaults import permission_denied

from conversations.models import Conversation, Erasure, ErasureState, Export, ExportState
from conversations.services import erasure, exporting, person
from conversations.services.errors import Refused
from inbox import forms, texts, toasts
from inbox.reads import customer as reads
from inbox.reads import shell
from inbox.toasts import Toast
from inbox.views.desk import DeskRequest, desk, status_of

AT_ONCE = 1.0
"""Seconds that the agent waits for a small export, before its page shows the progress."""


def admins(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For admins alone: what restricted teams said is in it."""

    @wraps(view)
    def guarded(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_admin:
            return permission_denied(request, PermissionDenied())
        return view(request, *args, **kwargs)

    return guarded


@desk
@admins
@require_POST
def export(request: DeskRequest, customer_id: int) -> HttpResponse:
    """Begin to write everything out; a small one is ready with the next page."""
    thread = reads.standing(customer_id, request.user)
    asked = exporting.ask(
        thread=thread, agent=request.user, client_id=forms.client_id(request.POST)
    )
    exporting.run(asked.pk, seconds=AT_ONCE)
    return redirect("inbox:export", asked.pk)


@desk
@admins
@require_safe
def exported(request: DeskRequest, export_id: int) -> HttpResponse:
    """How far it is; asks for itself again while it is being written."""
    found = _export(request, export_id)
    context = {
        "shell": shell.read(request.user),
        "queue_key": "all",
        "export": found,
        "customer": found.customer,
        "is_over": found.state != ExportState.WAITING,
    }
    template = "inbox/_export.html" if request.htmx else "inbox/export.html"
    return render(request, template, context)


@desk
@admins
@require_safe
def export_file(request: DeskRequest, export_id: int) -> HttpResponseBase:
    """The file itself: to be stored, never to be shown."""
    found = _export(request, export_id)
    try:
        content = found.path.open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    name = f"customer-{found.customer_id}.zip"
    answer = FileResponse(content, as_attachment=True, filename=name)
    answer.headers["Content-Type"] = "application/zip"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _export(request: DeskRequest, export_id: int) -> Export:
    """Of whoever asked for it."""
    mine = Export.objects.select_related("customer")
    return get_object_or_404(mine, pk=export_id, agent=request.user)


@desk
@admins
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: DeskRequest, customer_id: int) -> HttpResponse:
    """Say what goes, ask for the customer's number, and have it done in a while."""
    thread = reads.standing(customer_id, request.user)
    try:
        if request.method != "POST":
            return _ask(request, thread)
        if forms.number(request.POST.get("number")) != thread.customer_id:
            return _ask(request, thread, no=Refused("not_their_number"))
        asked = erasure.ask(
            customer_id=thread.customer_id,
            agent=request.user,
            cause=request.POST.get("cause", ""),
        )
    except Refused as no:
        return _ask(request, thread, no=no)
    return redirect("inbox:erasure", asked.pk)


@desk
@admins
@require_safe
def erasing(request: DeskRequest, erasure_id: int) -> HttpResponse:
    """What is to be, or was, erased. It names nobody."""
    found = get_object_or_404(Erasure.objects.select_related("agent"), pk=erasure_id)
    context = {
        "shell": shell.read(request.user),
        "queue_key": "all",
        "erasure": found,
        "counts": texts.erased(found.counts),
        "is_waiting": found.state == ErasureState.WAITING,
        "is_done": found.state == ErasureState.DONE,
        "toast": toasts.pop(request),
    }
    template = "inbox/_erasure.html" if request.htmx else "inbox/erasure.html"
    return render(request, template, context)


@desk
@admins
@require_POST
def keep(request: DeskRequest, erasure_id: int) -> HttpResponse:
    """Call it off."""
    try:
        kept = erasure.call_off(erasure_id=erasure_id, agent=request.user)
    except Erasure.DoesNotExist as gone:
        raise Http404 from gone
    except Refused as no:
        toasts.keep(request, Toast(text=texts.refusal(no.code, no.params)))
        return redirect("inbox:erasure", erasure_id)
    toasts.keep(request, Toast(text=_("Called off: nothing is erased")))
    return redirect("inbox:customer", kept.customer_number)


def _ask(request: DeskRequest, thread: Conversation, *, no: Refused | None = None) -> HttpResponse:
    context = {
        "shell": shell.read(request.user),
        "queue_key": "all",
        "customer": thread.customer,
        "counts": texts.erased(erasure.counts(person.of(thread))),
        "grace": int(erasure.GRACE.total_seconds() // 60),
        "problem": texts.refusal(no.code, no.params) if no else "",
        "typed": request.POST,
    }
    return render(request, "inbox/erase.html", context, status=status_of(no) if no else 200)
