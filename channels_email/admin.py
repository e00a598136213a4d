"""The e-mail part of a channel's page in the admin. Secrets go in and never come out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.widgets import UnfoldBooleanWidget

from channels_email import oauth, oauth_views, tokens
from channels_email.addresses import normal_address
from channels_email.authentication import domains
from channels_email.models import AuthMethod, EmailAccount, OAuthGrant
from conversations.admin.secret_fields import secret_field

if TYPE_CHECKING:
    AccountForm = forms.ModelForm[EmailAccount]
else:
    AccountForm = forms.ModelForm  # generic to the type checker alone

PLACEHOLDERS = {"{name}", "{number}"}
_PLACEHOLDER = re.compile(r"\{[^{}\s]{0,40}\}")
SECRETS = ("imap_password", "smtp_password", "oauth_client_secret")


def _removal(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget())


class EmailAccountForm(AccountForm):
    imap_password = secret_field(_("IMAP password"))
    remove_imap_password = _removal(_("Remove the IMAP password"))
    smtp_password = secret_field(_("SMTP password"))
    remove_smtp_password = _removal(_("Remove the SMTP password"))
    oauth_client_secret = secret_field(_("client secret"))
    remove_oauth_client_secret = _removal(_("Remove the client secret"))

    class Meta:
        model = EmailAccount
        exclude = ("channel", "is_simulated")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["auth_method"].required = False
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

    def clean_arc_sealers(self) -> list[str]:
        typed = self.cleaned_data["arc_sealers"] or []
        if wrong := [name for name in typed if not domains.clean(name)]:
            raise forms.ValidationError(
                _("%(typed)s is not a domain."), params={"typed": ", ".join(wrong)}
            )
        return [domains.clean(name) for name in typed]

    def clean_auth_method(self) -> str:
        return self.cleaned_data["auth_method"] or AuthMethod.PASSWORD

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
        self._check_first_answer(cleaned)
        return self._with_hosts(cleaned)

    def _check_first_answer(self, cleaned: dict[str, Any]) -> None:
        """A placeholder that means nothing would stand in the mail as it is."""
        names = ("first_answer_en", "first_answer_es")
        for name in names:
            unknown = set(_PLACEHOLDER.findall(cleaned.get(name) or "")) - PLACEHOLDERS
            if unknown:
                message = _("%(name)s stands for nothing here.") % {"name": min(unknown)}
                self.add_error(name, message)
        if cleaned.get("has_first_answer") and not any(cleaned.get(name) for name in names):
            self.add_error("first_answer_en", _("Say what the answer is to be."))

    def _with_hosts(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Google's and Microsoft's servers are known: nobody needs to look them up."""
        provider = oauth.PROVIDERS.get(cleaned.get("auth_method") or "")
        if provider:
            cleaned["imap_host"] = cleaned.get("imap_host") or provider.imap
            cleaned["smtp_host"] = cleaned.get("smtp_host") or provider.smtp
            if not cleaned.get("oauth_client_id"):
                self.add_error("oauth_client_id", _("Your application's id is needed."))
        return cleaned

    def save(self, commit: bool = True) -> EmailAccount:
        """What was refused before may be right now."""
        account = super().save(commit)
        if account.pk:
            tokens.forgive(account.pk)
        return account


def _consent_said(row: OAuthGrant) -> str:
    if row.refused_at:
        return gettext("The provider refused: %s") % row.refused_words
    at = date_format(localtime(row.connected_at), "SHORT_DATETIME_FORMAT")
    return gettext("Connected since %s.") % at


class EmailAccountInline(StackedInline):
    model = EmailAccount
    form = EmailAccountForm
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Whoever may see the channel's page at all is an admin."""
        return getattr(request.user, "is_admin", False)

    has_add_permission = has_change_permission = has_view_permission
    min_num = max_num = 1
    readonly_fields = ("consent",)

    @admin.display(description=_("Consent"))
    def consent(self, account: EmailAccount) -> SafeString | str:
        """Whether the provider gave its consent, and the way to it. Never a token."""
        if not account.pk or account.auth_method == AuthMethod.PASSWORD:
            return gettext("Choose Google or Microsoft 365 and save; then connect here.")
        row = getattr(account, "grant", None)
        is_connected = row is not None and row.connected_at is not None
        provider = account.get_auth_method_display()
        return format_html(
            '<p>{}</p><p><a class="hub-button" href="{}">{}</a></p><p class="hub-quiet">{}'
            " <code>{}</code></p>",
            _consent_said(row) if row and is_connected else gettext("Not connected yet."),
            reverse("email-oauth-start", args=[account.channel_id]),
            gettext("Connect with %s") % provider,
            gettext("Enter this address as redirect URI at the provider:"),
            oauth_views.redirect_uri(),
        )

    fieldsets = (
        (
            _("Address"),
            {"fields": (("address", "display_name"), "more_addresses", "signature")},
        ),
        (
            _("Login"),
            {
                "fields": (
                    ("auth_method", "oauth_tenant"),
                    ("oauth_client_id", "oauth_client_secret", "remove_oauth_client_secret"),
                    "consent",
                )
            },
        ),
        (
            _("Reading (IMAP)"),
            {
                "fields": (
                    ("imap_host", "imap_port", "imap_security"),
                    ("imap_user", "imap_password", "remove_imap_password"),
                    ("imap_folder", "history"),
                    ("reads_sent", "sent_folder"),
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
        (
            _("Automatic answer"),
            {"fields": ("has_first_answer", "first_answer_en", "first_answer_es")},
        ),
        (
            _("Threads and checks"),
            {"fields": ("plus_addressing", "authserv_id", "arc_sealers", "form_senders")},
        ),
    )
