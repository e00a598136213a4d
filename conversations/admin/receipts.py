from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.adapters import registry
from conversations.admin import preview, reasons
from conversations.admin.base import ReadOnlyAdmin, actor
from conversations.admin.marks import display
from conversations.models import Receipt, ReceiptState
from conversations.services import intake

LABELS = {
    ReceiptState.STORED.label: "info",
    ReceiptState.PROCESSED.label: "success",
    ReceiptState.QUARANTINED.label: "danger",
}


class ReceiptPages(ReadOnlyAdmin):
    """What the list of all receipts and the quarantine share."""

    list_select_related = ("channel", "blob")
    search_fields = ("external_id", "blob__sha256")
    search_help_text = _("An external id, or a SHA-256")
    ordering = ("-id",)
    readonly_fields = (
        "reason", "words", "channel", "external_id", "received_at", "processed_at",
        "attempts", "size", "sha256", "in_case", "made_of_it", "headers", "beginning", "download",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("reason", "words")}),
        (
            _("Arrival"),
            {
                "fields": (
                    ("channel", "received_at"),
                    ("attempts", "processed_at"),
                    "external_id",
                    ("size", "sha256"),
                    "in_case",
                )
            },
        ),
        (_("What is made of it"), {"fields": ("made_of_it",)}),
        (_("Content"), {"fields": ("headers", "beginning", "download")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.defer("blob__content", "envelope")

    def get_urls(self) -> list[URLPattern]:
        name = f"conversations_{self.opts.model_name}_raw"
        view = self.admin_site.admin_view(self.raw)
        return [path("<int:pk>/raw/", view, name=name), *super().get_urls()]

    def raw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bytes as they came: always a file to keep, never a page to open."""
        receipt = Receipt.objects.select_related("blob").get(pk=pk)
        self.log_change(request, receipt, f"Raw bytes downloaded by {actor(request)}.")
        response = HttpResponse(receipt.blob.read(), content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="receipt-{receipt.pk}.eml"'
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        return response

    @display(description=_("Reason"))
    def reason(self, receipt: Receipt) -> str:
        return reasons.of_receipt(receipt.reason_code, receipt.channel.kind)

    @display(description=_("In the parser's words"))
    def words(self, receipt: Receipt) -> str:
        return format_html('<pre class="hub-raw">{}</pre>', receipt.reason_words)

    @display(description=_("Size"), ordering="blob__size")
    def size(self, receipt: Receipt) -> str:
        return filesizeformat(receipt.blob.size)

    @display(description="SHA-256")
    def sha256(self, receipt: Receipt) -> str:
        return receipt.blob.sha256

    @display(description=_("Case"))
    def in_case(self, receipt: Receipt) -> str:
        if receipt.case_id is None:
            return ""
        return format_html('<a class="hub-link" href="/inbox/c/{0}/">{0}</a>', receipt.case_id)

    @display(description=_("As it is read today"))
    def made_of_it(self, receipt: Receipt) -> str:
        """Read again from the raw bytes: after a fix this shows what trying again would bring."""
        found = _explained(receipt)
        return render_to_string("conversations/admin/_explained.html", {"rows": found})

    @display(description=_("Headers"))
    def headers(self, receipt: Receipt) -> str:
        found = preview.headers(_bytes(receipt))
        return render_to_string("conversations/admin/_headers.html", {"headers": found})

    @display(description=_("How it begins"))
    def beginning(self, receipt: Receipt) -> str:
        return format_html('<pre class="hub-raw">{}</pre>', preview.text(_bytes(receipt)))

    @display(description=_("Raw"))
    def download(self, receipt: Receipt) -> str:
        url = reverse(f"admin:conversations_{self.opts.model_name}_raw", args=[receipt.pk])
        words = gettext("Download the raw bytes")
        return format_html('<a class="hub-link" href="{}" download>{}</a>', url, words)


@admin.register(Receipt)
class ReceiptAdmin(ReceiptPages):
    list_display = ("what", "state_label", "channel", "received_at", "size", "in_case")
    list_filter = ("state", "channel")
    actions = None

    @display(description=_("Receipt"))
    def what(self, receipt: Receipt) -> str:
        return receipt.external_id[:60]

    @display(description=_("State"), label=LABELS, ordering="state")
    def state_label(self, receipt: Receipt) -> Any:
        return ReceiptState(receipt.state).label


def _bytes(receipt: Receipt) -> bytes:
    try:
        return receipt.blob.read()
    except FileNotFoundError:
        return b""


def _explained(receipt: Receipt) -> Sequence[tuple[object, str]]:
    try:
        adapter = registry.adapter_for(receipt.channel.kind)
        return adapter.explain(intake.raw_event(receipt))
    except (registry.NotInstalled, OSError):
        return ()
