"""What stands beside each other before a case is split, or two are made one.

Looks only, and refuses what the act itself would refuse.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from conversations.models import Agent, Case, Customer, Kind, Message, Status, Team
from conversations.services import asked, duplicates, regroup, search, threads
from conversations.services.duplicates import Suggestion
from conversations.services.errors import Refused
from conversations.services.merge_cases import refuse_across, refuse_if_merged
from conversations.services.merge_customers import done_already
from conversations.services.split import team_of, topic_of

SHOWN = 20
"""Open cases of a side that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Some entries and where they would stand; `case` is None for one that does not exist yet."""

    case: Case | None
    topic: str
    team: Team
    messages: list[Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    stays: Half
    goes: Half


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The entries of a case that can go, and the other cases and teams that they could go to."""

    messages: list[Message]
    others: list[Case]
    teams: list[Team]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two that would become one, as far as the agent sees it."""

    case: Case
    cases: list[Case]
    """Open ones; of a case itself, that case."""
    hidden: list[str]
    """Teams of cases that are none of the agent's business."""
    number_of_cases: int
    number_of_messages: int
    since: datetime
    survives: bool

    @property
    def customer(self) -> Customer:
        return self.case.conversation.customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a case, or its customer, could be merged with."""

    typed: str
    cases: list[Case]
    suggested: list[Suggestion]
    found: list[Case]


def worked(case_id: int, agent: Agent) -> Case:
    """A case that the agent works. Raises Case.DoesNotExist, and Forbidden for another team's."""
    case = threads.as_seen(case_id, agent)
    threads.refuse_unless_worked(case, agent)
    return case


def choices(case: Case, agent: Agent) -> Choices:
    rows = regroup.movable(case).select_related("agent", "identity").in_order()
    return Choices(
        messages=list(rows[: regroup.MOST_MESSAGES]),
        others=_others(case, agent),
        teams=list(Team.objects.order_by("-is_default", "name")),
    )


def split(
    *,
    case_id: int,
    agent: Agent,
    message_ids: Collection[int],
    topic: str = "",
    team_id: int | None = None,
    seen: int | None = None,
) -> Halves:
    """Both halves of a case as `split.split` would leave them."""
    case = _unchanged(case_id, agent, seen)
    rows = regroup.chosen(case, message_ids)
    named = topic_of(case, rows, topic)
    return _halves(case, message_ids, into=None, topic=named, team=team_of(case, team_id))


def move(
    *,
    case_id: int,
    agent: Agent,
    message_ids: Collection[int],
    to: int,
    seen: int | None = None,
) -> Halves:
    """What stays in a case and what goes into the other, as `move.move` would leave them."""
    case = _unchanged(case_id, agent, seen)
    other = regroup.other_case(case.conversation, case, to, agent)
    regroup.chosen(case, message_ids)
    return _halves(case, message_ids, into=other, topic=other.topic, team=other.team)


def _unchanged(case_id: int, agent: Agent, seen: int | None) -> Case:
    case = worked(case_id, agent)
    threads.refuse_if_changed(case.conversation, case, agent, seen)
    return case


def _halves(
    case: Case, ids: Collection[int], *, into: Case | None, topic: str, team: Team
) -> Halves:
    going = set(ids)
    rows = regroup.movable(case).select_related("agent", "identity").in_order()
    both: dict[bool, list[Message]] = {True: [], False: []}
    for message in rows[: regroup.MOST_MESSAGES]:
        both[message.pk in going].append(message)
    return Halves(
        stays=Half(case=case, topic=case.topic, team=case.team, messages=both[False]),
        goes=Half(case=into, topic=topic, team=team, messages=both[True]),
    )


def merge_of_cases(
    *, case_id: int, agent: Agent, other_id: int, seen: int | None = None
) -> list[Side]:
    """Two cases of one customer, the one whose number survives first."""
    worked(case_id, agent)
    refuse_if_merged(case_id, other_id, agent)
    case = _unchanged(case_id, agent, seen)
    other = regroup.other_case(case.conversation, case, other_id, agent)
    survivor, loser = sorted((case, other), key=lambda one: one.pk)
    refuse_across(survivor, loser)
    return [_case(survivor, survives=True), _case(loser, survives=False)]


def _case(case: Case, *, survives: bool) -> Side:
    return Side(
        case=case,
        cases=[case],
        hidden=[],
        number_of_cases=1,
        number_of_messages=regroup.movable(case).count(),
        since=case.opened_at,
        survives=survives,
    )


def merge_of_customers(*, case_id: int, agent: Agent, other_case_id: int) -> list[Side]:
    """The customers of two cases, the one who survives first."""
    case, other = worked(case_id, agent), threads.as_seen(other_case_id, agent)
    if case.conversation_id == other.conversation_id:
        done_already([case, other], agent)
        raise Refused("same_customer")
    survivor, loser = sorted((case, other), key=_age)
    return [_customer(survivor, agent, survives=True), _customer(loser, agent, survives=False)]


def _age(case: Case) -> tuple[datetime, int]:
    owner = case.conversation.customer
    return owner.created_at, owner.pk


def _customer(case: Case, agent: Agent, *, survives: bool) -> Side:
    everything = Case.objects.standing().filter(conversation=case.conversation_id)
    seen = everything.visible_to(agent)
    hidden = everything.exclude(pk__in=seen.values("pk")).values_list("team__name", flat=True)
    said = Message.objects.visible_to(agent).filter(conversation=case.conversation_id)
    unfinished = seen.filter(status__in=[Status.OPEN, Status.SNOOZED])
    return Side(
        case=case,
        cases=list(unfinished.select_related("team", "assignee").order_by("-pk")[:SHOWN]),
        hidden=list(hidden[:SHOWN]),
        number_of_cases=seen.count(),
        number_of_messages=said.filter(kind=Kind.MESSAGE).count(),
        since=case.conversation.customer.created_at,
        survives=survives,
    )


def candidates(case: Case, agent: Agent, typed: str = "") -> Candidates:
    """Their other cases, who they may be, and what a search finds."""
    hits = search.cases(asked.read(typed), agent=agent, count=SHOWN).hits if typed else []
    return Candidates(
        typed=typed,
        cases=_others(case, agent),
        suggested=duplicates.suggest(case.conversation.customer, agent),
        found=[hit.case for hit in hits if hit.case.pk != case.pk],
    )


def _others(case: Case, agent: Agent) -> list[Case]:
    mine = Case.objects.of_teams_of(agent).filter(conversation=case.conversation_id)
    return list(mine.exclude(pk=case.pk).order_by("-last_message_at")[:SHOWN])
