"""How a calendar is typed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, time
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
)

from clocks.models import Calendar, Holiday, Span, TeamCalendar
from conversations.models import Team

if TYPE_CHECKING:
    CalendarModelForm = forms.ModelForm[Calendar]
    SpanModelForm = forms.ModelForm[Span]
    HolidayModelForm = forms.ModelForm[Holiday]
    SpanInlineFormSet = forms.BaseInlineFormSet[Span, Calendar, forms.ModelForm[Span]]
    HolidayInlineFormSet = forms.BaseInlineFormSet[Holiday, Calendar, forms.ModelForm[Holiday]]
else:  # Django's own are not generic at run time
    CalendarModelForm = SpanModelForm = HolidayModelForm = forms.ModelForm
    SpanInlineFormSet = HolidayInlineFormSet = forms.BaseInlineFormSet

LINE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?:\s+(?P<opens>\d\d?:\d\d)\s*[-–]\s*(?P<closes>\d\d?:\d\d))?"  # noqa: RUF001 -- people type either
    r"(?:\s+(?P<name>(?!\d\d?(?:[:.h]\d|\s*[-–]))\S.*))?"  # noqa: RUF001 -- half a span is no name
)
MOST_LINES = 500


def parse_holidays(text: str) -> Iterator[Holiday]:
    """Holidays as lines: date, hours where there are any, name. Raises ValueError(line)."""
    for line in filter(None, map(str.strip, text.splitlines())):
        found = LINE.fullmatch(line)
        if found is None:
            raise ValueError(line)
        try:
            yield Holiday(
                date=date.fromisoformat(found["date"]),
                opens=_time(found["opens"]),
                closes=_time(found["closes"]),
                name=(found["name"] or "")[:80],
            )
        except ValueError as error:
            raise ValueError(line) from error


def _time(words: str | None) -> time | None:
    return time.fromisoformat(words.zfill(5)) if words else None


class CalendarForm(CalendarModelForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name.replace("_", " ")) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelect2Widget,
        help_text=_("The hours below are local time there, in summer and in winter."),
    )
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"),
        queryset=Team.objects.all(),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=_("A team has one calendar: it leaves the one that it had."),
    )
    more_holidays = forms.CharField(
        label=_("Add holidays"),
        required=False,
        max_length=40_000,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 3, "placeholder": "2026-12-25 Christmas Day\n2026-12-24 09:00-13:00"}
        ),
        help_text=_("One a line: a date, hours where it is not closed all day, a name."),
    )

    class Meta:
        model = Calendar
        fields = ("name", "time_zone", "is_default")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            own = TeamCalendar.objects.filter(calendar=self.instance)
            self.fields["teams"].initial = list(own.values_list("team", flat=True))

    def clean_more_holidays(self) -> list[Holiday]:
        try:
            found = list(parse_holidays(self.cleaned_data["more_holidays"]))
        except ValueError as error:
            raise forms.ValidationError(
                _("This line is no holiday: %(line)s"), params={"line": str(error)[:80]}
            ) from error
        if len(found) > MOST_LINES:
            raise forms.ValidationError(
                _("At most %(most)s lines at once."), params={"most": MOST_LINES}
            )
        _check_days(found)
        return found

    def _get_validation_exclusions(self) -> set[str]:
        """Of two default calendars the former gives way when this one is saved."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | ({"is_default"} if self.cleaned_data.get("is_default") else set())

    def save_more(self) -> None:
        """What hangs on a calendar that is saved: its teams, and the lines of holidays."""
        teams = self.cleaned_data["teams"]
        TeamCalendar.objects.filter(calendar=self.instance).exclude(team__in=teams).delete()
        for team in teams:
            TeamCalendar.objects.update_or_create(team=team, defaults={"calendar": self.instance})
        for holiday in self.cleaned_data["more_holidays"]:
            # what was closed all day has hours now, or the other way round
            Holiday.objects.filter(calendar=self.instance, date=holiday.date).exclude(
                opens__isnull=holiday.opens is None
            ).delete()
            Holiday.objects.update_or_create(
                calendar=self.instance,
                date=holiday.date,
                opens=holiday.opens,
                defaults={"closes": holiday.closes, "name": holiday.name},
            )


class SpanForm(SpanModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_fields(self)

    def has_changed(self) -> bool:
        """The hours that a new calendar proposes are meant as they stand."""
        return super().has_changed() or bool(self.empty_permitted and self.initial)


class HolidayForm(HolidayModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_fields(self)


def _check_days(holidays: Iterable[Holiday]) -> None:
    closed: dict[date, set[bool]] = defaultdict(set)
    for holiday in holidays:
        closed[holiday.date].add(holiday.opens is None)
    if any(len(both) > 1 for both in closed.values()):
        raise forms.ValidationError(_("A day is either closed or has hours."))


def name_fields(form: forms.BaseForm) -> None:
    """In a table only the columns have names; a screen reader wants one at each field."""
    for field in form.fields.values():
        field.widget.attrs["aria-label"] = capfirst(str(field.label))


class SpanFormSet(SpanInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form not in self.deleted_forms]
        if not any(form.cleaned_data for form in kept):
            raise forms.ValidationError(
                _("Give the week some hours: without any, no reply target would ever be over.")
            )


class HolidayFormSet(HolidayInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form not in self.deleted_forms]
        _check_days(form.instance for form in kept if form.cleaned_data)
