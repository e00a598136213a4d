"""Customers' sessions of the portal: who reads where, and an end to it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin.base import ReadOnlyAdmin, Text
from conversations.admin.marks import action, display
from portal import limits, sessions
from portal.models import Session


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(
        self,
        request: HttpRequest,
        model_admin: object,  # noqa: ARG002 -- Django hands it over
    ) -> list[tuple[str, Text]]:
        return [("open", _("Signed in")), ("over", _("Ended"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Session]) -> QuerySet[Session]:
        good = Q(ended_at=None, shown_at__gt=Now() - limits.IDLE)
        wanted = {"open": good, "over": ~good}.get(str(self.value()))
        return rows.filter(wanted) if wanted is not None else rows


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """What a browser shows is kept nowhere: a session can only be ended here."""

    list_display = ("identity", "customer", "case", "created_at", "shown_at", "state")
    list_select_related = ("identity__customer", "case")
    list_filter = (StateFilter,)
    search_fields = ("identity__value", "identity__customer__name")
    search_help_text = _("A name or an address")
    ordering = ("-shown_at",)
    actions = None
    actions_row = ("end", "end_everywhere")
    fields = ("identity", "customer", "case", "created_at", "shown_at", "ended_at")

    @display(description=_("Customer"))
    def customer(self, session: Session) -> str:
        return str(session.identity.customer or "")

    @display(description=_("State"))
    def state(self, session: Session) -> str:
        is_good = session.ended_at is None and sessions.is_fresh(session)
        return str(_("Signed in") if is_good else _("Ended"))

    @action(description=_("Sign out"), icon="logout", url_path="end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._end(request, object_id, everywhere=False)

    @action(description=_("Sign out on every device"), icon="devices", url_path="end-everywhere")
    def end_everywhere(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._end(request, object_id, everywhere=True)

    def _end(self, request: HttpRequest, object_id: str, *, everywhere: bool) -> HttpResponse:
        session = Session.objects.select_related("identity").get(pk=object_id)
        title = (
            gettext("Sign %(address)s out on every device?")
            if everywhere
            else gettext("Sign %(address)s out on this device?")
        )
        asks = self.confirm(
            request,
            obj=session,
            title=title % {"address": session.identity.value},
            lines=[_("The page asks for a new code or link. What was said stays where it is.")],
            submit=_("Sign out"),
        )
        if asks:
            return asks
        sessions.end(session, everywhere=everywhere)
        self.log_change(request, session, "Signed out.")
        return self.back_to(request, None, gettext("They are signed out."))
