"""How a channel's own settings are typed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from conversations.adapters import registry
from conversations.models import Channel

if TYPE_CHECKING:
    ChannelModelForm = forms.ModelForm[Channel]
else:  # Django's own is not generic at run time
    ChannelModelForm = forms.ModelForm


class MinutesField(forms.FloatField):
    """A timedelta, typed in minutes."""

    widget = UnfoldAdminDecimalFieldWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, timedelta):
            return value
        minutes = value.total_seconds() / 60
        return int(minutes) if minutes.is_integer() else minutes

    def clean(self, value: Any) -> Any:
        minutes = super().clean(value)
        return None if minutes is None else timedelta(minutes=minutes)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ChannelForm(ChannelModelForm):
    reply_target = MinutesField(
        label=_("Reply target, in minutes"),
        initial=lambda: Channel().reply_target,
        min_value=0.1,
        max_value=60 * 24 * 30,
        help_text=_("A waiting customer should have an answer within this time."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=lambda: settings.LANGUAGES,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Of texts to customers whose own language is not known."),
    )

    class Meta:
        model = Channel
        fields = (
            "label", "name", "team", "is_own_topic", "reply_target", "fails_over", "language",
        )  # fmt: skip
        help_texts = {
            "label": _("What agents see, for example Support."),
            "name": _("A short handle for commands, for example support."),
            "team": _("New cases of this channel belong to this team."),
        }


def inlines_for(request: HttpRequest, kind: str) -> list[Any]:
    """The forms that a kind of channel brings along; none when it is not installed."""
    if kind not in registry.kinds():
        return []
    return list(registry.adapter_for(kind).admin_inlines(request))
