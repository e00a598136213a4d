"""Two cases of one conversation that are about the same thing become one."""

from __future__ import annotations

from django.db import transaction

from conversations.faults import failpoint
from conversations.models import (
    Agent,
    Case,
    Conversation,
    Rearrangement,
    RearrangementKind,
    Status,
)
from conversations.services import header, journal, regroup, threads
from conversations.services.errors import Conflict, Refused


def merge(
    *, case_id: int, agent: Agent, other_id: int, cause: str = "", seen: int | None = None
) -> Rearrangement:
    """Make two cases one. The older number survives; the other leads to it from now on: its
    number, its links and its reply token.

    The same merge again returns the first. Raises Refused for cases of two customers.
    """
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent)
        refuse_if_merged(case_id, other_id, agent)
        known = _twin({case_id, other_id}, agent)
        if known is not None:
            return known
        threads.refuse_if_changed(conversation, case, agent, seen)
        other = regroup.other_case(conversation, case, other_id, agent)
        survivor, loser = sorted((case, other), key=lambda one: one.pk)
        refuse_across(survivor, loser)
        entry = _merge(conversation, survivor, loser, agent, cause)
        failpoint("merge.before_commit")
    failpoint("merge.after_commit")
    return entry


def refuse_across(survivor: Case, loser: Case) -> None:
    """Raises Refused where one of the two is a restricted team's and the other is not."""
    if survivor.team.is_restricted != loser.team.is_restricted:
        raise Refused("restricted_apart")


def _twin(pair: set[int], agent: Agent) -> Rearrangement | None:
    done = Rearrangement.objects.standing().filter(
        kind=RearrangementKind.CASES, source__in=pair, target__in=pair, agent=agent
    )
    return done.order_by("-pk").first()


def refuse_if_merged(case_id: int, other_id: int, agent: Agent) -> None:
    """Somebody else merged one of the two meanwhile: what this agent looked at is no more."""
    done = Rearrangement.objects.standing().filter(
        kind=RearrangementKind.CASES, source__in=[case_id, other_id]
    )
    last = done.exclude(agent=agent).select_related("agent").order_by("-pk").first()
    if last is not None:
        raise Conflict("already_merged", **journal.about(last))


def _merge(
    conversation: Conversation, survivor: Case, loser: Case, agent: Agent, cause: str
) -> Rearrangement:
    entry = journal.begin(
        RearrangementKind.CASES, agent=agent, cause=cause, source=loser, target=survivor
    )
    ids = regroup.carry(entry, loser.messages.all(), loser, survivor)
    failpoint("merge.after_rows")
    before = {"source": header.of(loser), "target": header.of(survivor)}
    _join_headers(survivor, loser)
    regroup.close(loser, survivor, conversation)
    entry.details = {**before, "joined": header.of(survivor), "last_message": max(ids, default=0)}
    entry.save(update_fields=["details"])
    regroup.hand_over(loser, survivor, entry)
    regroup.tell(entry, conversation, {survivor: "case_merged"}, agent=agent, count=len(ids))
    return entry


def _join_headers(survivor: Case, loser: Case) -> None:
    """Open if one was open, the higher priority, and somebody's if it was somebody's."""
    survivor.priority = max(survivor.priority, loser.priority)
    if survivor.assignee_id is None and survivor.team_id == loser.team_id:
        survivor.assignee = loser.assignee
    if survivor.status != Status.OPEN and loser.status in {Status.OPEN, Status.SNOOZED}:
        survivor.status, survivor.snoozed_until = loser.status, loser.snoozed_until
        survivor.resolved_at = None
