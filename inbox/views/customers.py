"""A customer's page, and the history of a case."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conversations.models import Conversation, Identity, Message
from conversations.services import addresses, profile
from conversations.services.errors import Refused
from inbox import texts, toasts
from inbox.reads import customer as reads
from inbox.reads import history as past
from inbox.reads import shell, thread
from inbox.toasts import Toast
from inbox.views.answers import on_to, seen
from inbox.views.desk import DeskRequest, desk, status_of

COLUMNS = tuple(profile.CODES)
"""What an agent puts right."""


@desk
@require_safe
def customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    """All of a customer; the address of one who was merged leads to the one who stayed."""
    found = reads.standing(customer_id, request.user)
    if found.customer_id != customer_id:
        return redirect("inbox:customer", found.customer_id)
    return _page(request, found)


def _page(request: DeskRequest, found: Conversation, *, no: Refused | None = None) -> HttpResponse:
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    context = {
        "shell": shell.read(request.user),
        "queue_key": "all",
        "room": "customer",
        "page": reads.read(found, request.user, after=after, before=before),
        "after": after,
        "before": before,
        "client_id": uuid.uuid4(),
        "typed": request.POST.get("address", ""),
        "wanted": {name: request.POST.get(name, getattr(found.customer, name)) for name in COLUMNS},
        "problem": texts.refusal(no.code, no.params) if no else "",
        "is_adding": "address" in request.POST or "add" in request.GET,
        "toast": toasts.pop(request),
    }
    return render(request, "inbox/customer.html", context, status=status_of(no) if no else 200)


@desk
@require_POST
def change(request: DeskRequest, customer_id: int) -> HttpResponse:
    """Another name or language; Undo gives back what was."""
    was = reads.standing(customer_id, request.user).customer
    wanted = {name: request.POST.get(name, getattr(was, name)) for name in COLUMNS}
    try:
        customer = profile.change(
            customer_id=customer_id, agent=request.user, seen=seen(request), **wanted
        )
    except Refused as no:
        if request.htmx:  # Undo on a toast: there is no form to say it beside
            toasts.keep(request, Toast(text=texts.refusal(no.code, no.params)))
            return on_to(request, "customer", customer_id)
        return _page(request, reads.standing(customer_id, request.user), no=no)
    fields = {name: getattr(was, name) for name in COLUMNS}
    now = reads.standing(customer_id, request.user)
    if fields != {name: getattr(customer, name) for name in COLUMNS}:
        undo = reverse("inbox:change-customer", args=[customer.pk])
        fields["seen"] = str(now.revision)
        toasts.keep(request, Toast(text=_("Saved"), undo=undo, fields=fields))
    return on_to(request, "customer", customer.pk)


@desk
@require_POST
def add_address(request: DeskRequest, customer_id: int) -> HttpResponse:
    """A number or an address that the agent knows; Undo takes it off again."""
    typed = request.POST.get("address", "")
    try:
        identity = addresses.add(customer_id=customer_id, agent=request.user, typed=typed)
    except Refused as no:
        return _page(request, reads.standing(customer_id, request.user), no=no)
    undo = reverse("inbox:remove-address", args=[identity.pk])
    toasts.keep(request, Toast(text=_("Saved"), undo=undo))
    return on_to(request, "customer", identity.customer_id or customer_id)


@desk
@require_POST
def remove_address(request: DeskRequest, identity_id: int) -> HttpResponse:
    """Undo of adding it."""
    customer_id = Identity.objects.values_list("customer", flat=True).get(pk=identity_id)
    try:
        addresses.remove(identity_id=identity_id, agent=request.user)
    except Refused as no:
        toasts.keep(request, Toast(text=texts.refusal(no.code, no.params)))
    return on_to(request, "customer", customer_id or 0)


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
