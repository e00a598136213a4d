from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin import reasons
from conversations.admin.base import ReadOnlyAdmin, actor
from conversations.admin.marks import action, display
from conversations.models import Identity
from conversations.services import identities
from conversations.services.errors import Refused

LABELS = {_("Shared"): "warning", _("Personal"): "default", _("Shared?"): "danger"}


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    list_display = ("value", "kind", "customer", "sharing", "verified_at")
    list_select_related = ("customer",)
    list_filter = (("suggested_at", admin.EmptyFieldListFilter), "is_shared", "kind")
    search_fields = ("value", "name", "customer__name")
    ordering = ("-id",)
    actions = None
    actions_detail = ("share", "one_person")
    actions_row = ("share",)
    fields = (
        ("value", "kind"), "name", "customer", "sharing", "brought", "verified_at",
        "unreachable_code", "created_at",
    )  # fmt: skip
    readonly_fields = ("sharing", "brought")

    @display(description=_("Whose"), label=LABELS, ordering="is_shared")
    def sharing(self, identity: Identity) -> Any:
        if identity.suggested_at:
            return _("Shared?")
        return _("Shared") if identity.is_shared else _("Personal")

    @display(description=_("Names and answer addresses it brought"))
    def brought(self, identity: Identity) -> str:
        return ", ".join(identity.brought)

    @action(description=_("Shared or personal"), icon="group", url_path="share")
    def share(self, request: HttpRequest, object_id: str) -> HttpResponse:
        identity = get_object_or_404(Identity, pk=object_id)
        becomes_shared = not identity.is_shared
        title = gettext("Is %s shared by many people?") if becomes_shared else _PERSONAL
        asks = self.confirm(
            request,
            obj=identity,
            title=title % identity.value,
            lines=_SHARING if becomes_shared else _UNSHARING,
            submit=_("Mark as shared") if becomes_shared else _("Mark as personal"),
        )
        return asks or self._change(request, identity, becomes_shared=becomes_shared)

    @action(description=_("It is one person"), icon="person", url_path="one-person")
    def one_person(self, request: HttpRequest, object_id: str) -> HttpResponse:
        identity = get_object_or_404(Identity, pk=object_id)
        asks = self.confirm(
            request,
            obj=identity,
            title=_PERSONAL % identity.value,
            lines=[_("It is not suggested as shared again, whatever names it brings.")],
            submit=_("It is one person"),
        )
        if asks:
            return asks
        if identity.is_shared:
            identities.mark_personal(identity_id=identity.pk, agent=actor(request))
        identities.keep_personal(identity_id=identity.pk, agent=actor(request))
        self.log_change(request, identity, "Marked as personal.")
        return self.back_to(request, identity, gettext("Marked as personal."))

    def _change(
        self, request: HttpRequest, identity: Identity, *, becomes_shared: bool
    ) -> HttpResponse:
        mark = identities.mark_shared if becomes_shared else identities.mark_personal
        try:
            mark(identity_id=identity.pk, agent=actor(request))
        except Refused as refusal:
            messages.error(request, reasons.of_refusal(refusal.code))
            return self.back_to(request, identity)
        said = "Marked as shared." if becomes_shared else "Marked as personal."
        self.log_change(request, identity, said)
        return self.back_to(request, identity, gettext(said))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


_PERSONAL = _("Does %s belong to one person?")
_SHARING = [
    _("From now on each thread through it is a customer of its own and joins no open case."),
    _("Whoever it belonged to keeps their conversation and is still answered there."),
    _("This can be taken back."),
]
_UNSHARING = [
    _("The first person who wrote through it owns it again."),
    _("Later threads through it stay customers of their own."),
]
_SAID = (_("Marked as shared."), _("Marked as personal."))
