"""Search: results as a list, and what was found beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conversations.services import asked
from inbox import forms, toasts
from inbox.reads import drafting, found, menus, panel, shell, thread
from inbox.reads import palette as reads
from inbox.views.desk import DeskRequest, desk

QUEUE = "all"
"""Where an action on a case that was found goes on, without scripts."""


@desk
@require_safe
def search(request: DeskRequest) -> HttpResponse:
    results = found.read(request.GET, request.user)
    if request.htmx.target == "more":
        return render(request, "inbox/_found_rows.html", {"results": results})
    return render(request, "inbox/search.html", _frame(request, results))


@desk
@require_safe
def open_found(request: DeskRequest, case_id: int) -> HttpResponse:
    """A case at the message that was found, the results beside it."""
    at = forms.number(request.GET.get("m"))
    read = thread.read(case_id, request.user, before=request.GET.get("before", ""), at=at)
    results = found.read(request.GET, request.user) if request.htmx.target != "pane" else None
    others = [line.case for line in read.others if line.case is not None]
    pane = {
        "queue_key": QUEUE,
        "back": found.address(asked.read(request.GET.get("q", ""))),
        "thread": read,
        "panel": panel.read(read.case, others, request.user),
        "composer": drafting.read(read),
        **menus.read(read),
    }
    if results is None:
        return render(request, "inbox/_pane.html", pane)
    return render(request, "inbox/found.html", {**_frame(request, results), **pane})


@desk
@require_safe
def palette(request: DeskRequest) -> HttpResponse:
    """What the command palette finds for what is typed into it."""
    hits = reads.read(request.GET, request.user)
    return render(request, "inbox/_palette_hits.html", {"hits": hits})


def _frame(request: DeskRequest, results: found.Results) -> dict[str, Any]:
    return {
        "shell": shell.read(request.user),
        "room": "search",
        "queue_key": QUEUE,
        "results": results,
        "toast": toasts.pop(request),
    }
