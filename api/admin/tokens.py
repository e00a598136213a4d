"""Tokens of programs: made, seen to be used, revoked. A token's text is shown this once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin as django_admin
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from api.models import ApiToken, Scope
from conversations.admin.base import HubAdmin, actor
from conversations.admin.channel_log import ago
from conversations.admin.marks import action, display
from conversations.models import Agent

ALIVE, REVOKED = _("In force"), _("Revoked")
STATES = {ALIVE: "success", REVOKED: "default"}


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]  # generic to the checker alone
    scope = forms.ChoiceField(
        label=_("Scope"),
        choices=Scope.choices,
        initial=Scope.READ,
        widget=UnfoldAdminSelectWidget,
        help_text=_("It acts as its agent, within what the agent may do and no further."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "agent")


@django_admin.register(ApiToken)
class ApiTokenAdmin(HubAdmin):
    form = TokenForm
    list_display = ("title", "agent", "scope_label", "state", "last_used")
    list_select_related = ("agent",)
    ordering = ("-pk",)
    actions = None
    actions_row = ("revoke",)
    actions_detail = ("revoke",)
    add_fieldsets = ((None, {"fields": ("name", "agent", "scope")}),)
    fieldsets = (
        (None, {"fields": ("name", "agent", "scope_label", "prefix", "state", "last_used")}),
    )
    readonly_fields = ("scope_label", "prefix", "state", "last_used")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"agent": actor(request).pk}

    def get_form(self, request: HttpRequest, obj: Any = None, **more: Any) -> Any:
        """Who has left makes no token."""
        made: Any = super().get_form(request, obj, **more)
        if "agent" in made.base_fields:
            made.base_fields["agent"].queryset = Agent.objects.filter(is_active=True)
        return made

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made, text = ApiToken.objects.issue(
            agent_id=obj.agent_id, name=obj.name, scopes=[form.cleaned_data["scope"]]
        )
        obj.pk, obj.prefix = made.pk, made.prefix
        words = gettext("The token, which is shown this once:")
        messages.success(request, format_html("{} <code>{}</code>", words, text))

    @display(description=_("API token"), header=True, ordering="name")
    def title(self, token: ApiToken) -> list[str]:
        return [token.name or str(token), str(token)]

    @display(description=_("Scope"))
    def scope_label(self, token: ApiToken) -> str:
        return ", ".join(str(Scope(scope).label) for scope in token.scopes)

    @display(description=_("State"), label=STATES)
    def state(self, token: ApiToken) -> Any:
        return REVOKED if token.revoked_at else ALIVE

    @display(description=_("Last used"), ordering="last_used_at")
    def last_used(self, token: ApiToken) -> str | None:
        return ago(token.last_used_at)

    @action(description=_("Revoke"), icon="block", url_path="revoke")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        token = get_object_or_404(ApiToken, pk=object_id)
        if token.revoked_at:
            return self.back_to(request, None, _("It was revoked already."))
        asks = self.confirm(
            request,
            obj=token,
            title=gettext("Revoke %s?") % (token.name or token),
            lines=[_("Programs that use it are refused from this moment. There is no way back.")],
            submit=_("Revoke"),
            is_danger=True,
        )
        if asks:
            return asks
        ApiToken.objects.filter(pk=token.pk).revoke()
        self.log_change(request, token, "Revoked.")
        return self.back_to(request, None, _("Revoked."))
