"""List and thread: full pages, or the pane that htmx asked for."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from conversations.models import Macro
from inbox import forms, toasts
from inbox.reads import drafting, listing, menus, panel, shell, thread
from inbox.reads.asides import Aside
from inbox.reads.drafting import Composer
from inbox.views.desk import DeskRequest, desk

FIRST_VIEW = "mine"
COOKIE = "inbox_view"
YEAR = 31_536_000
"""Seconds that a preference cookie lives."""


@desk
@require_safe
def home(request: DeskRequest) -> HttpResponse:
    """The queue that was open last."""
    kept = request.COOKIES.get(COOKIE, FIRST_VIEW)
    return redirect("inbox:queue", kept if shell.knows(request.user, kept) else FIRST_VIEW)


@desk
@require_safe
def queue(request: DeskRequest, key: str) -> HttpResponse:
    context = frame(request, key)
    template = "inbox/_rows.html" if request.htmx.target == "more" else "inbox/queue.html"
    response = render(request, template, context)
    response.set_cookie(COOKIE, key, max_age=YEAR, samesite="Lax", httponly=True)
    return response


@desk
@require_safe
def case(request: DeskRequest, key: str, case_id: int) -> HttpResponse:
    context = pane(request, key, case_id)
    standing = context["thread"].case.pk
    if standing != case_id:
        return redirect("inbox:case", key, standing)
    return _case_page(request, key, context)


@desk
@require_safe
def bare_case(request: DeskRequest, case_id: int) -> HttpResponse:
    """An address without a queue, as notifications and colleagues pass it on."""
    thread.case_of(case_id, request.user)
    return redirect("inbox:case", "all", case_id)


def case_page(
    request: DeskRequest,
    key: str,
    case_id: int,
    *,
    composer: Composer | None = None,
    aside: Aside | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """List, thread and customer; only the last two when htmx opens a row."""
    context = pane(request, key, case_id) | {"aside": aside, "problem": problem}
    return _case_page(request, key, context, composer=composer, status=status)


def _case_page(
    request: DeskRequest,
    key: str,
    context: dict[str, Any],
    *,
    composer: Composer | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"aside": None, "problem": "", **context}
    if context["aside"] is None:
        read = context["thread"]
        context["composer"] = composer or drafting.read(read, macro=_macro(request))
    if request.htmx.target == "pane":
        return render(request, "inbox/_pane.html", context, status=status)
    return render(request, "inbox/case.html", {**frame(request, key), **context}, status=status)


def _macro(request: DeskRequest) -> Macro | None:
    """The macro that the address asks to insert."""
    asked = forms.number(request.GET.get("macro"))
    return Macro.objects.usable_by(request.user).filter(pk=asked).first() if asked else None


def frame(request: DeskRequest, key: str) -> dict[str, Any]:
    """Sidebar and list. Raises NoSuchQueue and BadCursor."""
    around = shell.read(request.user, answered_in=key)
    read = listing.read(around.queue(key), request.GET, agent=request.user, counts=around.counts)
    return {"shell": around, "queue_key": key, "listing": read, "toast": toasts.pop(request)}


def pane(request: DeskRequest, key: str, case_id: int) -> dict[str, Any]:
    """Thread and customer. Raises Case.DoesNotExist and BadCursor."""
    read = thread.read(case_id, request.user, before=request.GET.get("before", ""))
    others = [line.case for line in read.others if line.case is not None]
    return {
        "queue_key": key,
        "query": _kept(request),
        "thread": read,
        "panel": panel.read(read.case, others, request.user),
        **menus.read(read),
    }


def _kept(request: DeskRequest) -> str:
    """Tab and order of the list, kept in the addresses of its rows."""
    kept = request.GET.copy()
    for name in ("after", "before", "macro"):
        kept.pop(name, None)
    return f"?{kept.urlencode()}" if kept else ""
