from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations import events
from conversations.adapters import registry
from conversations.admin.base import HubAdmin
from conversations.admin.marks import display
from conversations.models import Giving, Team

if TYPE_CHECKING:
    TeamModelForm = forms.ModelForm[Team]
else:  # Django's own is not generic at run time
    TeamModelForm = forms.ModelForm


class TeamForm(TeamModelForm):
    class Meta:
        model = Team
        fields = ("name", "members", "giving", "capacity", "is_default", "is_restricted")
        help_texts = {
            "members": _("The default team without any is everybody's."),
            "giving": _(
                "By a rule, a case in which somebody waits goes to a member who is online and has "
                "room for it; first to who had it before. What nobody has room for stays in the "
                "queue, the earliest reply target first."
            ),
            "capacity": _(
                "Points that an agent holds before the rule gives them no more. An open case takes "
                "some by its channel: %(weights)s. An agent may have a capacity of their own."
            ),
            "is_default": _("Gets every case that no channel gives to another team. There is one."),
            "is_restricted": _(
                "For legal or HR: agents of other teams see one line in place of its cases, "
                "no text, no file, no search hit."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capacity = self.fields["capacity"]
        capacity.help_text %= {"weights": weights()}
        # what is left empty stays as it was
        capacity.required = self.fields["giving"].required = False

    def clean_capacity(self) -> int:
        found = self.cleaned_data["capacity"]
        return self.instance.capacity if found is None else found

    def clean_giving(self) -> str:
        return self.cleaned_data["giving"] or self.instance.giving

    def clean_is_default(self) -> bool:
        wanted = bool(self.cleaned_data["is_default"])
        if self.instance.is_default and not wanted:
            raise forms.ValidationError(_("Make another team the default one instead."))
        return wanted

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("is_default") and cleaned.get("is_restricted"):
            self.add_error("is_restricted", _("The default team cannot be restricted."))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Of two default teams the former gives way when this one is saved: it is no clash."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | ({"is_default"} if self.cleaned_data.get("is_default") else set())


def weights() -> str:
    """What a case takes on each kind of channel that is installed."""
    faces = [adapter.describe() for adapter in registry.adapters()]
    return ", ".join(f"{face.label} {face.weight}" for face in faces)


@admin.register(Team)
class TeamAdmin(HubAdmin):
    form = TeamForm
    list_display = ("name", "people", "how", "flags")
    search_fields = ("name",)
    autocomplete_fields = ("members",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return Team.objects.annotate(n_members=Count("members"))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_default = isinstance(obj, Team) and obj.is_default
        return super().has_delete_permission(request, obj) and not is_default

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        if obj.is_default:
            Team.objects.exclude(pk=obj.pk).filter(is_default=True).update(is_default=False)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        events.rights_changed()

    @display(description=_("Members"), ordering="n_members")
    def people(self, team: Team) -> int:
        return int(getattr(team, "n_members", 0))

    @display(description=_("Cases are given"), ordering="giving")
    def how(self, team: Team) -> Any:
        return Giving(team.giving).label

    @display(description=_("Kind"), label=True)
    def flags(self, team: Team) -> Any:
        words = [_("Default")] if team.is_default else []
        return words + ([_("Restricted")] if team.is_restricted else [])
