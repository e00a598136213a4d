"""The text part of a channel's page in the admin. Secrets go in and never come out."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumbers import SUPPORTED_REGIONS
from unfold.admin import StackedInline

from channels_sms import edge, numbers, reach
from channels_sms.models import HttpGateway, ProviderName, SmsAccount
from conversations.admin.secret_fields import secret_field

if TYPE_CHECKING:
    AccountForm = forms.ModelForm[SmsAccount]
    GatewayForm = forms.ModelForm[HttpGateway]
else:  # generic to the type checker alone
    AccountForm = GatewayForm = forms.ModelForm

SECRETS = ("auth_token", "key_secret")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A header's name (RFC 9110, 5.6.2)."""
GATEWAY_SECRETS = ("login_value", "webhook_secret")


class _Secretive(forms.ModelForm):  # type: ignore[type-arg]  # of either model
    """A form whose secrets are kept when they are left empty."""

    secrets: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.secrets:
            hint = self.fields[name].help_text
            self.initial.pop(name, None)
            is_set = bool(self.instance.pk and getattr(self.instance, name))
            state = _("Set. Leave empty to keep it.") if is_set else _("Not set.")
            self.fields[name] = secret_field(
                self.fields[name].label, help_text=f"{state} {hint}".strip()
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.secrets:
            if not cleaned.get(name):
                cleaned[name] = getattr(self.instance, name)
        return cleaned


class SmsAccountForm(_Secretive, AccountForm):
    secrets = SECRETS

    class Meta:
        model = SmsAccount
        fields = (
            "sender", "provider", "more_numbers", "home_country", "account_id", "auth_token",
            "key_id", "key_secret", "api_url", "countries", "most_per_number", "most_per_day",
            "quiet_from", "quiet_until", "provider_answers", "help_en", "help_es", "test_number",
        )  # fmt: skip

    def clean_sender(self) -> str:
        typed: str = self.cleaned_data["sender"].strip()
        if typed.startswith("MG") or numbers.SENDER_ID.fullmatch(typed):
            return typed
        return self._number(typed)

    def clean_more_numbers(self) -> list[str]:
        return [self._number(typed) for typed in self.cleaned_data["more_numbers"] or []]

    def clean_test_number(self) -> str:
        typed = self.cleaned_data["test_number"]
        return self._number(typed) if typed else ""

    def clean_countries(self) -> list[str]:
        typed = [one.strip().upper() for one in self.cleaned_data["countries"] or []]
        if wrong := [one for one in typed if one not in SUPPORTED_REGIONS]:
            raise forms.ValidationError(
                _("%(typed)s is not a country."), params={"typed": ", ".join(wrong)}
            )
        return typed

    def clean_home_country(self) -> str:
        typed: str = self.cleaned_data["home_country"].strip().upper()
        if typed not in SUPPORTED_REGIONS:
            raise forms.ValidationError(_("%(typed)s is not a country."), params={"typed": typed})
        return typed

    def _number(self, typed: str) -> str:
        number = numbers.e164(typed, self.data.get(self.add_prefix("home_country"), ""))
        if not number:
            raise forms.ValidationError(
                _("%(typed)s is not a phone number."), params={"typed": typed}
            )
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if bool(cleaned.get("quiet_from")) != bool(cleaned.get("quiet_until")):
            self.add_error("quiet_until", _("Quiet hours have a beginning and an end."))
        return cleaned


class HttpGatewayForm(_Secretive, GatewayForm):
    secrets = GATEWAY_SECRETS

    class Meta:
        model = HttpGateway
        fields = (
            "send_url", "is_json", "login_header", "login_value", "to_field", "from_field",
            "text_field", "key_field", "id_field", "secret_header", "webhook_secret",
            "in_id_field", "in_from_field", "in_text_field", "status_field", "status_key_field",
            "delivered_words", "failed_words",
        )  # fmt: skip

    def clean_login_header(self) -> str:
        return _header(self.cleaned_data["login_header"])

    def clean_secret_header(self) -> str:
        return _header(self.cleaned_data["secret_header"])

    def clean_login_value(self) -> str:
        typed: str = self.cleaned_data["login_value"] or ""
        if not (typed.isascii() and typed.isprintable()):
            raise forms.ValidationError(_("A header holds plain letters, figures and signs only."))
        return typed.strip()


def _header(typed: str) -> str:
    if not HEADER.fullmatch(typed.strip()):
        raise forms.ValidationError(_("%(typed)s is no header's name."), params={"typed": typed})
    return typed.strip()


class _ForAdmins(StackedInline):
    """Whoever may see the channel's page at all is an admin."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return getattr(request.user, "is_admin", False)

    has_add_permission = has_change_permission = has_view_permission


class SmsAccountInline(_ForAdmins):
    model = SmsAccount
    form = SmsAccountForm
    can_delete = False
    min_num = max_num = 1
    readonly_fields = ("addresses", "spent")
    fieldsets = (
        (_("Number"), {"fields": (("sender", "provider"), "more_numbers", "home_country")}),
        (
            _("Login at Twilio"),
            {"fields": (("account_id", "auth_token"), ("key_id", "key_secret"), "api_url")},
        ),
        (_("Webhooks"), {"fields": ("addresses",)}),
        (
            _("Limits"),
            {"fields": ("countries", ("most_per_number", "most_per_day"), "spent")},
        ),
        (_("Quiet hours"), {"fields": (("quiet_from", "quiet_until"),)}),
        (_("Answer to HELP"), {"fields": ("provider_answers", "help_en", "help_es")}),
        (_("Test"), {"fields": ("test_number",)}),
    )

    @admin.display(description=_("Addresses"))
    def addresses(self, account: SmsAccount) -> SafeString | str:
        """What to enter at the provider, and what was last heard from it."""
        if not account.pk:
            return gettext("Save first: the addresses are shown here then.")
        lines = format_html_join(
            "",
            '<p>{}: <code class="hub-break">{}</code></p>',
            ((_side(account, side), edge.address(account.channel, side)) for side in edge.SIDES),
        )
        return format_html('{}<p class="hub-quiet">{}</p>', lines, _heard(account))

    @admin.display(description=_("Sent today"))
    def spent(self, account: SmsAccount) -> str:
        sent = reach.spent_today(account) if account.pk else 0
        return gettext("%(sent)s of %(most)s parts") % {"sent": sent, "most": account.most_per_day}


class HttpGatewayInline(_ForAdmins):
    """Asked for once that provider is chosen and saved."""

    model = HttpGateway
    form = HttpGatewayForm
    extra = max_num = 1
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        account = getattr(obj, "sms_account", None)
        is_chosen = account is not None and account.provider == ProviderName.HTTP
        return is_chosen and super().has_view_permission(request, obj)

    # Django shows a form to whoever may delete there: a superuser may anywhere
    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    verbose_name = verbose_name_plural = _("another provider, by HTTP")
    fieldsets = (
        (
            _("Sending by HTTP"),
            {
                "fields": (
                    ("send_url", "is_json"),
                    ("login_header", "login_value"),
                    ("to_field", "from_field", "text_field"),
                    ("key_field", "id_field"),
                )
            },
        ),
        (
            _("Receiving by HTTP"),
            {
                "fields": (
                    ("secret_header", "webhook_secret"),
                    ("in_id_field", "in_from_field", "in_text_field"),
                    ("status_field", "status_key_field"),
                    ("delivered_words", "failed_words"),
                )
            },
        ),
    )


def _side(account: SmsAccount, side: str) -> str:
    """Twilio is told where states go with each text; another provider wants it entered."""
    if side == edge.INBOUND:
        return gettext("Incoming texts")
    if account.provider == ProviderName.HTTP:
        return gettext("States of texts")
    return gettext("States (sent along by itself)")


def _heard(account: SmsAccount) -> str:
    if not _proves(account):
        return gettext("No secret is set: every post is refused.")
    said = [gettext("Nothing was heard yet.")]
    if account.last_event_at:
        said = [gettext("Last heard on %s, and proven.") % _when(account.last_event_at)]
    if account.refused_at:
        said.append(gettext("Last refused, as not proven, on %s.") % _when(account.refused_at))
    return " ".join(said)


def _proves(account: SmsAccount) -> bool:
    if account.provider != ProviderName.HTTP:
        return bool(account.auth_token)
    gateway = getattr(account.channel, "http_gateway", None)
    return bool(gateway and gateway.webhook_secret)


def _when(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")
