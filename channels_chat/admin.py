"""The chat's part of a channel's page in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from channels_chat import mail, sites
from channels_chat.models import ChatSettings
from conversations.admin.channel_form import MinutesField
from conversations.models import Channel

if TYPE_CHECKING:
    SettingsForm = forms.ModelForm[ChatSettings]
else:
    SettingsForm = forms.ModelForm  # generic to the type checker alone


class ChatSettingsForm(SettingsForm):
    continuation_delay = MinutesField(
        label=_("Unread messages leave after, in minutes"),
        initial=lambda: ChatSettings().continuation_delay,
        min_value=0.1,
        max_value=60 * 24,
    )

    class Meta:
        model = ChatSettings
        exclude = ("channel", "key")

    def clean_sites(self) -> list[str]:
        """As browsers write them."""
        typed = self.cleaned_data["sites"] or []
        if wrong := [site for site in typed if not sites.normal(site)]:
            raise forms.ValidationError(
                _("%(typed)s is not a site: write it like https://shop.example."),
                params={"typed": ", ".join(wrong)},
            )
        return list(dict.fromkeys(sites.normal(site) for site in typed))


class ChatSettingsInline(StackedInline):
    model = ChatSettings
    form = ChatSettingsForm
    can_delete = False
    min_num = max_num = 1
    fk_name = "channel"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Whoever may see the channel's page at all is an admin."""
        return getattr(request.user, "is_admin", False)

    has_add_permission = has_change_permission = has_view_permission

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.name == "mail_channel":
            kwargs["queryset"] = Channel.objects.filter(kind__in=mail.kinds())
        found: ModelChoiceField[Any] | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        return found

    fieldsets = (
        (_("Where it is shown"), {"fields": ("sites", ("position", "brand"))}),
        (
            _("Words"),
            {
                "fields": (
                    "name",
                    ("greeting_en", "greeting_es"),
                    ("away_en", "away_es"),
                )
            },
        ),
        (_("What it does"), {"fields": (("has_hours", "takes_files", "asks_rating"),)}),
        (_("When they left"), {"fields": (("mail_channel", "continuation_delay"),)}),
    )
