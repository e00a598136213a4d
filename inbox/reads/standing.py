"""The agent's own place at the desk: what they are, and how much of their capacity is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.models import Agent, Availability, Team
from conversations.services import duty, workload
from conversations.services.queues import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`capacity` is 0 where no rule gives the agent anything: then there is nothing to fill."""

    availability: Availability
    load: int
    capacity: int

    @property
    def choices(self) -> tuple[Availability, ...]:
        return duty.CHOICES


def asked(agent: Agent) -> Sequence[Rows]:
    """What goes along where counts are asked for, for `read` to read."""
    return duty.row(agent), workload.row(agent)


def read(agent: Agent, found: dict[str, int], given_by: list[Team]) -> Standing:
    """`given_by` are the teams whose rule gives the agent cases."""
    states = dict(enumerate(Availability))
    return Standing(
        availability=states.get(found.get(duty.ROW, -1), Availability.OFFLINE),
        load=found.get(workload.ROW, 0),
        capacity=workload.capacity_of(agent, given_by) if given_by else 0,
    )
