"""What happened to a thread since a revision: fragments, rendered from its Change rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from conversations.models import Case, ChangeKind
from inbox import forms
from inbox.reads import drafting, menus, replay, thread
from inbox.reads.replay import Step
from inbox.views.desk import DeskRequest, desk

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from inbox.reads.thread import Extra


@desk
@require_safe
def changes(request: DeskRequest, case_id: int) -> HttpResponse:
    """Envelopes `{previous, revision, type, id, html}` after a revision; or `reset`: reload.

    With what stands `around` the messages, and which of them is `unanswered`, if anything moved.
    """
    after = forms.number(request.GET.get("after"))
    read = thread.header(case_id, request.user)
    found = replay.since(read.case, after) if after is not None else None
    said: dict[str, Any] = {
        "revision": read.revision,
        "conversation": read.case.conversation_id,
        "reset": found is None,
        "envelopes": [_envelope(request, step, read.case) for step in found or ()],
        "around": "",
    }
    if read.revision != after:
        context = {"thread": read, "queue_key": _queue(request), **menus.read(read)}
        said["around"] = render_to_string("inbox/_around.html", context, request)
        if read.can_act:
            context["composer"] = drafting.read(read)
            said["around"] += render_to_string("inbox/_channel_options.html", context, request)
        unanswered = replay.unanswered(read.case)
        said["unanswered"] = f"m-{unanswered}" if unanswered else ""
    return JsonResponse(said)


def _queue(request: DeskRequest) -> str:
    asked = request.GET.get("q", "")
    return asked if asked.isascii() and asked.replace("-", "").isalnum() else "all"


def _envelope(
    request: DeskRequest, step: Step, case: WithAnnotations[Case, Extra]
) -> dict[str, Any]:
    envelope = {"previous": step.revision - 1, "revision": step.revision, "type": step.type}
    if step.type == ChangeKind.MESSAGE:
        context = {
            "item": step.entry,
            "case_id": case.pk,
            "agent": request.user,
            "can_act": case.can_act,
        }
        html = render_to_string("inbox/_entry.html", context, request) if step.entry else ""
        return {**envelope, "id": step.id, "html": html}
    return {**envelope, "id": step.id, "html": ""}


@desk
@require_safe
def feed(request: DeskRequest, case_id: int) -> HttpResponse:
    """Messages before a cursor; or all of another case of the same conversation."""
    read = thread.read(case_id, request.user, before=request.GET.get("before", ""))
    context = {
        "thread": read,
        "queue_key": "all",
        "case_id": case_id,
        "is_beside": "beside" in request.GET,
    }
    return render(request, "inbox/_items.html", context)
