"""How an action answers: the changed parts for htmx, a page to go on with for everybody else."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from conversations.models import Case
from conversations.services.errors import Refused
from inbox import forms, texts, toasts
from inbox.reads import menus, rows, shell, thread
from inbox.toasts import Toast
from inbox.views.desk import DeskRequest, status_of
from inbox.views.pages import FIRST_VIEW, case_page


def queue_of(request: DeskRequest) -> str:
    """The queue that the agent acts from."""
    asked = request.POST.get("q", "")
    return asked if asked.isascii() and asked.replace("-", "").isalnum() else FIRST_VIEW


def seen(request: DeskRequest) -> int | None:
    """The revision of the page that the agent acts on."""
    return forms.number(request.POST.get("seen"))


def done(
    request: DeskRequest,
    case_id: int,
    toast: Toast | None,
    *,
    leaves: bool = False,
    reloads: bool = False,
    **events: Any,
) -> HttpResponse:
    """What was done shows; `leaves` when the case goes out of the queue, `reloads` when all of the
    page is different."""
    key = queue_of(request)
    if not Case.objects.visible_to(request.user).filter(pk=case_id).exists():
        return _to_list(request, key, toast)
    if not request.htmx:
        if toast:
            toasts.keep(request, toast)
        return redirect("inbox:queue", key) if leaves else redirect("inbox:case", key, case_id)
    if reloads or not _is_open(request, case_id):
        return _go_back(request, key, case_id, toast)
    if leaves and request.headers.get("X-Row-Last") == "yes" and _has_tabs(request, key):
        return _to_list(request, key, toast)
    parts = _parts(request, key, case_id, toast)
    if leaves:
        parts["row"] = None
    response = render(request, "inbox/_patch.html", parts)
    event = "case:left" if leaves else "case:changed"
    response.headers["HX-Trigger"] = json.dumps({event: {"case": case_id}, **events})
    return response


def on_to(request: DeskRequest, name: str, *args: object) -> HttpResponse:
    """Take the whole window to a page, whoever asked: a form, or a toast's fragment."""
    return go(request, reverse(f"inbox:{name}", args=args))


def go(request: DeskRequest, url: str) -> HttpResponse:
    if not request.htmx:
        return redirect(url)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = url
    return response


def _to_list(request: DeskRequest, key: str, toast: Toast | None) -> HttpResponse:
    """There is no other case to go on with: on to the list, as it was filtered."""
    if toast:
        toasts.keep(request, toast)
    url = reverse("inbox:queue", args=[key])
    if not request.htmx:
        return redirect(url)
    query = urlsplit(request.htmx.current_url or "").query
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = f"{url}?{query}" if query else url
    return response


def _is_open(request: DeskRequest, case_id: int) -> bool:
    """Whether the browser shows this case; an undo may come when it shows the next one."""
    return f"/c/{case_id}/" in (request.htmx.current_url_abs_path or f"/c/{case_id}/")


def _has_tabs(request: DeskRequest, key: str) -> bool:
    """Whether the queue stands beside the case; hits of a search have no tabs to count in."""
    return f"/q/{key}/" in (request.htmx.current_url_abs_path or f"/q/{key}/")


def _go_back(request: DeskRequest, key: str, case_id: int, toast: Toast | None) -> HttpResponse:
    if toast:
        toasts.keep(request, toast)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = reverse("inbox:case", args=[key, case_id])
    return response


def _parts(request: DeskRequest, key: str, case_id: int, toast: Toast | None) -> dict[str, Any]:
    read = thread.header(case_id, request.user)
    shows = request.headers.get("X-Row-Shown") == "yes"
    return {
        "shell": shell.read(request.user, answered_in=key if _has_tabs(request, key) else ""),
        "queue_key": key,
        "thread": read,
        "row": rows.one(case_id, request.user) if shows else None,
        "toast": toast,
        **menus.read(read),
    }


def refused(request: DeskRequest, case_id: int, no: Refused) -> HttpResponse:
    """The reason beside the control, and what changed meanwhile one click away."""
    problem = texts.refusal(no.code, no.params)
    if not request.htmx:
        key = queue_of(request)
        return case_page(request, key, case_id, problem=problem, status=status_of(no))
    context = {
        "problem": problem,
        "can_show": no.code == "changed_meanwhile",
        "can_send": no.code == "answered_meanwhile",
        "client_id": uuid.uuid4() if no.code == "sent_before" else "",
    }
    response = render(request, "inbox/_problem.html", context, status=status_of(no))
    where = "#composer-problem" if "client_id" in request.POST else "#th-problem"
    response.headers["HX-Retarget"] = where
    response.headers["HX-Reswap"] = "innerHTML"
    return response
