"""Macros: offered in the composer, run on a case, and an agent's own to write."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conversations.models import Macro
from conversations.services import bulk, own_macros
from conversations.services.errors import Refused
from inbox import toasts
from inbox.forms import MacroForm
from inbox.reads import macros as reads
from inbox.reads import shell, thread
from inbox.toasts import Toast
from inbox.views.answers import done, on_to, refused, seen
from inbox.views.desk import DeskRequest, desk


@desk
@require_safe
def offered(request: DeskRequest, case_id: int) -> HttpResponse:
    """What can be used on a case; a page of links where no script inserts it."""
    case = thread.case_of(case_id, request.user)
    context = {"case": case, "offered": reads.read(case, request.user), "queue_key": "all"}
    if request.htmx:
        return render(request, "inbox/_macros.html", context)
    context["shell"] = shell.read(request.user)
    return render(request, "inbox/macros_of_case.html", context)


@desk
@require_POST
def run(request: DeskRequest, case_id: int, macro_id: int) -> HttpResponse:
    """Do what a macro does at once; undone as any job over cases is."""
    try:
        job = bulk.run_macro(
            agent=request.user,
            case_id=case_id,
            macro_id=macro_id,
            client_id=uuid.uuid4(),
            seen=seen(request),
        )
    except Refused as no:
        return refused(request, case_id, no)
    text = _("Done: %(name)s") % {"name": Macro.objects.get(pk=macro_id).name}
    undo = reverse("inbox:bulk-undo", args=[job.pk])
    return done(request, case_id, Toast(text=text, undo=undo))


@desk
@require_safe
def mine(request: DeskRequest) -> HttpResponse:
    """The agent's own macros, and what others share with them."""
    usable = Macro.objects.usable_by(request.user).select_related("team")
    context = {
        "shell": shell.read(request.user),
        "own": [(m, ", ".join(reads.effects(m))) for m in usable.filter(owner=request.user)],
        "shared": [(m, ", ".join(reads.effects(m))) for m in usable.filter(owner=None)],
        "toast": toasts.pop(request),
    }
    return render(request, "inbox/macros.html", context)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: DeskRequest, macro_id: int = 0) -> HttpResponse:
    """Write one of one's own; number 0 is a new one."""
    own = Macro.objects.filter(owner=request.user)
    macro = get_object_or_404(own, pk=macro_id) if macro_id else Macro(owner=request.user)
    form = MacroForm(request.POST or None, instance=macro)
    if request.method == "POST" and form.is_valid():
        macro = own_macros.write(agent=request.user, macro_id=macro.pk, said=form.cleaned_data)
        toasts.keep(request, Toast(text=_("Saved: %(name)s") % {"name": macro.name}))
        return redirect("inbox:macros")
    context = {"shell": shell.read(request.user), "form": form, "macro": macro}
    return render(request, "inbox/macro.html", context, status=422 if form.errors else 200)


@desk
@require_POST
def switch(request: DeskRequest, macro_id: int) -> HttpResponse:
    """Delete one of one's own, or bring it back."""
    macro = own_macros.own(macro_id, request.user)
    own_macros.switch(agent=request.user, macro_id=macro.pk, is_active=not macro.is_active)
    macro.refresh_from_db()
    if not macro.is_active:
        undo = reverse("inbox:switch-macro", args=[macro.pk])
        toasts.keep(request, Toast(text=_("Deleted: %(name)s") % {"name": macro.name}, undo=undo))
    return on_to(request, "macros")
