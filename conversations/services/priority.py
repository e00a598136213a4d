"""How urgent a case is."""

from __future__ import annotations

from django.db import transaction

from conversations.models import Agent, Case, Priority
from conversations.services import threads
from conversations.services.errors import Refused


def prioritise(
    *, case_id: int, agent: Agent, priority: int | None, seen: int | None = None
) -> Case:
    """Give a case another priority, one of `Priority`. Raises Refused("no_such_priority")."""
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        if priority not in Priority.values:
            raise Refused("no_such_priority")
        if case.priority == priority:
            return case
        params: dict[str, object] = {"from": case.priority, "to": priority}
        case.priority = priority
        threads.add_activity(conversation, case, "prioritised", agent=agent, params=params)
        return case
