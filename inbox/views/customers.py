"""A customer's page, and the history of a case."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from conversations.models import Message
from inbox import toasts
from inbox.reads import customer as reads
from inbox.reads import history as past
from inbox.reads import shell, thread
from inbox.views.desk import DeskRequest, desk


@desk
@require_safe
def customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    """All of a customer; the address of one who was merged leads to the one who stayed."""
    found = reads.standing(customer_id, request.user)
    if found.customer_id != customer_id:
        return redirect("inbox:customer", found.customer_id)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    context = {
        "shell": shell.read(request.user),
        "queue_key": "all",
        "room": "customer",
        "page": reads.read(found, request.user, after=after, before=before),
        "after": after,
        "before": before,
        "client_id": uuid.uuid4(),
        "toast": toasts.pop(request),
    }
    return render(request, "inbox/customer.html", context)


@desk
@require_safe
def history(request: DeskRequest, case_id: int) -> HttpResponse:
    """Everything that was done to a case."""
    case = thread.case_of(case_id, request.user)
    told = Message.objects.visible_to(request.user).filter(case=case)
    context = {
        "shell": shell.read(request.user),
        "queue_key": request.GET.get("from", "all"),
        "room": "history",
        "case": case,
        "history": past.read(told, before=request.GET.get("before", "")),
    }
    return render(request, "inbox/history.html", context)
