"""How much agents hold, in points, and who has room for more.

An open case weighs what its channel says: the one that was written on last. Snoozed and closed
ones weigh nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Exists,
    Q,
    Sum,
    Value,
    When,
    expressions,
)
from django.db.models.functions import Coalesce

from conversations.adapters import registry
from conversations.models import Agent, Availability, Case, Status, Team
from conversations.models.case import LastOf
from conversations.services.queues import Rows

ROW = "own.load"
"""Label of the agent's points among counts."""
LIGHTEST = 1
"""Points of a case whose channel says nothing, or is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An agent who is there, what they hold, and when something was last given to them."""

    agent: Agent
    load: int
    capacity: int

    @property
    def given_at(self) -> datetime | None:
        return self.agent.duty.given_at

    @property
    def share(self) -> float:
        """How full they are; more than 1 when they hold too much."""
        return self.load / self.capacity if self.capacity else 1.0

    def has_room(self, weight: int = LIGHTEST) -> bool:
        return self.load + weight <= self.capacity


def crew(team: Team) -> list[Seat]:
    """Who can be given a case of this team now: its members who are online; of a default team
    without members, everybody who is."""
    there = Agent.objects.filter(is_active=True, duty__state=Availability.ONLINE)
    there = there.filter(_belongs_to(team)).select_related("duty").order_by("pk")
    agents = list(there)
    held = loads(agent.pk for agent in agents)
    return [
        Seat(agent=agent, load=held[agent.pk], capacity=capacity_of(agent, [team]))
        for agent in agents
    ]


def _belongs_to(team: Team) -> Q:
    mine = Q(pk__in=team.members.values("pk"))
    return mine | Q(~Exists(team.members.all())) if team.is_default else mine


def capacity_of(agent: Agent, teams: Iterable[Team]) -> int:
    """Their own, else the largest that one of these teams gives its agents."""
    if agent.capacity is not None:
        return agent.capacity
    return max((team.capacity for team in teams), default=0)


def loads(agents: Iterable[int]) -> Counter[int]:
    """Points that each of these agents holds."""
    held = Counter[int]()
    cases = Case.objects.filter(status=Status.OPEN, assignee__in=list(agents))
    rows = cases.annotate(on=LastOf("journey")).values_list("assignee", "on")
    for agent, kind, number in rows.annotate(n=Count("pk")).order_by():
        held[agent] += weight_of(kind) * number
    return held


def row(agent: Agent) -> Rows:
    """Points that the agent holds, to go along with counts."""
    mine = Case.objects.filter(status=Status.OPEN, assignee=agent).annotate(on=LastOf("journey"))
    kinds = [When(on=kind, then=Value(weight_of(kind))) for kind in registry.kinds()]
    weight = expressions.Case(*kinds, default=Value(LIGHTEST), output_field=BigIntegerField())
    named = mine.annotate(label=Value(ROW, output_field=CharField())).order_by().values("label")
    return named.annotate(n=Coalesce(Sum(weight), 0)).values_list("label", "n")


def weight_of(kind: str | None) -> int:
    """Points of a case that stands on a channel of this kind."""
    try:
        return registry.adapter_for(kind or "").describe().weight
    except registry.NotInstalled:
        return LIGHTEST


def live_kinds() -> list[str]:
    """Kinds of channel on which somebody waits at the screen."""
    return [adapter.kind for adapter in registry.adapters() if adapter.describe().is_live]
