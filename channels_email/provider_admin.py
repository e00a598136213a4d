"""The mail provider's part of a channel's page. What it asks for depends on the provider."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from channels_email import hook_views
from channels_email.hook_table import HOOKS, INBOUND, LABELS, TRACKING
from channels_email.models import MailProvider
from channels_email.providers import PROVIDERS
from conversations.admin.secret_fields import BlankTextarea, secret_field
from conversations.models import Channel

if TYPE_CHECKING:
    ProviderForm = forms.ModelForm[MailProvider]
else:
    ProviderForm = forms.ModelForm  # generic to the type checker alone

SECRETS = ("api_key", "signing_key", "inbound_key")


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
                self.fields[column].label = capfirst(label)
        for name in {hook.key for hook in HOOKS.get(self.stored_name, {}).values()}:
            known = LABELS.get((self.stored_name, name))
            if known and name in self.fields:
                self.fields[name].label = capfirst(known)
        for name in SECRETS:
            if name in self.fields:
                self._hide(name)
        if "webhook_logins" in self.fields:
            self._hide("webhook_logins", is_long=True)

    def _hide(self, name: str, *, is_long: bool = False) -> None:
        """A secret goes in and never comes out."""
        hint = self.fields[name].help_text
        self.initial.pop(name, None)
        is_set = bool(self.instance.pk and getattr(self.instance, name))
        state = _("Set. Leave empty to keep it.") if is_set else _("Not set.")
        field = secret_field(self.fields[name].label, help_text=f"{state} {hint}".strip())
        field.max_length = None
        if is_long or name != "api_key":
            field = forms.CharField(
                label=field.label,
                required=False,
                help_text=field.help_text,
                widget=BlankTextarea(attrs={"autocomplete": "off", "rows": 2}),
            )
        self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.instance.pk:
            return cleaned
        if cleaned.get("name") != self.stored_name:
            self.instance.forget()  # one provider's keys are not another's
            return {key: value for key, value in cleaned.items() if key in {"name", "sends"}}
        for name in (*SECRETS, "webhook_logins"):
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
    readonly_fields = ("addresses",)
    verbose_name = verbose_name_plural = _("mail provider")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Whoever may see the channel's page at all is an admin."""
        return getattr(request.user, "is_admin", False)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """With a row for none, chosen first: a browser would send the first provider's name."""
        if db_field.name == "name":
            none = [("", _("None: mail leaves through the SMTP server"))]
            kwargs["choices"] = db_field.get_choices(include_blank=True, blank_choice=none)
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """The provider first; what it asks for once it is chosen and saved."""
        row = getattr(obj, "mail_provider", None) if obj else None
        if row is None:
            hint = _("Choose one and save: what it needs to know is asked next.")
            return ((_("Provider (instead of SMTP)"), {"fields": ("name",), "description": hint}),)
        columns = tuple(PROVIDERS[row.name].asks)
        sending = (_("Provider (instead of SMTP)"), {"fields": (("name", "sends"), *columns)})
        hooks = HOOKS.get(row.name)
        if not hooks:
            return (sending,)
        keys = dict.fromkeys(hook.key for hook in hooks.values() if hook.key not in {"", *columns})
        return (sending, (_("Webhooks"), {"fields": ("addresses", *keys, "webhook_logins")}))

    @admin.display(description=_("Addresses"))
    def addresses(self, row: MailProvider) -> SafeString | str:
        """What to enter at the provider, and what was last heard from it."""
        lines = format_html_join(
            "",
            '<p>{}: <code class="hub-break">{}</code></p>',
            (
                (_SIDES[side], hook_views.address(row.channel, row.name, side))
                for side in HOOKS.get(row.name, {})
            ),
        )
        return format_html('{}<p class="hub-quiet">{}</p>', lines, _heard(row))


_SIDES = {INBOUND: _("Inbound mail"), TRACKING: _("Delivery events")}


def _heard(row: MailProvider) -> str:
    if not row.secrets().is_any:
        return gettext("No secret is set: every post is refused.")
    said = [gettext("Nothing was heard yet.")]
    if row.last_event_at:
        said = [gettext("Last heard on %s, and proven.") % _when(row.last_event_at)]
    if row.refused_at:
        said.append(gettext("Last refused, as not proven, on %s.") % _when(row.refused_at))
    return " ".join(said)


def _when(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")
