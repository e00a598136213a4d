from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.admin.base import HubAdmin
from conversations.models import Macro
from conversations.services import macros
from conversations.services.errors import Refused
from conversations.services.placeholders import FILLS

WORDS = {
    "unknown_placeholder": _("There is no placeholder “%(name)s”."),
    "resolves_or_snoozes": _("A case is either snoozed or resolved."),
    "empty_macro": _("Give it words, or something to do."),
}


class MacroForm(forms.ModelForm):  # type: ignore[type-arg]  # generic to the checker alone
    class Meta:
        model = Macro
        fields = (
            "name", "team", "text_en", "text_es", "add_tags", "assign", "priority",
            "snooze_hours", "resolves", "is_active",
        )  # fmt: skip
        help_texts = {
            "text_en": _("Placeholders: %s.") % " ".join("{{" + name + "}}" for name in FILLS),
        }

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        told = {name: value for name, value in said.items() if value is not None}
        try:
            macros.check(Macro(**told))
        except Refused as no:
            raise forms.ValidationError(WORDS[no.code], params=no.params) from no
        return said


@admin.register(Macro)
class MacroAdmin(HubAdmin):
    """The ones that are shared; agents keep their own at the desk."""

    form = MacroForm
    list_display = ("name", "team", "is_active", "used_count", "used_at")
    list_filter = ("is_active", "team")
    search_fields = ("name", "text_en", "text_es")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Macro]:
        rows: QuerySet[Macro] = super().get_queryset(request)
        return rows.filter(owner=None)
