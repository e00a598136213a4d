"""The e-mail part of a channel's page in the admin. Secrets go in and never come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanWidget

from channels_email.addresses import normal_address
from channels_email.models import EmailAccount

if TYPE_CHECKING:
    AccountForm = forms.ModelForm[EmailAccount]
else:
    AccountForm = forms.ModelForm  # generic to the type checker alone

SECRETS = ("imap_password", "smtp_password")


def _secret(label: Any) -> forms.CharField:
    """Never filled from what is stored; `new-password` keeps browsers from filling it either."""
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}, render_value=False)
    return forms.CharField(label=label, required=False, strip=False, max_length=500, widget=widget)


def _removal(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget())


class EmailAccountForm(AccountForm):
    imap_password = _secret(_("IMAP password"))
    remove_imap_password = _removal(_("Remove the IMAP password"))
    smtp_password = _secret(_("SMTP password"))
    remove_smtp_password = _removal(_("Remove the SMTP password"))

    class Meta:
        model = EmailAccount
        exclude = ("channel", "is_simulated")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECRETS:
            self.initial.pop(name, None)
            is_set = bool(self.instance.pk and getattr(self.instance, name))
            self.fields[name].help_text = (
                _("Set. Leave empty to keep it.") if is_set else _("Not set.")
            )

    def clean_address(self) -> str:
        return self._normal(self.cleaned_data["address"])

    def clean_more_addresses(self) -> list[str]:
        return [self._normal(address) for address in self.cleaned_data["more_addresses"] or []]

    def clean_form_senders(self) -> list[str]:
        return [self._normal(address) for address in self.cleaned_data["form_senders"] or []]

    def _normal(self, typed: str) -> str:
        address = normal_address(typed)
        if not address:
            raise forms.ValidationError(
                _("%(typed)s is not an e-mail address."), params={"typed": typed}
            )
        return address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in SECRETS:
            if cleaned.get(f"remove_{name}"):
                cleaned[name] = None
            elif not cleaned.get(name):
                cleaned[name] = getattr(self.instance, name)
        return cleaned


class EmailAccountInline(StackedInline):
    model = EmailAccount
    form = EmailAccountForm
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Whoever may see the channel's page at all is an admin."""
        return getattr(request.user, "is_admin", False)

    has_add_permission = has_change_permission = has_view_permission
    min_num = max_num = 1
    fieldsets = (
        (
            _("Address"),
            {"fields": (("address", "display_name"), "more_addresses", "signature")},
        ),
        (
            _("Reading (IMAP)"),
            {
                "fields": (
                    ("imap_host", "imap_port", "imap_security"),
                    ("imap_user", "imap_password", "remove_imap_password"),
                    ("imap_folder", "history"),
                )
            },
        ),
        (
            _("Sending (SMTP)"),
            {
                "fields": (
                    ("smtp_host", "smtp_port", "smtp_security"),
                    ("smtp_user", "smtp_password", "remove_smtp_password"),
                )
            },
        ),
        (_("Threads and checks"), {"fields": ("plus_addressing", "authserv_id", "form_senders")}),
    )
