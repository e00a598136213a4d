from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from conversations.admin.base import HubAdmin, is_admin
from conversations.admin.marks import display
from conversations.models import Customer, Identity


class IdentityInline(TabularInline):
    """Addresses are found out by intake and by merges, never typed here."""

    model = Identity
    fields = readonly_fields = ("kind", "value", "name", "verified_at", "unreachable_code")
    extra = 0
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_admin(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Customer)
class CustomerAdmin(HubAdmin):
    list_display = ("who", "addresses", "cases", "created_at")
    search_fields = ("name", "identities__value")
    search_help_text = _("A name or an address")
    ordering = ("-id",)
    actions = None
    fields = ("name", "language", "time_zone", "place", "created_at", "conversation", "joined")
    readonly_fields = ("created_at", "conversation", "joined")
    inlines = (IdentityInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return Customer.objects.annotate(
            n_cases=Count("conversation__cases", distinct=True)
        ).prefetch_related("identities")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("Customer"), ordering="name")
    def who(self, customer: Customer) -> str:
        return str(customer)

    @display(description=_("Addresses"))
    def addresses(self, customer: Customer) -> str:
        return ", ".join(identity.value for identity in customer.identities.all())

    @display(description=_("Cases"), ordering="n_cases")
    def cases(self, customer: Customer) -> int:
        return int(getattr(customer, "n_cases", 0))

    @display(description=_("Cases"))
    def conversation(self, customer: Customer) -> str:
        thread = getattr(customer, "conversation", None)
        found = thread.cases.order_by("-id").values_list("pk", "topic")[:20] if thread else []
        rows = [(pk, topic) for pk, topic in found]
        line = '<div><a class="hub-link" href="/inbox/c/{0}/">{0}</a> {1}</div>'
        return format_html_join("", line, rows)

    @display(description=_("Merged into"))
    def joined(self, customer: Customer) -> str:
        return str(customer.merged_into or "")
