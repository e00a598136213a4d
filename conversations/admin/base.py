"""What every page of the admin shares: who may, what is read only, and how it asks twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from conversations.models import Agent

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text = Union[str, "_StrPromise"]


def actor(request: HttpRequest) -> Agent:
    """Who acts. The admin's own door has let nobody else in."""
    if not isinstance(request.user, Agent):
        raise TypeError("not an agent")
    return request.user


class HubAdmin(ModelAdmin):
    """For admins alone: the role decides, Django's single permissions do not."""

    list_filter_sheet = False
    list_fullwidth = True
    warn_unsaved_form = True
    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_admin(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_admin(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["show_save_and_add_another"] = False
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def page(
        self, request: HttpRequest, template: str, *, title: Text, obj: Model | None, **values: Any
    ) -> TemplateResponse:
        """A page of our own in the admin's frame."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "back": self.address("change", obj) if obj else self.address("changelist"),
            "object": obj,
            **values,
        }
        return TemplateResponse(request, f"conversations/admin/{template}", context)

    def confirm(
        self,
        request: HttpRequest,
        *,
        obj: Model | None,
        title: Text,
        lines: Sequence[Text],
        submit: Text,
        typed: str = "",
        hidden: Sequence[tuple[str, str]] = (),
        is_danger: bool = False,
    ) -> TemplateResponse | None:
        """The page that asks; None once the person said yes. With `typed` they type that word."""
        is_yes = request.method == "POST" and "yes" in request.POST
        is_wrong = is_yes and bool(typed) and request.POST.get("typed", "").strip() != typed
        if is_yes and not is_wrong:
            return None
        return self.page(
            request,
            "confirm.html",
            title=title,
            obj=obj,
            lines=lines,
            submit=submit,
            typed=typed,
            hidden=hidden,
            is_wrong=is_wrong,
            is_danger=is_danger,
        )

    def address(self, page: str, obj: Model | None = None) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[obj.pk] if obj else [])

    def back_to(self, request: HttpRequest, obj: Model | None, note: Text = "") -> HttpResponse:
        if note:
            messages.success(request, note)
        page = "change" if obj else "changelist"
        return HttpResponseRedirect(self.address(page, obj))


class ReadOnlyAdmin(HubAdmin):
    """Records: looked at, acted upon, never edited."""

    show_full_result_count = False  # these tables grow without end
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def is_admin(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, Agent) and user.is_active and user.is_admin
