"""Who is at a case right now, and what they do there. Kept in Valkey alone, for seconds.

Whoever is there says so again before it runs out; who was killed has left nothing for long. While
Valkey is away nobody is anywhere.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import structlog
from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from conversations import events

log = structlog.get_logger(__name__)

STAYS = 60
"""Seconds that somebody is there without saying so again."""
WRITES = 8
"""Seconds that somebody writes without a further key."""
_WRITERS = "omnihub:writers"
"""Of the whole house: `case.agent.tab.state` by the time when it runs out. Few at any moment, so
that a list asks once for all of its rows."""


CUSTOMER = 0
"""In an agent's place: the customer themselves, at their own case."""


class State(StrEnum):
    """The stronger first: an agent with two tabs does what the stronger of them does."""

    REPLY = "reply"
    NOTE = "note"
    VIEW = "view"
    IDLE = "idle"

    @property
    def writes(self) -> bool:
        return self in {State.REPLY, State.NOTE}


_STRENGTH = {state: -place for place, state in enumerate(State)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A tab of an agent in front of a case."""

    case: int
    agent: int
    tab: str

    def member(self, state: State) -> str:
        return f"{self.case}.{self.agent}.{self.tab}.{state}"


@dataclass(slots=True)
class Peers:
    """Who is at a case, each agent once, and in how many seconds the first of it runs out."""

    states: dict[int, State] = field(default_factory=dict)
    ends: float = STAYS

    def add(self, agent: int, state: State, ends: float) -> None:
        known = self.states.get(agent, state)
        self.states[agent] = max(known, state, key=_STRENGTH.__getitem__)
        self.ends = min(self.ends, ends)


def be(place: Place, state: State) -> None:
    """Say what a tab does now, in place of what it did. Rights are the caller's to ask."""
    came = _keep(_key(place.case), place, State.IDLE if state == State.IDLE else State.VIEW, STAYS)
    wrote = _keep(_WRITERS, place, state if state.writes else None, WRITES)
    _tell(place, came=came, wrote=wrote)


def stay(place: Place, *, is_idle: bool) -> None:
    """Say that a tab is still there, whatever it writes."""
    came = _keep(_key(place.case), place, State.IDLE if is_idle else State.VIEW, STAYS)
    _tell(place, came=came, wrote=False)


def leave(place: Place) -> None:
    went = _keep(_key(place.case), place, None, STAYS)
    _tell(place, came=went, wrote=_keep(_WRITERS, place, None, WRITES))


def customer(case_id: int, *, tab: int, writes: bool) -> None:
    """Say that the customer writes, or does no more; their agents see it for as long."""
    place = Place(case=case_id, agent=CUSTOMER, tab=str(tab))
    wrote = _keep(_key(case_id), place, State.REPLY if writes else None, WRITES)
    _tell(place, came=wrote, wrote=False)


def at(case_id: int, *, but: int) -> Peers:
    """Who is at a case, less one agent."""
    return _read([_key(case_id), _WRITERS], {case_id}, but).get(case_id, Peers())


def writing(case_ids: Iterable[int], *, but: int) -> dict[int, Peers]:
    """Who writes in which of these cases, less one agent."""
    return _read([_WRITERS], set(case_ids), but)


def _key(case_id: int) -> str:
    return f"omnihub:here:{case_id}"


def _now() -> float:
    return time.time()


def _keep(key: str, place: Place, state: State | None, seconds: int) -> bool:
    """Let one state of a tab stand there, or none; whether that is news."""
    now = _now()
    others = [place.member(other) for other in State if other != state]
    try:
        with _valkey(settings.REDIS_URL).pipeline() as pipe:
            pipe.zremrangebyscore(key, "-inf", now)
            pipe.zrem(key, *others)
            if state is not None:
                pipe.zadd(key, {place.member(state): now + seconds})
                pipe.expire(key, STAYS)
            _, went, *came = pipe.execute()
    except RedisError as error:
        log.warning("presence_away", error=str(error))
        return False
    return bool(went or (came and came[0]))


def _tell(place: Place, *, came: bool, wrote: bool) -> None:
    if came or wrote:
        events.moved_about(place.case, place.agent, wrote=wrote)


def _read(keys: list[str], cases: set[int], but: int) -> dict[int, Peers]:
    now = _now()
    found: dict[int, Peers] = defaultdict(Peers)
    if not cases:
        return found
    try:
        with _valkey(settings.REDIS_URL).pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.zrangebyscore(key, f"({now}", "+inf", withscores=True)
            answers = pipe.execute()
    except RedisError as error:
        log.warning("presence_away", error=str(error))
        return found
    for member, ends in (pair for answer in answers for pair in answer):
        case, agent, _tab, state = member.decode().split(".")
        if int(case) in cases and int(agent) != but:
            found[int(case)].add(int(agent), State(state), ends - now)
    return found


@lru_cache(maxsize=2)
def _valkey(url: str) -> Redis:
    """Without a second try: pages wait for it."""
    return Redis.from_url(
        url, socket_timeout=0.2, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)
    )
