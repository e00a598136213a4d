"""Calendars: when teams work."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _


def check_zone(name: str) -> None:
    """Raises ValidationError for what is no IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(_("This is no time zone."), code="no_such_zone") from error


class Calendar(models.Model):
    """When some teams work, in the local time of one place.

    The default one is that of every team without one of its own; without a default they always
    work.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_zone])
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Of every team that has no calendar of its own.")
    )

    objects: ClassVar[models.Manager[Calendar]] = models.Manager()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="calendar_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TeamCalendar(models.Model):
    """A team's own calendar."""

    team = models.OneToOneField(
        "conversations.Team", models.CASCADE, primary_key=True, related_name="+"
    )
    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="of_teams")

    objects: ClassVar[models.Manager[TeamCalendar]] = models.Manager()

    class Meta:
        verbose_name = _("calendar of a team")
        verbose_name_plural = _("calendars of teams")

    def __str__(self) -> str:
        return f"{self.team_id} {self.calendar_id}"


class Span(models.Model):
    """Open on a weekday (0 is Monday) between two local times; where it closes at or before it
    opens, on the day after. The same time twice is 24 hours."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="spans")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=list(WEEKDAYS.items()))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(
        _("closes"), help_text=_("Of the next day, where it is not after the beginning.")
    )

    objects: ClassVar[models.Manager[Span]] = models.Manager()

    class Meta:
        verbose_name = _("span")
        verbose_name_plural = _("weekly hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "weekday", "opens"], name="span_begins_once"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="span_weekday"),
        ]

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Holiday(models.Model):
    """A date with hours of its own in place of its weekday's: none, or this span and those of
    further rows of the same date."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="holidays")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    opens = models.TimeField(_("opens"), null=True, blank=True, help_text=_("Empty: closed."))
    closes = models.TimeField(_("closes"), null=True, blank=True)

    objects: ClassVar[models.Manager[Holiday]] = models.Manager()

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["date", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "date", "opens"],
                nulls_distinct=False,
                name="holiday_begins_once",
            ),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(opens__isnull=False, closes__isnull=False),
                name="holiday_has_both_times",
                violation_error_message=_("Give both times, or none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
