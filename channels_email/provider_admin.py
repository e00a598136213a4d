"""The mail provider's part of a channel's page. What it asks for depends on the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from channels_email.admin_fields import secret_field
from channels_email.models import MailProvider
from channels_email.providers import PROVIDERS
from conversations.models import Channel

if TYPE_CHECKING:
    ProviderForm = forms.ModelForm[MailProvider]
else:
    ProviderForm = forms.ModelForm  # generic to the type checker alone

SECRETS = ("api_key",)


class MailProviderForm(ProviderForm):
    class Meta:
        model = MailProvider
        exclude = ("channel",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored_name = self.instance.name
        asks = PROVIDERS[self.stored_name].asks if self.instance.pk else {}
        for column, (_setting, label) in asks.items():
            if column in self.fields:
                self.fields[column].label = label
        for name in SECRETS:
            if name in self.fields:
                self._hide(name)

    def _hide(self, name: str) -> None:
        """A secret goes in and never comes out."""
        self.initial.pop(name, None)
        is_set = bool(self.instance.pk and getattr(self.instance, name))
        self.fields[name] = secret_field(
            self.fields[name].label,
            help_text=_("Set. Leave empty to keep it.") if is_set else _("Not set."),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.instance.pk:
            return cleaned
        if cleaned.get("name") != self.stored_name:
            self.instance.forget()  # one provider's keys are not another's
            return {key: value for key, value in cleaned.items() if key in {"name", "sends"}}
        for name in SECRETS:
            if name in self.fields and not cleaned.get(name):
                cleaned[name] = getattr(self.instance, name)
        for column in PROVIDERS[self.stored_name].needs:
            if column in self.fields and not cleaned.get(column):
                self.add_error(column, _("This provider needs it."))
        return cleaned


class MailProviderInline(StackedInline):
    model = MailProvider
    form = MailProviderForm
    extra = max_num = 1
    verbose_name = verbose_name_plural = _("mail provider")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Whoever may see the channel's page at all is an admin."""
        return getattr(request.user, "is_admin", False)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """The provider first; what it asks for once it is chosen and saved."""
        row = getattr(obj, "mail_provider", None) if obj else None
        if row is None:
            hint = _("Choose one and save: what it needs to know is asked next.")
            return ((_("Provider (instead of SMTP)"), {"fields": ("name",), "description": hint}),)
        columns = tuple(PROVIDERS[row.name].asks)
        return ((_("Provider (instead of SMTP)"), {"fields": (("name", "sends"), *columns)}),)
