"""Views that agents keep: save, share, rename, delete, and bring back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations.models import SavedView
from conversations.services import filtering, views
from conversations.services.errors import Refused
from inbox import forms, texts, toasts
from inbox.toasts import Toast
from inbox.views.answers import on_to, queue_of
from inbox.views.desk import DeskRequest, desk


@desk
@require_POST
def save(request: DeskRequest) -> HttpResponse:
    """Keep the list that is shown under a name."""
    try:
        view = views.save(
            agent=request.user,
            name=request.POST.get("name", ""),
            queue=queue_of(request),
            wanted=filtering.read(request.POST),
            sort=request.POST.get("sort", ""),
            team_id=forms.number(request.POST.get("share")),
        )
    except filtering.BadFilter:
        return _refused(request, Refused("bad_filter"))
    except Refused as no:
        return _refused(request, no)
    toasts.keep(request, _toast(_("Saved: %(name)s"), view, "delete-view"))
    return redirect("inbox:queue", f"{views.PREFIX}{view.pk}")


@desk
@require_POST
def change(request: DeskRequest, view_id: int) -> HttpResponse:
    """Another name, or other people to share it with."""
    try:
        view = views.change(
            view_id=view_id,
            agent=request.user,
            name=request.POST.get("name", ""),
            team_id=forms.number(request.POST.get("share")),
        )
    except Refused as no:
        return _refused(request, no)
    return redirect("inbox:queue", f"{views.PREFIX}{view.pk}")


@desk
@require_POST
def delete(request: DeskRequest, view_id: int) -> HttpResponse:
    try:
        view = views.delete(view_id=view_id, agent=request.user)
    except Refused as no:
        return _refused(request, no)
    toasts.keep(request, _toast(_("Deleted: %(name)s"), view, "restore-view"))
    return on_to(request, "queue", view.queue)


@desk
@require_POST
def restore(request: DeskRequest, view_id: int) -> HttpResponse:
    try:
        view = views.restore(view_id=view_id, agent=request.user)
    except Refused as no:
        return _refused(request, no)
    return on_to(request, "queue", f"{views.PREFIX}{view.pk}")


def _toast(text: str, view: SavedView, undo: str) -> Toast:
    return Toast(text=text % {"name": view.name}, undo=reverse(f"inbox:{undo}", args=[view.pk]))


def _refused(request: DeskRequest, no: Refused) -> HttpResponse:
    """Back to the list, with the reason above it."""
    toasts.keep(request, Toast(text=texts.refusal(no.code, no.params)))
    return on_to(request, "queue", queue_of(request))
