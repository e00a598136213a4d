from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from conversations.admin.base import HubAdmin
from conversations.models import Workspace


@admin.register(Workspace)
class WorkspaceAdmin(HubAdmin):
    """One row: its list is its form."""

    fields = ("name",)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        current = Workspace.objects.filter(pk=Workspace.ONLY).first()
        return HttpResponseRedirect(self.address("change" if current else "add", current))

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_add_permission(request) and not Workspace.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def response_post_save_add(self, request: HttpRequest, obj: Workspace) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index"))

    def response_post_save_change(self, request: HttpRequest, obj: Workspace) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index"))
