"""The chat's part of a channel's page in the admin."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from channels_chat import colours, mail, sites
from channels_chat.key_admin import SigningKeyAdmin
from channels_chat.models import ChatSettings, SigningKey, Visitor
from conversations.admin.channel_form import MinutesField
from conversations.models import BlockedSender, Channel
from conversations.services import colleagues

__all__ = ["ChatSettingsInline", "SigningKeyAdmin"]

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

    class Media:
        js = ("channels_chat/preview.js",)

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

    readonly_fields = ("snippet", "preview", "shades", "hours", "keys", "blocked")
    fieldsets = (
        (_("On your site"), {"fields": ("snippet",)}),
        (_("Where it is shown"), {"fields": ("sites", ("position", "brand", "shades"))}),
        (
            _("Words"),
            {
                "fields": (
                    "name",
                    ("greeting_en", "greeting_es"),
                    ("away_en", "away_es"),
                    "preview",  # below what it follows while one types
                )
            },
        ),
        (_("Hours"), {"fields": (("has_hours", "hours"),)}),
        (_("What it does"), {"fields": (("takes_files", "asks_rating"),)}),
        (_("When they left"), {"fields": (("mail_channel", "continuation_delay"),)}),
        (_("Who visits"), {"fields": ("keys", "blocked")}),
    )

    @admin.display(description=_("Snippet"))
    def snippet(self, chat: ChatSettings) -> SafeString | str:
        """One line for the site's pages."""
        if not chat.pk:
            return str(_LATER)
        source = colleagues.public_url("/w/loader.js")
        line = f'<script src="{source}" data-channel="{chat.key}" defer></script>'
        return format_html(
            '<hub-copy class="hub-row" data-done="{}"><input class="hub-input hub-mono" value="{}" '
            'aria-label="{}" readonly><button type="button" class="hub-button">{}</button>'
            '</hub-copy><p class="hub-quiet">{}</p>',
            gettext("Copied"),
            line,
            gettext("Snippet"),
            gettext("Copy"),
            gettext(
                "Put it before </body> on every page. A strict policy needs script-src and "
                "frame-src with %s."
            )
            % colleagues.public_url("").rstrip("/"),
        )

    @admin.display(description=_("Preview"))
    def preview(self, chat: ChatSettings) -> SafeString | str:
        """The frame itself, in the light and in the dark: as it was saved last, then as it is
        while one types."""
        if not chat.pk:
            return str(_LATER)
        address = reverse("chat-frame", args=[chat.key])
        here = colleagues.public_url("").rstrip("/")
        frames = format_html_join(
            "",
            '<iframe class="hub-frame" title="{}" loading="lazy" src="{}"></iframe>',
            (
                (title, f"{address}?{urlencode({'site': here, 'lang': lang, 'theme': theme})}")
                for title, lang, theme in (
                    (gettext("English, light"), "en", "light"),
                    (gettext("Spanish, dark"), "es", "dark"),
                )
            ),
        )
        return format_html(
            '<chat-preview class="hub-row" data-draft="{}">{}</chat-preview>',
            reverse("chat-draft", args=[chat.key]),
            frames,
        )

    @admin.display(description=_("As it is used"))
    def shades(self, chat: ChatSettings) -> SafeString | str:
        """What became of the colour, and how well words can be read on it."""
        ground, ink = colours.pair(chat.brand)
        told = gettext("%(colour)s, words on it %(contrast)s to 1") % {
            "colour": ground,
            "contrast": number_format(colours.contrast(ground, ink), 1),
        }
        if ground == chat.brand.lower():
            return told
        kept = gettext("%s cannot be read on: this is the nearest that can.") % chat.brand
        return format_html('{}<p class="hub-quiet">{}</p>', told, kept)

    @admin.display(description=_("The team's hours"))
    def hours(self, chat: ChatSettings) -> SafeString | str:
        if not chat.pk:
            return str(_LATER)
        team = chat.channel.team
        address = reverse("admin:conversations_team_change", args=[team.pk])
        return format_html('<a class="hub-link" href="{}">{}</a>', address, team)

    @admin.display(description=_("Signing keys"))
    def keys(self, chat: ChatSettings) -> SafeString | str:
        """By id, never by secret; a new one before the old one goes."""
        if not chat.pk:
            return str(_LATER)
        rows = [
            (key.kid, key.get_algorithm_display(), _state(key)) for key in chat.signing_keys.all()
        ]
        listed = format_html_join("", "<p><code>{}</code> {}, {}</p>", rows)
        base = reverse("admin:channels_chat_signingkey_changelist")
        return format_html(
            '{}<p><a class="hub-button" href="{}add/?settings={}">{}</a> '
            '<a class="hub-button" href="{}?settings__id__exact={}">{}</a></p>',
            listed or gettext("None: whoever visits is nobody in particular."),
            base,
            chat.pk,
            gettext("Add a key"),
            base,
            chat.pk,
            gettext("Retire keys"),
        )

    @admin.display(description=_("Blocked visitors"))
    def blocked(self, chat: ChatSettings) -> SafeString | str:
        if not chat.pk:
            return str(_LATER)
        values = list(BlockedSender.objects.values_list("value", flat=True))
        known = Visitor.objects.filter(channel=chat.channel_id, number__in=_numbers(values))
        listed = format_html_join(
            "", "<p>{} <code>{}</code></p>", ((one.name, one.value) for one in known)
        )
        address = reverse("admin:conversations_blockedsender_changelist")
        return format_html(
            '{}<p><a class="hub-link" href="{}">{}</a></p>',
            listed or gettext("Nobody is blocked here."),
            address,
            gettext("All blocked senders"),
        )


_NUMBER = re.compile(r"[0-9a-f]{32}")
_LATER = _("Save first: this is shown here then.")


def _state(key: SigningKey) -> str:
    if key.retired_at:
        return gettext("retired")
    if key.used_at is None:
        return gettext("never used")
    return gettext("last used %s") % date_format(localtime(key.used_at), "SHORT_DATETIME_FORMAT")


def _numbers(values: list[str]) -> list[uuid.UUID]:
    """Those of the blocked that are visitors."""
    return [uuid.UUID(hex=one) for one in values if _NUMBER.fullmatch(one)]
