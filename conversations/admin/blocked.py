from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from conversations.adapters import registry
from conversations.admin.base import HubAdmin, actor
from conversations.models import BlockedSender

_SHAPE = r"^(?:[^\s@]+@)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+\Z"


class BlockedSenderForm(forms.ModelForm):  # type: ignore[type-arg]  # generic to the checker alone
    value = forms.CharField(
        label=_("Address or domain"),
        max_length=320,
        widget=UnfoldAdminTextInputWidget(),
        validators=[RegexValidator(_SHAPE, _("Enter an address, or a domain like example.com."))],
        help_text=_(
            "A domain stands for all addresses in it and below it. What they write is kept as "
            "spam; nobody is told, and nothing is lost."
        ),
    )

    class Meta:
        model = BlockedSender
        fields = ("value",)

    def clean_value(self) -> str:
        value = str(self.cleaned_data["value"]).strip().lower()
        ours = registry.own_addresses()
        if value in ours or value in {own.rpartition("@")[2] for own in ours}:
            raise forms.ValidationError(_("That is one of our own."))
        return value


@admin.register(BlockedSender)
class BlockedSenderAdmin(HubAdmin):
    form = BlockedSenderForm
    list_display = ("value", "blocked_by", "created_at")
    search_fields = ("value",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A block is there or not."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.blocked_by = actor(request)
        super().save_model(request, obj, form, change)
