"""The frame around every page: queues with their counts, teams, channels and their health."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.adapters.base import Face
from conversations.models import Agent, Channel, Team
from conversations.services import queues, views
from conversations.services.queues import Queue
from inbox.reads import people, standing
from inbox.reads.faces import face_of
from inbox.reads.people import Person
from inbox.reads.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A channel in the sidebar."""

    channel: Channel
    face: Face

    @property
    def health(self) -> str:
        if not self.channel.is_active:
            return "off"
        if self.channel.trouble_at:
            return "bad"
        return "ok" if self.channel.last_contact_at else "off"

    @property
    def health_word(self) -> Promise:
        if not self.channel.is_active:
            return _("Switched off")
        if self.channel.trouble_at:
            return _("In trouble")
        return _("Healthy") if self.channel.last_contact_at else _("No contact yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    agent: Agent
    me: Person
    queues: tuple[Queue, ...]
    attention: tuple[Queue, ...]
    teams: tuple[Queue, ...]
    views: tuple[Queue, ...]
    channels: list[Line]
    standing: Standing
    counts: dict[str, str] = field(default_factory=dict)

    def queue(self, key: str) -> Queue:
        """The queue of this name. Raises NoSuchQueue."""
        return queues.find(key, (*self.queues, *self.attention, *self.teams, *self.views))


def read(agent: Agent, *, answered_in: str = "") -> Shell:
    """The frame for an agent, with the count of answered cases of one queue for its tab."""
    own = queues.everything(agent)
    of_mine = dict(_teams(agent))
    teams = queues.of_teams(agent, list(of_mine))
    attention = queues.attention(agent)
    saved = views.queues_of(agent, (*own, *attention, *teams))
    counts, beside = _count((*own, *attention, *teams, *saved), agent, answered_in)
    return Shell(
        agent=agent,
        me=people.of_agent(agent),
        queues=own,
        attention=attention,
        teams=teams,
        views=saved,
        channels=[
            Line(channel=c, face=face_of(c.kind))
            for c in Channel.objects.open_to(agent).order_by("name")
        ],
        standing=standing.read(agent, beside, [team for team, gives in of_mine.items() if gives]),
        counts=counts,
    )


def _teams(agent: Agent) -> Iterator[tuple[Team, bool]]:
    """Those whose cases the agent works, and whether the team's rule gives them some."""
    gives = Exists(Team.objects.giving_to(agent).filter(pk=OuterRef("pk")))
    for team in Team.objects.of(agent).annotate(gives=gives).order_by("name"):
        yield team, team.gives  # type: ignore[attr-defined]  # annotated just above


def _count(
    shown: tuple[Queue, ...], agent: Agent, answered_in: str
) -> tuple[dict[str, str], dict[str, int]]:
    """How many wait in each open queue, and the agent's own figures."""
    sets = {queue.key: cases for queue in shown if (cases := queue.counted) is not None}
    if answered_in in sets:
        sets[f"{answered_in}.answered"] = queues.find(answered_in, shown).counted_answered
    found, beside = queues.count_beside(sets, standing.asked(agent))
    return {key: str(number) for key, number in found.items()}, beside


def knows(agent: Agent, key: str) -> bool:
    """Whether the agent has a queue of this name."""
    standard = queues.standard(agent)
    return key in {queue.key for queue in (*standard, *views.queues_of(agent, standard))}
