"""Where webhooks go: how it goes, a test, a new secret, sending again what failed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin as django_admin
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from api.admin.words import REFUSALS, said
from api.models import EventState, WebhookAttempt, WebhookEndpoint, WebhookEventType
from api.webhooks import endpoints, sending
from conversations.admin.base import HubAdmin, actor
from conversations.admin.channel_log import ago
from conversations.admin.marks import action, display
from conversations.services.errors import Refused
from conversations.wake import wake_on_commit

OFF, FAILING, WORKING, UNTRIED = _("Off"), _("Failing"), _("Working"), _("Nothing sent yet")
CONDITIONS = {OFF: "default", FAILING: "danger", WORKING: "success", UNTRIED: "info"}
GONE = _("Its receiver answered 410: nothing is sent any more. Save it as active to begin again.")


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # generic to the checker alone
    types = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        choices=[(kind.value, kind.label) for kind in WebhookEventType if kind != "webhook.test"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: all of them."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "url", "agent", "types", "is_active")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        try:
            endpoints.check_url(url)
        except Refused as no:
            raise forms.ValidationError(REFUSALS[no.code]) from no
        return url


@django_admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(HubAdmin):
    form = EndpointForm
    list_display = ("title", "condition", "waiting", "failed", "last_ok")
    actions = None
    actions_row = ("test", "log")
    actions_detail: tuple[Any, ...] = ("test", "log", "replay", "rotate")
    readonly_fields = ("condition", "last_ok")
    fieldsets = (
        (None, {"fields": ("name", "url", "agent", "types", "is_active")}),
        (_("How it goes"), {"fields": (("condition", "last_ok"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        count = {
            state: Count("events", filter=Q(events__state=state))
            for state in (EventState.WAITING, EventState.FAILED)
        }
        return WebhookEndpoint.objects.annotate(
            waits=count[EventState.WAITING], fails=count[EventState.FAILED]
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"agent": actor(request).pk}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        endpoints.begin_again(obj)
        super().save_model(request, obj, form, change)
        wake_on_commit(sending.SEND, obj.pk)
        if not change:
            self._show_secret(request, obj)

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        """A new one is worth little untested: that is the next page, below its secret."""
        return HttpResponseRedirect(self.address("test", obj))

    def _show_secret(self, request: HttpRequest, endpoint: WebhookEndpoint) -> None:
        words = gettext("Its secret, which is shown this once:")
        messages.success(request, format_html("{} <code>{}</code>", words, endpoint.secret))

    @display(description=_("Webhook"), header=True, ordering="name")
    def title(self, endpoint: WebhookEndpoint) -> list[str]:
        return [endpoint.name, endpoint.url]

    @display(description=_("Condition"), label=CONDITIONS)
    def condition(self, endpoint: WebhookEndpoint) -> Any:
        if not endpoint.is_active:
            return OFF
        if endpoint.failing_since is not None:
            return FAILING
        return WORKING if endpoint.last_ok_at else UNTRIED

    @display(description=_("Waiting"))
    def waiting(self, endpoint: Any) -> int:
        return int(endpoint.waits)

    @display(description=_("Failed"))
    def failed(self, endpoint: Any) -> int:
        return int(endpoint.fails)

    @display(description=_("Last answer of 2xx"), ordering="last_ok_at")
    def last_ok(self, endpoint: WebhookEndpoint) -> str | None:
        return ago(endpoint.last_ok_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        if request.method == "GET" and endpoint is not None:
            self._say_what_is_wrong(request, endpoint)
        page: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return page

    def _say_what_is_wrong(self, request: HttpRequest, endpoint: WebhookEndpoint) -> None:
        if endpoint.off_code == "gone":
            messages.warning(request, GONE)
        last = WebhookAttempt.objects.filter(event__endpoint=endpoint).order_by("-id").first()
        if endpoint.failing_since is not None and last is not None:
            messages.warning(request, said(last))

    @action(description=_("Send a test"), icon="send", url_path="test")
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = get_object_or_404(WebhookEndpoint, pk=object_id)
        asks = self.confirm(
            request,
            obj=endpoint,
            title=gettext("Send a test to %s?") % endpoint,
            lines=[endpoint.url, _("It is sent now and once, of the type webhook.test.")],
            submit=_("Send a test"),
        )
        if asks:
            return asks
        event, _outcome = endpoints.test(endpoint_id=endpoint.pk, agent=actor(request))
        attempt = event.attempts.first()
        if attempt is None:
            messages.error(request, _("Its agent has left: nothing is sent. Choose another."))
        elif event.state == EventState.DELIVERED:
            messages.success(request, said(attempt))
        else:
            messages.error(request, said(attempt))
        return self.back_to(request, endpoint)

    @action(description=_("Log"), icon="history", url_path="log")
    def log(self, request: HttpRequest, object_id: str) -> HttpResponse:
        where = reverse("admin:api_webhookevent_changelist")
        return HttpResponseRedirect(f"{where}?endpoint__id__exact={int(object_id)}")

    @action(description=_("Send again what failed"), icon="replay", url_path="replay")
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = get_object_or_404(WebhookEndpoint, pk=object_id)
        since = timezone.now() - endpoints.LOG_KEPT
        count = endpoints.failed_of(endpoint, since).count()
        if not count:
            return self.back_to(request, endpoint, _("Nothing failed: there is nothing to send."))
        asks = self.confirm(
            request,
            obj=endpoint,
            title=ngettext("Send %s failed event again?", "Send %s failed events again?", count)
            % count,
            lines=[_("Under the same ids, and told as things are now.")],
            submit=_("Send again"),
        )
        if asks:
            return asks
        try:
            endpoints.replay_failed(endpoint_id=endpoint.pk, agent=actor(request), since=since)
        except Refused as no:
            messages.error(request, REFUSALS[no.code])
            return self.back_to(request, endpoint)
        return self.back_to(request, endpoint, _("They are being sent."))

    @action(description=_("New secret"), icon="key", url_path="rotate")
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = get_object_or_404(WebhookEndpoint, pk=object_id)
        asks = self.confirm(
            request,
            obj=endpoint,
            title=gettext("Give %s a new secret?") % endpoint,
            lines=[_("For a day every request is signed with the old one and the new one.")],
            submit=_("New secret"),
        )
        if asks:
            return asks
        made = endpoints.rotate(endpoint_id=endpoint.pk, agent=actor(request))
        self.log_change(request, made, "Secret replaced.")
        self._show_secret(request, made)
        return self.back_to(request, made)
