"""Who else is at a case, as one agent may know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conversations import presence
from conversations.models import Agent, Case
from conversations.presence import Peers, State
from inbox.reads import people
from inbox.reads.people import Person

SHOWN = 4
"""Avatars; more are a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    person: Person
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Everybody else at a case, who does most first. `ends` in seconds: until then it holds."""

    peers: list[Peer]
    ends: float

    @property
    def shown(self) -> list[Peer]:
        return self.peers[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.peers) - len(self.shown)

    @property
    def writers(self) -> list[Peer]:
        return [peer for peer in self.peers if peer.state.writes]

    @property
    def names(self) -> str:
        """Of those who write."""
        return ", ".join(peer.person.first_name for peer in self.writers)


def of_case(case_id: int, agent: Agent) -> Here:
    """Whoever else is at a case that the agent sees."""
    found = presence.at(case_id, but=agent.pk)
    return _here(case_id, found, _agents([found]))


def writing(case_ids: Iterable[int], agent: Agent) -> dict[int, Here]:
    """Who else writes in which of these cases, all of which the agent sees."""
    found = presence.writing(case_ids, but=agent.pk)
    agents = _agents(found.values())
    return {case_id: _here(case_id, peers, agents) for case_id, peers in found.items()}


def _agents(found: Iterable[Peers]) -> dict[int, Agent]:
    numbers = {number for peers in found for number in peers.states}
    return Agent.objects.filter(is_active=True).in_bulk(numbers) if numbers else {}


def _here(case_id: int, found: Peers, agents: dict[int, Agent]) -> Here:
    """Who was there when their right to be ended, and could not say that they went, is not."""
    order = list(State)
    peers = [
        Peer(person=people.of_agent(agents[number]), state=state)
        for number, state in found.states.items()
        if number in agents and _may_see(agents[number], case_id)
    ]
    peers.sort(key=lambda peer: (order.index(peer.state), peer.person.name))
    return Here(peers=peers, ends=found.ends if peers else 0)


def _may_see(agent: Agent, case_id: int) -> bool:
    return Case.objects.visible_to(agent).filter(pk=case_id).exists()
