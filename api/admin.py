"""Webhooks in the admin: where to, how it goes, a test, a new secret, and the log."""

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
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from api.models import EventState, WebhookAttempt, WebhookEndpoint, WebhookEvent, WebhookEventType
from api.webhooks import endpoints, sending
from conversations.admin.base import HubAdmin, ReadOnlyAdmin, actor
from conversations.admin.channel_log import ago
from conversations.admin.marks import action, display
from conversations.services.errors import Refused
from conversations.wake import wake_on_commit

OFF, FAILING, WORKING, UNTRIED = _("Off"), _("Failing"), _("Working"), _("Nothing sent yet")
CONDITIONS = {OFF: "default", FAILING: "danger", WORKING: "success", UNTRIED: "info"}
STATES = {
    EventState.WAITING.label: "info",
    EventState.DELIVERED.label: "success",
    EventState.FAILED.label: "danger",
    EventState.WITHHELD.label: "default",
}
REFUSALS = {
    "bad_webhook_url": _("This is no address of a web server. It takes no login and no #part."),
    "webhook_url_not_https": _(
        "Customers' words travel encrypted: https only. Plain http is for hosts that "
        "OMNIHUB_ALLOW_HOSTS lists."
    ),
    "webhook_is_off": _("This webhook is switched off. Switch it on first."),
    "tests_are_not_replayed": _("A test is not sent again. Send a new one."),
}
TROUBLES = {
    "private_host": _(
        "The host is not public. If it is yours, list it in OMNIHUB_ALLOW_HOSTS and restart."
    ),
    "no_such_host": _("The host's name leads nowhere. Check the address."),
    "no_connection": _("Nobody listens there. Check the port, and whether the receiver runs."),
    "bad_certificate": _("The receiver's certificate does not hold for this host."),
    "timeout": _("No answer within 15 seconds. Answer first, then work."),
    "cut": _("The receiver closed the connection without an answer."),
    "answer_too_large": _("The answer was larger than 1 MB. An empty one is enough."),
}
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
        "what", "state_label", "endpoint", "conversation", "case", "message", "revision",
        "happened_at", "due_at", "until", "attempts",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("what", "state_label", "endpoint", "attempts")}),
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
        return str(tried[-1]) if tried else ""

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


def said(attempt: WebhookAttempt) -> str:
    """An attempt in words: the answer or what was in the way, and how long it took."""
    if attempt.status is None:
        return str(TROUBLES.get(attempt.code, attempt.code))
    values = {"status": attempt.status, "ms": attempt.milliseconds}
    words = gettext("Answered %(status)s in %(ms)s ms.") % values
    is_moved = 300 <= attempt.status < 400  # noqa: PLR2004  # HTTP's own
    if is_moved:
        words += " " + gettext("Redirects are not followed: enter the address it leads to.")
    return f"{words} {attempt.words}".strip()
