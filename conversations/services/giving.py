"""Give waiting cases to agents by their team's rule: who knows the case, else whose turn it is.

Never in the transaction that a case came in: right after it, and whatever that leaves the clock
finds within a second. Whoever gives has the turn, one at a time in the house, and only then takes
a thread that nobody else has; so nothing waits in a circle, and two never fill the same place.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from conversations.models import (
    Case,
    ClockTimestamp,
    Conversation,
    Duty,
    Giving,
    Kind,
    Status,
    Team,
)
from conversations.models.case import LastOf
from conversations.services import assignment, targets, workload
from conversations.services.workload import Seat

if TYPE_CHECKING:
    from conversations.models.agent import TeamQuerySet

log = structlog.get_logger(__name__)

LOCK = 7_260_515
"""Of whoever gives, among the database's advisory locks."""
PATIENCE = "500ms"
"""How long to wait for the turn; then the clock does it."""
SAME_AGENT = "same_agent"
"""What stands for a rule where somebody knows the case already."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Outcome(Enum):
    GIVEN = auto()
    PASSED = auto()
    """Not this one: somebody has its thread, it needs nobody any more, or nobody may have it."""
    FULL = auto()
    """Nobody has room for it. What is due later does not overtake it."""


def soon(case: Case) -> None:
    """Once this transaction is committed, give the case, or what waits before it in its team."""
    if case.status == Status.OPEN and case.assignee_id is None and case.waiting_since is not None:
        transaction.on_commit(partial(_at_once, case.pk, case.team_id), robust=True)


def _at_once(case_id: int, team_id: int) -> None:
    try:
        team = _by_rule().filter(pk=team_id).first()
        if team is not None and not _give_back(team, case_id):
            give_waiting(team)
    except DatabaseError as error:
        log.warning("giving_put_off", case=case_id, error=str(error))


def _give_back(team: Team, case_id: int) -> bool:
    """To who knows the case, whatever else waits."""
    knows, _let_go = _holders(Case.objects.select_related("follows").get(pk=case_id))
    return knows is not None and _give(team, case_id, known_only=True) is Outcome.GIVEN


def sweep() -> int:
    """Give what waits in every team that has a rule. Returns how many."""
    return sum(give_waiting(team) for team in _by_rule())


def give_waiting(team: Team, *, seconds: float = 1.0) -> int:
    """Give a team's waiting cases, the earliest target first, while anybody has room."""
    until, done = time.monotonic() + seconds, 0
    looked_at: list[int] = []
    while time.monotonic() < until:
        case_id = _next(team, looked_at)
        if case_id is None or (not looked_at and not _has_room(team)):
            break
        looked_at.append(case_id)
        outcome = _give(team, case_id)
        done += outcome is Outcome.GIVEN
        if outcome is Outcome.FULL:
            break
    return done


def _by_rule() -> TeamQuerySet:
    return Team.objects.exclude(giving=Giving.HAND).order_by("pk")


def _next(team: Team, looked_at: Sequence[int]) -> int | None:
    waiting = Case.objects.filter(team=team).to_give().exclude(pk__in=looked_at)
    return waiting.values_list("pk", flat=True).first()


def _has_room(team: Team) -> bool:
    """As far as one sees without the turn: a full house costs nobody a lock."""
    return any(seat.has_room() for seat in workload.crew(team))


def _give(team: Team, case_id: int, *, known_only: bool = False) -> Outcome:
    try:
        with transaction.atomic():
            _take_turn()
            return _give_one(team, case_id, known_only=known_only)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return Outcome.PASSED
        raise


def _take_turn() -> None:
    """Until the transaction ends, nobody else gives. Raises when that takes too long to come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _give_one(team: Team, case_id: int, *, known_only: bool) -> Outcome:
    """With the turn, and then with the thread's lock: somebody may have been first."""
    thread = Case.objects.values_list("conversation", flat=True).get(pk=case_id)
    conversation = Conversation.objects.locked_if_free(thread)
    if conversation is None:
        return Outcome.PASSED
    waiting = Case.objects.filter(conversation=conversation, team=team).to_give()
    case = waiting.select_related("team", "follows").filter(pk=case_id).first()
    if case is None:
        return Outcome.PASSED
    seats, by = _candidates(case, known_only=known_only)
    if not seats:
        return Outcome.PASSED
    seat = _choose(seats, case, by)
    if seat is None:
        return Outcome.FULL
    still = Duty.objects.online().filter(pk=seat.agent.pk)
    if not still.update(given_at=ClockTimestamp()):  # they just went, or were let go
        return Outcome.PASSED
    assignment.give(conversation, case, to=seat.agent, by=by)
    return Outcome.GIVEN


def _candidates(case: Case, *, known_only: bool) -> tuple[list[Seat], str]:
    """Who could have it, and by what: who had it last, if they are there; else all of the team who
    are, but who let go of it."""
    knows, let_go = _holders(case)
    crew = workload.crew(case.team)
    knowing = [seat for seat in crew if seat.agent.pk == knows]
    if knowing or known_only:
        return knowing, SAME_AGENT
    return [seat for seat in crew if seat.agent.pk != let_go], case.team.giving


def _holders(case: Case) -> tuple[int | None, int | None]:
    """The agent who had the case last, or the one that it follows; and who was taken off it by
    hand, which is an answer to giving it to them."""
    line = (
        case.messages.filter(kind=Kind.ACTIVITY, code__in=_HAD)
        .order_by("-sorted_at", "-id")
        .values_list("code", "params")
        .first()
    )
    if line is None:
        return case.follows.assignee_id if case.follows else None, None
    code, params = line
    if code == "unassigned":
        return None, params.get("from")
    return params.get(_HAD[code]), None


_HAD = {
    "assigned": "to", "taken": "to", "given": "to", "unassigned": "from", "back_in_queue": "from",
}  # fmt: skip
"""Lines that say who has a case, or had it, and under which name."""


def _choose(seats: Sequence[Seat], case: Case, by: str) -> Seat | None:
    if by == SAME_AGENT:
        return seats[0]
    weight = workload.weight_of(next(iter(case.journey[-1:]), None))
    free = [seat for seat in seats if seat.has_room(weight)]
    order = _least_loaded if by == Giving.LEAST_LOADED else _longest_without
    return min(free, key=order, default=None)


def _longest_without(seat: Seat) -> tuple[datetime, int]:
    return seat.given_at or LONG_AGO, seat.agent.pk


def _least_loaded(seat: Seat) -> tuple[float, datetime, int]:
    return seat.share, *_longest_without(seat)


def take_back(*, seconds: float = 1.0) -> int:
    """Put live cases in which somebody waits for an agent who is not here back into the queue, of
    whichever team. Returns how many."""
    live = workload.live_kinds()
    gone = Duty.objects.gone().values("pk")
    if not live:
        return 0
    cases = Case.objects.filter(assignee__in=gone).most_urgent()
    left = cases.annotate(on=LastOf("journey")).filter(on__in=live)
    return targets.each(left, _take_back, seconds)


def _take_back(conversation: Conversation, case: Case) -> bool:
    """Under the thread's lock: somebody may have answered, or be back."""
    is_left = case.status == Status.OPEN and case.waiting_since is not None
    if not is_left or not Duty.objects.gone().filter(pk=case.assignee_id).exists():
        return False
    assignment.take_off(conversation, case)
    return True
