"""The log of what webhooks were sent: looked at, and sent again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin as django_admin
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from api.admin.words import REFUSALS, said
from api.models import EventState, WebhookEvent
from api.webhooks import endpoints
from conversations.admin.base import ReadOnlyAdmin, actor
from conversations.admin.marks import action, display
from conversations.services.errors import Refused

STATES = {
    EventState.WAITING.label: "info",
    EventState.DELIVERED.label: "success",
    EventState.FAILED.label: "danger",
    EventState.WITHHELD.label: "default",
}


@django_admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ("what", "state_label", "endpoint", "case", "happened_at", "last")
    list_filter = ("state", "type", "endpoint")
    list_select_related = ("endpoint", "case")
    search_fields = ("uid",)
    search_help_text = _("A webhook-id")
    actions = None
    actions_row = ("again",)
    actions_detail = ("again",)
    readonly_fields = (
        "type", "uid", "state_label", "endpoint", "conversation", "case", "message", "revision",
        "happened_at", "due_at", "until", "attempts",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (("type", "uid"), "state_label", "endpoint", "attempts")}),
        (
            _("About"),
            {
                "fields": (
                    ("conversation", "revision"),
                    ("case", "message"),
                    ("happened_at", "due_at", "until"),
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.prefetch_related("attempts")

    @display(description=_("Event"), header=True)
    def what(self, event: WebhookEvent) -> list[str]:
        return [event.type, event.uid]

    @display(description=_("State"), label=STATES, ordering="state")
    def state_label(self, event: WebhookEvent) -> Any:
        return EventState(event.state).label

    @display(description=_("Last attempt"))
    def last(self, event: WebhookEvent) -> str:
        tried = list(event.attempts.all())
        return said(tried[-1]) if tried else ""

    @display(description=_("Attempts"))
    def attempts(self, event: WebhookEvent) -> str:
        rows = [
            (timezone.localtime(one.at).strftime("%Y-%m-%d %H:%M:%S"), said(one))
            for one in event.attempts.all()
        ]
        return format_html_join("", "<div>{} · {}</div>", rows) if rows else "-"

    @action(description=_("Send again"), icon="replay", url_path="again")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = get_object_or_404(WebhookEvent, pk=object_id)
        asks = self.confirm(
            request,
            obj=event,
            title=gettext("Send this event again?"),
            lines=[event.type, _("Under the same id, and told as things are now.")],
            submit=_("Send again"),
        )
        if asks:
            return asks
        try:
            endpoints.replay(event_id=event.pk, agent=actor(request))
        except Refused as no:
            messages.error(request, REFUSALS[no.code])
            return self.back_to(request, event)
        return self.back_to(request, event, _("It is being sent."))
