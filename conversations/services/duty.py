"""Who is here: by their sockets, by their own word, and by the clock that judges silence."""

from __future__ import annotations

import time

from django.db.models import BigIntegerField, Case, CharField, Value, When

from conversations import events
from conversations.models import Agent, Availability, ClockTimestamp, Duty
from conversations.models.duty import GONE_AFTER
from conversations.services import giving
from conversations.services.errors import Refused
from conversations.services.queues import Rows

CHOICES = (Availability.ONLINE, Availability.AWAY)
"""What agents can say they are; offline is who signed out."""
ROW = "own.duty"
"""Label of the agent's state among counts."""
BLINK = 10.0
"""Seconds that a clock may look away and still have watched."""


def seen(agent_id: int) -> None:
    """A socket of the agent lives. They are online, unless they chose to be away."""
    if Duty.objects.seen(agent_id):
        events.availability_changed(agent_id)


def left(agent_id: int) -> None:
    """A socket of the agent ended: the time without any begins now, if it was the last."""
    here = Duty.objects.filter(pk=agent_id).exclude(state=Availability.OFFLINE)
    here.update(seen_at=ClockTimestamp())


def choose(*, agent: Agent, availability: str) -> Duty:
    """The agent says what they are; counts as a sign of life. Raises Refused."""
    if availability not in CHOICES:
        raise Refused("no_such_availability")
    Duty.objects.chosen(agent.pk, Availability(availability))
    events.availability_changed(agent.pk, chosen=True)
    return Duty.objects.get(pk=agent.pk)


def sign_out(*, agent: Agent) -> None:
    """Offline, until a socket or the agent says otherwise."""
    here = Duty.objects.filter(pk=agent.pk).exclude(state=Availability.OFFLINE)
    if here.update(state=Availability.OFFLINE, is_chosen=False, since=ClockTimestamp()):
        events.availability_changed(agent.pk)


def of(agent: Agent) -> Availability:
    """What the agent is, as far as the clock has judged."""
    try:
        return Availability(agent.duty.state)
    except Duty.DoesNotExist:
        return Availability.OFFLINE


def row(agent: Agent) -> Rows:
    """What the agent is, as the place in `Availability`, to go along with counts."""
    places = [When(state=state, then=Value(place)) for place, state in enumerate(Availability)]
    mine = Duty.objects.filter(pk=agent.pk).annotate(
        label=Value(ROW, output_field=CharField()), n=Case(*places, output_field=BigIntegerField())
    )
    return mine.values_list("label", "n")


class Watch:
    """The clock's look at who fell silent.

    It judges nobody before it has watched for as long as silence takes: after a restart, or while
    the database was away, nobody could have given a sign of life.
    """

    def __init__(self) -> None:
        self._since = self._last = float("-inf")

    def __call__(self) -> int:
        """Make who is silent away, and give back what they left. Returns how many cases."""
        now = time.monotonic()
        if now - self._last > BLINK:
            self._since = now
        self._last = now
        return judge() if now - self._since >= GONE_AFTER.total_seconds() else 0


def judge() -> int:
    """Make who is silent away; live cases that wait for who is not here go back to the queue.
    Returns how many."""
    for agent_id in Duty.objects.judge():
        events.availability_changed(agent_id)
    return giving.take_back()
