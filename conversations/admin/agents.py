from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations import events
from conversations.admin import reasons
from conversations.admin.agent_form import AgentForm, NewAgentForm
from conversations.admin.base import HubAdmin, actor
from conversations.admin.marks import action, display
from conversations.models import Agent, Availability, Role
from conversations.services import colleagues, duty
from conversations.services.errors import Refused

STATES = {_("Active"): "success", _("Invited"): "info", _("Deactivated"): "default"}
AVAILABLE = {
    Availability.ONLINE.label: "success",
    Availability.AWAY.label: "warning",
    Availability.OFFLINE.label: "default",
}
ROLES = {
    Role.ADMIN.label: "primary",
    Role.SUPERVISOR.label: "info",
    Role.AGENT.label: "default",
}


@admin.register(Agent)
class AgentAdmin(HubAdmin):
    form = AgentForm
    list_display = ("who", "role_label", "state", "availability", "in_teams", "last_login")
    list_filter = ("role", "is_active", "teams")
    search_fields = ("first_name", "last_name", "email", "username")
    ordering = ("first_name", "last_name", "username")
    actions = None
    actions_row = ("invite", "dismiss")
    actions_detail = ("invite", "dismiss")
    fieldsets = (
        (None, {"fields": (("first_name", "last_name"), "email", "role", "teams", "capacity")}),
        (_("Desk"), {"fields": (("language", "time_zone"), "signature")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "email", "role", "teams", "language")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        return (
            Agent.objects.select_related("duty").order_by(*self.ordering).prefetch_related("teams")
        )

    def get_form(
        self, request: HttpRequest, obj: Agent | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewAgentForm
        form = super().get_form(request, obj, change, **kwargs)
        form.actor = actor(request)
        return form

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # their words stay in the threads; agents are deactivated

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        obj.is_staff = colleagues.rights_of(obj.role, is_superuser=obj.is_superuser)
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.instance.teams.set(form.cleaned_data["teams"])
        events.rights_changed(form.instance.pk)

    def response_add(
        self, request: HttpRequest, obj: Agent, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._invited(request, obj)

    @action(description=_("Send a link"), icon="forward_to_inbox", url_path="invite")
    def invite(self, request: HttpRequest, object_id: str) -> HttpResponse:
        agent = get_object_or_404(Agent, pk=object_id)
        joined = agent.has_usable_password()
        ask = gettext("Send %s a link to set a new password?")
        asks = self.confirm(
            request,
            obj=agent,
            title=(ask if joined else gettext("Invite %s again?")) % agent,
            lines=_RESET if joined else _AGAIN,
            submit=_("Send the link"),
        )
        return asks or self._invited(request, agent)

    def _invited(self, request: HttpRequest, agent: Agent) -> HttpResponse:
        """Send a link and say how that went. Without mail the link is shown, this once."""
        send = colleagues.send_password_link if agent.has_usable_password() else colleagues.invite
        failure, link = "", ""
        try:
            link = send(agent=agent, by=actor(request))
        except Refused as refusal:
            messages.error(request, reasons.of_refusal(refusal.code))
            return self.back_to(request, agent)
        except OSError as error:
            failure, link = str(error), colleagues.password_link(agent)
        self.log_change(request, agent, "Sent a link to set a password.")
        leaves = colleagues.mail_leaves()
        shown = "" if leaves and not failure else link
        title = gettext("A link for %s") % agent
        values = {"agent": agent, "link": shown, "failure": failure, "leaves": leaves}
        page = self.page(request, "invited.html", title=title, obj=agent, **values)
        page["Cache-Control"] = "no-store"
        return page

    @action(description=_("Deactivate or bring back"), icon="person_off", url_path="dismiss")
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponse:
        agent = get_object_or_404(Agent, pk=object_id)
        leaves = agent.is_active
        asks = self.confirm(
            request,
            obj=agent,
            title=(gettext("Deactivate %s?") if leaves else gettext("Bring %s back?")) % agent,
            lines=_leaving(agent) if leaves else [_("They can log in again.")],
            submit=_("Deactivate") if leaves else _("Bring back"),
            is_danger=leaves,
        )
        return asks or self._dismissed(request, agent)

    def _dismissed(self, request: HttpRequest, agent: Agent) -> HttpResponse:
        change = colleagues.deactivate if agent.is_active else colleagues.bring_back
        try:
            change(agent_id=agent.pk, by=actor(request))
        except Refused as refusal:
            messages.error(request, reasons.of_refusal(refusal.code))
            return self.back_to(request, agent)
        said = gettext("%s is deactivated.") if agent.is_active else gettext("%s is back.")
        self.log_change(request, agent, "Deactivated." if agent.is_active else "Brought back.")
        return self.back_to(request, None, said % agent)

    @display(description=_("Agent"), header=True, ordering="first_name")
    def who(self, agent: Agent) -> list[str]:
        initials = f"{agent.first_name[:1]}{agent.last_name[:1]}" or agent.username[:2]
        return [str(agent), agent.email, initials]

    @display(description=_("Role"), label=ROLES, ordering="role")
    def role_label(self, agent: Agent) -> Any:
        return Role(agent.role).label

    @display(description=_("State"), label=STATES)
    def state(self, agent: Agent) -> Any:
        if not agent.is_active:
            return _("Deactivated")
        return _("Active") if agent.has_usable_password() else _("Invited")

    @display(description=_("Availability"), label=AVAILABLE, ordering="duty__state")
    def availability(self, agent: Agent) -> Any:
        return duty.of(agent).label if agent.is_active else None

    @display(description=_("Teams"))
    def in_teams(self, agent: Agent) -> str | None:
        return ", ".join(team.name for team in agent.teams.all()) or None


def _leaving(agent: Agent) -> list[Any]:
    held = colleagues.holds(agent)
    lines: list[Any] = [_("They are logged out everywhere. What they wrote stays.")]
    if held:
        lines.append(gettext("%s open cases of theirs go back to nobody.") % held)
    return lines


_RESET = [_("The link works once and for 24 hours. Until then the old password keeps working.")]
_AGAIN = [_("The earlier link stops working. The new one works once and for 24 hours.")]
