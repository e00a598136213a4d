"""How an agent is typed: a new one by name and address, a known one in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from conversations.models import Agent, Role, Team

if TYPE_CHECKING:
    AgentModelForm = forms.ModelForm[Agent]
else:  # Django's own is not generic at run time
    AgentModelForm = forms.ModelForm


class PersonForm(AgentModelForm):
    actor: ClassVar[Agent]
    """Who fills the form in."""

    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"),
        queryset=Team.objects.all(),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=_("They act on the cases of these teams, and of the default one."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=lambda: settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )

    def clean_email(self) -> str:
        address = str(self.cleaned_data["email"]).strip().lower()
        if Agent.objects.filter(email__iexact=address).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Somebody with this address works here already."))
        return address


class NewAgentForm(PersonForm):
    name = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = Agent
        fields = ("email", "role", "language")

    def save(self, commit: bool = True) -> Any:
        agent = self.instance
        first, _space, last = " ".join(self.cleaned_data["name"].split()).partition(" ")
        agent.first_name, agent.last_name = first[:150], last[:150]
        agent.username = free_username(agent.email)
        return super().save(commit)


class AgentForm(PersonForm):
    class Meta:
        model = Agent
        fields = (
            "first_name", "last_name", "email", "role", "capacity", "language", "time_zone",
            "signature",
        )  # fmt: skip
        help_texts = {
            "capacity": _("Points that a rule fills with cases; empty: as their team says.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["teams"].initial = self.instance.teams.all()

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(_("That is no time zone. One is Europe/Madrid."))
        return zone

    def clean_role(self) -> str:
        role = str(self.cleaned_data["role"])
        if self.instance.pk == self.actor.pk and role != Role.ADMIN:
            raise forms.ValidationError(_("You cannot take your own rights away."))
        return role


def free_username(email: str) -> str:
    """A handle nobody has yet, from the first part of an address."""
    stem = "".join(c for c in email.partition("@")[0] if c.isalnum() or c in ".-_")[:60] or "agent"
    taken = set(Agent.objects.filter(username__istartswith=stem).values_list("username", flat=True))
    names = (stem if not n else f"{stem}{n}" for n in range(len(taken) + 2))
    return next(name for name in names if name not in taken)
