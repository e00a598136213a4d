from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin import reasons
from conversations.admin.base import ReadOnlyAdmin, Text, actor
from conversations.admin.marks import action, display
from conversations.models import AilingDelivery, Delivery, DeliveryState
from conversations.services import deliveries
from conversations.services.errors import Refused

COLOURS = {
    DeliveryState.FAILED.label: "danger",
    DeliveryState.UNKNOWN.label: "warning",
    DeliveryState.SENT.label: "success",
    DeliveryState.DELIVERED.label: "success",
    DeliveryState.READ.label: "success",
    DeliveryState.HELD.label: "info",
    DeliveryState.QUEUED.label: "info",
    DeliveryState.SENDING.label: "info",
    DeliveryState.CANCELLED.label: "default",
}


class DeliveryPages(ReadOnlyAdmin):
    """What the list of all deliveries and that of the failed ones share."""

    list_select_related = ("channel", "conversation__customer")
    search_fields = ("recipients__address", "key", "provider_id")
    search_help_text = _("A recipient's address, or a message id")
    ordering = ("-id",)
    readonly_fields = (
        "state_label", "customer", "channel", "sender", "to", "reason", "words",
        "attempts", "resends", "created_at", "called_at", "sent_at", "due_at", "key",
        "provider_id", "cases",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("state_label", "reason", "words")}),
        (
            _("Transmission"),
            {
                "fields": (
                    ("customer", "channel"),
                    "sender",
                    "to",
                    ("attempts", "resends"),
                    ("created_at", "due_at"),
                    ("called_at", "sent_at"),
                    "cases",
                    "key",
                    "provider_id",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.prefetch_related("recipients")

    @display(description=_("State"), label=COLOURS, ordering="state")
    def state_label(self, delivery: Delivery) -> Any:
        return DeliveryState(delivery.state).label

    @display(description=_("Customer"))
    def customer(self, delivery: Delivery) -> str:
        return str(delivery.conversation.customer)

    @display(description=_("Recipients"))
    def to(self, delivery: Delivery) -> str:
        rows = [
            (r.address, r.get_state_display(), _why(r.reason_code, delivery))
            for r in delivery.recipients.all()
        ]
        return format_html_join("", "<div>{} · {} {}</div>", rows)

    @display(description=_("Reason"))
    def reason(self, delivery: Delivery) -> str:
        return _why(delivery.reason_code, delivery)

    @display(description=_("In the server's words"))
    def words(self, delivery: Delivery) -> str:
        return format_html('<pre class="hub-raw">{}</pre>', delivery.reason_words)

    @display(description=_("Cases"))
    def cases(self, delivery: Delivery) -> str:
        found = sorted({(m.case_id,) for m in delivery.messages.only("case_id")})
        return format_html_join(" ", '<a class="hub-link" href="/inbox/c/{0}/">{0}</a>', found)


@admin.register(Delivery)
class DeliveryAdmin(DeliveryPages):
    list_display = ("customer", "state_label", "channel", "addresses", "created_at", "attempts")
    list_filter = ("state", "channel")
    actions = None

    @display(description=_("Recipients"))
    def addresses(self, delivery: Delivery) -> str:
        return _addresses(delivery)


@admin.register(AilingDelivery)
class AilingDeliveryAdmin(DeliveryPages):
    list_display = ("who", "state_label", "channel", "why", "created_at", "attempts")
    list_filter = ("state", "channel", "reason_code")
    actions = ("send_all_again",)
    actions_detail = ("again",)
    actions_row = ("again",)

    @display(description=_("Customer"), header=True)
    def who(self, delivery: Delivery) -> list[str]:
        return [str(delivery.conversation.customer), _addresses(delivery)]

    @display(description=_("Reason"), header=True, ordering="reason_code")
    def why(self, delivery: Delivery) -> list[str]:
        return [self.reason(delivery), delivery.reason_words[:120]]

    @action(description=_("Send again"), icon="send", url_path="again")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        delivery = get_object_or_404(AilingDelivery, pk=object_id)
        asks = self.confirm(
            request,
            obj=delivery,
            title=gettext("Send it again to %s?") % _addresses(delivery),
            lines=_caution([delivery]),
            submit=_("Send again"),
        )
        if asks:
            return asks
        self._send(request, delivery)
        return self.back_to(request, None)

    @admin.action(description=_("Send again"))
    def send_all_again(
        self, request: HttpRequest, queryset: QuerySet[AilingDelivery]
    ) -> HttpResponse | None:
        chosen = list(queryset.order_by("id"))
        asks = self.confirm(
            request,
            obj=None,
            title=gettext("Send %s deliveries again?") % len(chosen),
            lines=[*_caution(chosen), *(_addresses(delivery) for delivery in chosen)],
            submit=_("Send again"),
            hidden=[
                ("action", "send_all_again"),
                *(("_selected_action", str(d.pk)) for d in chosen),
            ],
        )
        if asks:
            return asks
        for delivery in chosen:
            self._send(request, delivery)
        return None

    def _send(self, request: HttpRequest, delivery: AilingDelivery) -> None:
        """One delivery, and one line about how it went."""
        name = _addresses(delivery)
        try:
            deliveries.send_again(delivery_id=delivery.pk, agent=actor(request))
        except Refused as refusal:
            messages.error(request, f"{name}: {reasons.of_refusal(refusal.code)}")
            return
        self.log_change(request, delivery, "Sent again.")
        messages.success(request, gettext("%s: in the queue again.") % name)


def _caution(chosen: list[AilingDelivery]) -> list[Text]:
    """An unknown outcome may be a mail that did arrive: whoever repeats it should know."""
    lines: list[Text] = [_("It leaves under the same message id, to the same people.")]
    if any(delivery.state == DeliveryState.UNKNOWN for delivery in chosen):
        lines.append(_("Its outcome is unknown: the customer may get it twice."))
    return lines


def _addresses(delivery: Delivery) -> str:
    return ", ".join(recipient.address for recipient in delivery.recipients.all())


def _why(code: str, delivery: Delivery) -> str:
    return reasons.of_delivery(code, delivery.channel.kind) if code else ""
