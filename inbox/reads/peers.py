"""Who else is at a case, as one agent may know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Value

from conversations import presence
from conversations.models import Agent, Case, Customer
from conversations.presence import Peers, State
from inbox.reads import people
from inbox.reads.people import Person

SHOWN = 4
"""Avatars; more are a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    person: Person
    state: State
    is_customer: bool = False


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
    return _told({case_id: presence.at(case_id, but=agent.pk)})[case_id]


def writing(case_ids: Iterable[int], agent: Agent) -> dict[int, Here]:
    """Who else writes in which of these cases, all of which the agent sees."""
    return _told(presence.writing(case_ids, but=agent.pk))


def _told(found: dict[int, Peers]) -> dict[int, Here]:
    """As far as they may be told about: who was there when their right to be ended, and could not
    say that they went, is not. Two statements, or none where nobody is."""
    numbers = {number for peers in found.values() for number in peers.states}
    agents = Agent.objects.filter(is_active=True).in_bulk(numbers) if numbers else {}
    seen = _seen(found, agents.values())
    here = {case_id: _here(case_id, peers, agents, seen) for case_id, peers in found.items()}
    for case_id, peers in found.items():
        if presence.CUSTOMER in peers.states:
            here[case_id] = _with_customer(here[case_id], case_id, peers)
    return here


def _with_customer(here: Here, case_id: int, found: Peers) -> Here:
    """The customer writes as well: before anybody else, for them it is that an agent waits."""
    customer = Customer.objects.get(conversation__cases=case_id)
    writer = Peer(person=people.of_customer(customer), state=State.REPLY, is_customer=True)
    return Here(peers=[writer, *here.peers], ends=found.ends)


def _seen(cases: Iterable[int], agents: Iterable[Agent]) -> set[tuple[int, int]]:
    """Which of the cases each of the agents sees: (case, agent)."""
    parts = [
        Case.objects.visible_to(agent)
        .filter(pk__in=cases)
        .annotate(of_agent=Value(agent.pk))
        .values_list("pk", "of_agent")
        for agent in agents
    ]
    return set(parts[0].union(*parts[1:], all=True)) if parts else set()


def _here(case_id: int, found: Peers, agents: dict[int, Agent], seen: set[tuple[int, int]]) -> Here:
    order = list(State)
    peers = [
        Peer(person=people.of_agent(agents[number]), state=state)
        for number, state in found.states.items()
        if (case_id, number) in seen
    ]
    peers.sort(key=lambda peer: (order.index(peer.state), peer.person.name))
    return Here(peers=peers, ends=found.ends if peers else 0)
