"""What a calendar says of the present moment, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clocks import hours
from clocks.business import Hours, due, stretch_at
from clocks.models import Calendar, TeamCalendar
from conversations.models import Channel

NEAR = timedelta(days=6)
"""So far ahead a weekday says which day is meant."""
MOST = 8
"""Channels that are told of."""


def state(calendar: Calendar, now: datetime) -> str:
    """Whether it is open."""
    return _state(hours.of_stored(calendar), now)


def lines(calendar: Calendar, now: datetime) -> list[str]:
    """Whether it is open, and when a message that arrives now would be due."""
    what = hours.of_stored(calendar)
    told = [_state(what, now)]
    for channel in _channels(calendar).order_by("name")[:MOST]:
        words = _("A message to %(channel)s that arrives now is due %(time)s.")
        over = due(now, channel.reply_target, what)
        told.append(words % {"channel": channel, "time": _when(over, what, now)})
    return told


def _state(what: Hours, now: datetime) -> str:
    found = stretch_at(now, what)
    if found is None:
        return _("It never opens.")
    opens, closes = found
    if opens > now:
        return _("Closed now. Opens %(time)s.") % {"time": _when(opens, what, now)}
    if closes is None:
        return _("Open day and night.")
    return _("Open now, until %(time)s.") % {"time": _when(closes, what, now)}


def _when(at: datetime | None, what: Hours, now: datetime) -> str:
    """The hour there today, else with its weekday or date."""
    if at is None:
        return _("never")
    there = at.astimezone(what.zone)
    hour = date_format(there, "H:i")
    if there.date() == now.astimezone(what.zone).date():
        return hour
    day = date_format(there, "l" if at - now < NEAR else _("l j F"))
    return f"{day}, {hour}"


def _channels(calendar: Calendar) -> QuerySet[Channel]:
    """Those whose teams go by it."""
    own = TeamCalendar.objects.filter(team=OuterRef("team"))
    goes_by_it = Q(Exists(own.filter(calendar=calendar)))
    if calendar.is_default:
        goes_by_it |= ~Q(Exists(own))
    return Channel.objects.active().filter(goes_by_it)
