"""One action over many cases: asked for in the list, followed on a page, undone at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from conversations.models import BulkJob, Case
from conversations.services import bulk, filtering
from conversations.services.errors import Refused
from inbox import forms, texts, toasts
from inbox.reads import bulk as reads
from inbox.reads import listing, shell
from inbox.toasts import Toast
from inbox.views.answers import go, on_to, queue_of
from inbox.views.desk import DeskRequest, desk

if TYPE_CHECKING:
    from conversations.models.case import CaseQuerySet

AT_ONCE = 2.0
"""Seconds that the agent waits for a small job, before its page shows the progress."""
ASK_FROM = 50
"""More cases than this are done only once their number was typed."""
NUMBERS = {"assign", "move", "priority"}


@desk
@require_POST
def start(request: DeskRequest) -> HttpResponse:
    """Do it to the chosen cases, or to all of the list."""
    try:
        if request.POST.get("do") == "merge":
            return redirect(_merge(request))
        action, params = _wish(request)
        cases = _chosen(request)
        number = cases.count()
        if number > ASK_FROM and forms.number(request.POST.get("number")) != number:
            return _ask(request, number)
        job = bulk.start(
            agent=request.user,
            action=action,
            params=params,
            cases=cases,
            client_id=forms.client_id(request.POST),
            wakes=False,
        )
    except Refused as no:
        toasts.keep(request, Toast(text=texts.refusal(no.code, no.params)))
        return redirect(_list(request))
    return _answer(request, job, bulk.run(job.pk, seconds=AT_ONCE))


def _wish(request: DeskRequest) -> tuple[str, dict[str, Any]]:
    """`assign:5`, `snooze:2026-…`, `tag:` with the word beside it. Raises Refused."""
    action, _colon, value = request.POST.get("do", "").partition(":")
    if action == "macro":
        return action, {"macro_id": forms.number(value)}
    if action in NUMBERS:
        return action, {"to": forms.number(value)}
    if action == "snooze":
        until = forms.time(value or request.POST.get("until"))
        if until is None:
            raise Refused("no_such_time")
        return action, {"until": until.isoformat()}
    if action == "tag":
        name = " ".join(request.POST.get("tag_name", "").split())
        if not name:
            raise Refused("name_missing")
        return action, {"name": name}
    return action, {}


def _merge(request: DeskRequest) -> str:
    """Where two cases are looked at side by side, and merged. Raises Refused."""
    chosen = _chosen(request).order_by("pk").values_list("pk", flat=True)
    match list(chosen[:3]):
        case [one, other]:
            return f"{reverse('inbox:merge-with', args=[one, other])}?from={queue_of(request)}"
    raise Refused("two_to_merge")


def _chosen(request: DeskRequest) -> CaseQuerySet:
    if "all" not in request.POST:
        numbers = [forms.number(value) for value in request.POST.getlist("case")]
        return Case.objects.visible_to(request.user).filter(pk__in=[n for n in numbers if n])
    queue = shell.read(request.user).queue(queue_of(request))
    tab = request.POST.get("tab", listing.FIRST_TAB)
    try:
        wanted = filtering.read(_filters(request))
    except filtering.BadFilter as bad:
        raise Refused("bad_filter") from bad
    return filtering.narrow(listing.cases_of(queue, tab), request.user, wanted)


def _filters(request: DeskRequest) -> dict[str, str]:
    """The list's filters, which would else share names with what is to be done."""
    marked = {k: str(v) for k, v in request.POST.items() if k.startswith("filter-")}
    return {name.removeprefix("filter-"): value for name, value in marked.items()}


def _ask(request: DeskRequest, number: int) -> HttpResponse:
    kept = [(k, v) for k, values in request.POST.lists() for v in values]
    sent = [(k, v) for k, v in kept if k not in {"number", "csrfmiddlewaretoken"}]
    context = {
        "shell": shell.read(request.user),
        "number": number,
        "sent": sent,
        "queue_key": queue_of(request),
        "was_wrong": "number" in request.POST,
    }
    return render(request, "inbox/bulk_ask.html", context)


def _answer(request: DeskRequest, job: BulkJob, is_over: bool) -> HttpResponse:
    """Back to the list when it is done already; a page with its progress else, or when some
    were refused."""
    done = reads.progress(job)
    if not is_over or done.refused:
        return redirect("inbox:bulk-job", job.pk)
    undo = reverse("inbox:bulk-undo", args=[job.pk])
    text = ngettext("Done: %(number)s case", "Done: %(number)s cases", done.done)
    fields = {"back": request.POST.get("back", "")}
    toasts.keep(request, Toast(text=text % {"number": done.done}, undo=undo, fields=fields))
    return redirect(_list(request))


def _list(request: DeskRequest) -> str:
    """The list that it was asked for in, with its tab, order and filters."""
    kept = QueryDict(request.POST.get("back", "")).urlencode()
    return reverse("inbox:queue", args=[queue_of(request)]) + (f"?{kept}" if kept else "")


@desk
@require_safe
def job(request: DeskRequest, job_id: int) -> HttpResponse:
    """What became of each case; asks for itself again while there is more to do."""
    found = get_object_or_404(BulkJob, pk=job_id, agent=request.user)
    context = {
        "shell": shell.read(request.user),
        "job": found,
        "progress": reads.progress(found),
        "rows": reads.rows(found, request.user),
        "toast": toasts.pop(request),
    }
    template = "inbox/_bulk.html" if request.htmx else "inbox/bulk.html"
    return render(request, template, context)


@desk
@require_POST
def undo(request: DeskRequest, job_id: int) -> HttpResponse:
    """From the toast over the list, and all of it at once: the list stays. Its page else."""
    found = get_object_or_404(BulkJob, pk=job_id, agent=request.user)
    bulk.undo(job_id=job_id, agent=request.user)
    is_over = bulk.run(job_id, seconds=AT_ONCE)
    done = reads.progress(found)
    if "back" not in request.POST or not is_over or done.kept:
        return on_to(request, "bulk-job", job_id)
    text = ngettext("Undone: %(number)s case", "Undone: %(number)s cases", done.undone)
    toasts.keep(request, Toast(text=text % {"number": done.undone}))
    return go(request, _list(request))
