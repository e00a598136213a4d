"""Who works a case: agent and team."""

from __future__ import annotations

from django.db import transaction

from conversations.models import Agent, Case, Conversation, NoticeKind, Team
from conversations.services import notices, threads
from conversations.services.errors import Conflict, Refused


def assign(*, case_id: int, agent: Agent, assignee_id: int | None, seen: int | None = None) -> Case:
    """Give a case to an agent, or to nobody. The new assignee must be of its team."""
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        if case.assignee_id == assignee_id:
            return case
        before, case.assignee = case.assignee, _assignable(case, assignee_id)
        code = "assigned" if case.assignee else "unassigned"
        threads.add_activity(
            conversation,
            case,
            "taken" if assignee_id == agent.pk else code,
            agent=agent,
            params=_named("to", case.assignee) or _named("from", before),
        )
        if assignee_id != agent.pk:
            notices.tell(case, NoticeKind.ASSIGNED, [assignee_id], at=conversation.now)
        return case


def give(conversation: Conversation, case: Case, *, to: Agent, by: str) -> None:
    """Give a case in a locked thread to an agent of its team; `by` is the rule that chose them."""
    case.assignee = to
    threads.add_activity(conversation, case, "given", params={**_named("to", to), "by": by})
    notices.tell(case, NoticeKind.ASSIGNED, [to.pk], at=conversation.now)


def take_off(conversation: Conversation, case: Case) -> None:
    """Put a case in a locked thread back into the queue: whoever has it is not here."""
    before, case.assignee = case.assignee, None
    threads.add_activity(conversation, case, "back_in_queue", params=_named("from", before))


def _named(role: str, agent: Agent | None) -> dict[str, object]:
    return {role: agent.pk, f"{role}_name": str(agent)} if agent else {}


def _assignable(case: Case, assignee_id: int | None) -> Agent | None:
    if assignee_id is None:
        return None
    assignee = Agent.objects.filter(pk=assignee_id, is_active=True).first()
    if assignee is None:
        raise Refused("no_such_agent")
    if not Team.objects.of(assignee).filter(pk=case.team_id).exists():
        raise Refused("not_in_team", who=str(assignee), team=case.team.name)
    return assignee


def take(*, case_id: int, agent: Agent, seen: int | None = None) -> Case:
    return assign(case_id=case_id, agent=agent, assignee_id=agent.pk, seen=seen)


def begin(*, case_id: int, agent: Agent) -> Case | None:
    """Take an open case by starting to answer it, as long as it is nobody's.

    None when there is nothing to take: it is theirs already, or closed. Raises
    Conflict("taken_meanwhile") when it is somebody else's.
    """
    with transaction.atomic():
        _, case = threads.case_for_work(case_id, agent)
        if case.is_closed or case.assignee_id == agent.pk:
            return None
        if case.assignee is not None:
            raise Conflict("taken_meanwhile", who=str(case.assignee))
        return take(case_id=case.pk, agent=agent)


def move(*, case_id: int, agent: Agent, team_id: int, seen: int | None = None) -> Case:
    """Hand a case to another team. An assignee who is not of it lets go of the case."""
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        team = Team.objects.filter(pk=team_id).first()
        if team is None:
            raise Refused("no_such_team")
        if case.team_id == team.pk:
            return case
        case.team = team
        if case.assignee and not Team.objects.of(case.assignee).filter(pk=team.pk).exists():
            case.assignee = None
        case.reckon_target()
        threads.add_activity(conversation, case, "moved", agent=agent, params={"team": team.name})
        return case
