"""Split a case, merge it or its customer with another: a page that shows both sides, and undo."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from conversations.models import Case, Rearrangement
from conversations.services import merge_cases, merge_customers, put_back, threads
from conversations.services import move as moving
from conversations.services import rearranging as looking
from conversations.services import split as splitting
from conversations.services.errors import Refused
from inbox import forms, texts, toasts
from inbox.reads import rearranging, shell, thread
from inbox.toasts import Toast
from inbox.views.actions import action
from inbox.views.answers import queue_of, refused, seen
from inbox.views.desk import DeskRequest, desk, status_of

PAGES = ["GET", "HEAD", "POST"]


@desk
@require_http_methods(PAGES)
def split(request: DeskRequest, case_id: int) -> HttpResponse:
    """Choose messages; look at both halves; put one into a new case, or into another."""
    try:
        case = looking.worked(case_id, request.user)
        if request.method != "POST":
            return _split_page(request, case)
        entry = _split(request, case)
    except Refused as no:
        return _no(request, case_id, no)
    text = (
        _("Split off into case %(number)s")
        if _into(request) == "new"
        else _("Moved to case %(number)s")
    )
    return _done(request, case_id, entry, text % {"number": entry.target_id})


def _into(request: DeskRequest) -> str:
    return request.POST.get("into", "new")


def _split(request: DeskRequest, case: Case) -> Rearrangement:
    chosen = [number for value in request.POST.getlist("m") if (number := forms.number(value))]
    wish: dict[str, Any] = {
        "case_id": case.pk,
        "agent": request.user,
        "message_ids": chosen,
        "cause": request.POST.get("cause", ""),
        "seen": seen(request),
    }
    if _into(request) != "new":
        return moving.move(**wish, to=forms.number(_into(request)) or 0)
    team = forms.number(request.POST.get("team"))
    return splitting.split(**wish, topic=request.POST.get("topic", ""), team_id=team)


def _split_page(request: DeskRequest, case: Case) -> HttpResponse:
    parts = rearranging.parts(case, request.user, request.GET)
    is_chosen = "m" in request.GET and "change" not in request.GET
    template = "inbox/split_preview.html" if is_chosen else "inbox/split.html"
    context = {**_frame(request, case), "parts": parts}
    if is_chosen and not (parts.going and parts.staying):
        code = "one_must_stay" if parts.going else "no_such_messages"
        context["problem"] = texts.refusal(code, {})
        return render(request, "inbox/split.html", context, status=422)
    return render(request, template, context)


@desk
@require_safe
def merge(request: DeskRequest, case_id: int) -> HttpResponse:
    """Look for what a case or its customer is to be merged with."""
    try:
        case = looking.worked(case_id, request.user)
    except Refused as no:
        return _no(request, case_id, no)
    found = looking.candidates(case, request.user, request.GET.get("q", "").strip())
    return render(request, "inbox/merge.html", {**_frame(request, case), "candidates": found})


@desk
@require_http_methods(PAGES)
def merge_with(request: DeskRequest, case_id: int, other_id: int) -> HttpResponse:
    """Both sides of a merge, and the button: two cases of one customer, else two customers."""
    try:
        case = looking.worked(case_id, request.user)
        other = threads.as_seen(other_id, request.user)
        is_one_customer = case.conversation_id == other.conversation_id
        if request.method != "POST":
            return _merge_page(request, case, other, is_one_customer=is_one_customer)
        entry = _merge(request, case_id, other_id, is_of_cases=request.POST.get("what") == "cases")
    except Refused as no:
        return _no(request, case_id, no)
    text = _("Merged into case %(number)s") % {"number": entry.target_id}
    return _done(request, case_id, entry, text if entry.target_id else _("One customer now"))


def _merge(request: DeskRequest, case: int, other: int, *, is_of_cases: bool) -> Rearrangement:
    cause = request.POST.get("cause", "")
    if is_of_cases:
        return merge_cases.merge(
            case_id=case, agent=request.user, other_id=other, cause=cause, seen=seen(request)
        )
    return merge_customers.merge(case_id=case, agent=request.user, other_case_id=other, cause=cause)


def _merge_page(
    request: DeskRequest, case: Case, other: Case, *, is_one_customer: bool
) -> HttpResponse:
    halves = rearranging.merge(case, other, request.user)
    context = {**_frame(request, case), "other": other, "of_cases": is_one_customer}
    return render(request, "inbox/merge_preview.html", {**context, "halves": halves})


def _frame(request: DeskRequest, case: Case) -> dict[str, Any]:
    return {
        "shell": shell.read(request.user),
        "case": case,
        "queue_key": request.GET.get("from", "") or "all",
        "toast": toasts.pop(request),
    }


def _no(request: DeskRequest, case_id: int, no: Refused) -> HttpResponse:
    """The case's page with the reason, as it is by now."""
    if request.method == "POST":
        return refused(request, case_id, no)
    context = {"shell": shell.read(request.user), "problem": texts.refusal(no.code, no.params)}
    context |= {"case": thread.case_of(case_id, request.user), "queue_key": "all"}
    return render(request, "inbox/refused.html", context, status=status_of(no))


def _done(request: DeskRequest, case_id: int, entry: Rearrangement, text: str) -> HttpResponse:
    undo = reverse("inbox:put-back", args=[case_id, entry.pk])
    toasts.keep(request, Toast(text=text, undo=undo))
    return redirect("inbox:case", queue_of(request), Case.objects.survivor_of(case_id))


def _put_back(request: DeskRequest, case_id: int, rearrangement_id: int) -> Toast:
    case = looking.worked(case_id, request.user)
    here = Rearrangement.objects.of_thread(case.conversation).filter(pk=rearrangement_id)
    if not here.exists():
        raise Rearrangement.DoesNotExist
    put_back.undo(rearrangement_id=rearrangement_id, agent=request.user)
    return Toast(text=_("Undone: everything is where it was"))


put_back_view = action(_put_back, redraws=True)
