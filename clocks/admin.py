from __future__ import annotations

from datetime import time
from typing import Any

from django.contrib import admin
from django.db.models import Count, DateField, Model, QuerySet, TimeField
from django.forms import DateInput, TimeInput
from django.forms.widgets import DateTimeBaseInput
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import INPUT_CLASSES

from clocks import preview
from clocks.forms import CalendarForm, HolidayForm, HolidayFormSet, SpanForm, SpanFormSet
from clocks.models import Calendar, Holiday, Span
from conversations.admin.base import HubAdmin, actor, is_admin
from conversations.admin.marks import display
from conversations.models import TargetEdition

USUAL = [{"weekday": day, "opens": time(9), "closes": time(18)} for day in range(5)]
"""The week that a new calendar proposes."""


def _native(widget: type[DateTimeBaseInput], kind: str, form: str) -> DateTimeBaseInput:
    """The browser's own field for a date or a time: it works without scripts and on a phone."""
    return widget(format=form, attrs={"type": kind, "class": " ".join(INPUT_CLASSES)})


class Inline(TabularInline):
    extra = 0
    hide_title = True  # a row's fields say all that its title would
    formfield_overrides = {
        TimeField: {"widget": _native(TimeInput, "time", "%H:%M")},
        DateField: {"widget": _native(DateInput, "date", "%Y-%m-%d")},
    }

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return is_admin(request)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class SpanInline(Inline):
    model = Span
    form = SpanForm
    formset = SpanFormSet
    fields = ("weekday", "opens", "closes")

    def get_extra(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        return 0 if obj else len(USUAL)


class HolidayInline(Inline):
    model = Holiday
    form = HolidayForm
    formset = HolidayFormSet
    fields = ("date", "name", "opens", "closes")


@admin.register(Calendar)
class CalendarAdmin(HubAdmin):
    """When teams work. Whatever changes here is reckoned anew by the clock."""

    form = CalendarForm
    list_display = ("name", "time_zone", "used_by", "state", "flags")
    search_fields = ("name",)
    actions = None
    fields = ("now", "name", "time_zone", "is_default", "teams", "more_holidays")
    readonly_fields = ("now",)
    inlines = (SpanInline, HolidayInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Calendar]:
        return Calendar.objects.annotate(n_teams=Count("of_teams"))

    def get_fields(self, request: HttpRequest, obj: Calendar | None = None) -> Any:
        return self.fields if obj else self.fields[1:]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"time_zone": actor(request).time_zone}

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> Any:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, SpanInline) and not obj.pk:
            kwargs["initial"] = USUAL
        return kwargs

    def save_model(self, request: HttpRequest, obj: Calendar, form: Any, change: bool) -> None:
        if obj.is_default:
            Calendar.objects.exclude(pk=obj.pk).filter(is_default=True).update(is_default=False)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.save_more()
        TargetEdition.objects.advance()

    def delete_model(self, request: HttpRequest, obj: Calendar) -> None:
        super().delete_model(request, obj)
        TargetEdition.objects.advance()

    @display(description=_("Teams"), ordering="n_teams")
    def used_by(self, calendar: Calendar) -> int:
        return int(getattr(calendar, "n_teams", 0))

    @display(description=_("Now"))
    def state(self, calendar: Calendar) -> str:
        return preview.state(calendar, timezone.now())

    @display(description=_("Now"))
    def now(self, calendar: Calendar) -> str:
        told = preview.lines(calendar, timezone.now())
        return format_html_join("\n", "<p>{}</p>", [(line,) for line in told])

    @display(description=_("Kind"), label=True)
    def flags(self, calendar: Calendar) -> Any:
        return [_("Default")] if calendar.is_default else []
