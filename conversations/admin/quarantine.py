from __future__ import annotations

from django.contrib import admin, messages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin import reasons
from conversations.admin.marks import action, display
from conversations.admin.receipts import ReceiptPages
from conversations.models import QuarantinedReceipt, Receipt, ReceiptState
from conversations.services import quarantine
from conversations.services.errors import Refused


@admin.register(QuarantinedReceipt)
class QuarantineAdmin(ReceiptPages):
    list_display = ("reason", "channel", "received_at", "size", "attempts")
    list_filter = ("reason_code", "channel")
    actions = ("try_all_again",)
    actions_detail = ("again",)
    actions_row = ("again",)

    @action(description=_("Try again"), icon="replay", url_path="again")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        receipt = get_object_or_404(QuarantinedReceipt, pk=object_id)
        asks = self.confirm(
            request,
            obj=receipt,
            title=gettext("Try to understand it again?"),
            lines=[reasons.of_receipt(receipt.reason_code, receipt.channel.kind), _AFTER],
            submit=_("Try again"),
        )
        if asks:
            return asks
        now = self._try(request, receipt)
        page = "changelist" if now is None or now.state != ReceiptState.QUARANTINED else "change"
        return HttpResponseRedirect(self.address(page, receipt if page == "change" else None))

    @admin.action(description=_("Try again"))
    def try_all_again(self, request: HttpRequest, queryset: QuerySet[QuarantinedReceipt]) -> None:
        for receipt in queryset.order_by("id"):
            self._try(request, receipt)

    def _try(self, request: HttpRequest, receipt: QuarantinedReceipt) -> Receipt | None:
        """One receipt, and one line about how it went."""
        name = receipt.external_id[:60]
        try:
            now = quarantine.try_again(receipt_id=receipt.pk)
        except Refused as refusal:
            messages.warning(request, f"{name}: {reasons.of_refusal(refusal.code)}")
            return None
        except DatabaseError:
            messages.warning(request, gettext("%s: the database is busy, it stays in line.") % name)
            return None
        self.log_change(request, receipt, f"Tried again: {now.state}.")
        self._say(request, now, name)
        return now

    def _say(self, request: HttpRequest, now: Receipt, name: str) -> None:
        if now.state == ReceiptState.QUARANTINED:
            why = reasons.of_receipt(now.reason_code, now.channel.kind)
            messages.error(
                request, gettext("%(name)s: still not. %(why)s") % {"name": name, "why": why}
            )
        elif now.case_id:
            said = gettext("%(name)s: taken in, case %(case)s.") % {
                "name": name,
                "case": now.case_id,
            }
            messages.success(request, said)
        else:
            messages.success(request, gettext("%s: taken in.") % name)

    @display(description=_("Reason"), ordering="reason_code")
    def reason(self, receipt: Receipt) -> str:
        return reasons.of_receipt(receipt.reason_code, receipt.channel.kind)


_AFTER = _("It is processed at once, and you see how it went.")
