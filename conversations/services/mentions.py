"""Whom a note calls by name: `@Priya`, `@Priya Nair`, `@priya`, or all of `@Warranty`."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from conversations.models import Agent, Case, Mention, Message, NoticeKind, Team
from conversations.services import notices

MOST = 100
"""People whom one note can call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Agents whom a text calls, and the names as they were written."""

    agents: tuple[Agent, ...]
    names: tuple[str, ...]


def read(text: str) -> Called:
    """Who is called. A first name counts where only one person has it."""
    if "@" not in text:
        return Called(agents=(), names=())
    known = _known()
    pattern = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    found = re.findall(rf"(?<![^\s(])@({pattern})(?!\w)", text, re.IGNORECASE) if known else []
    called = {agent.pk: agent for name in found for agent in known[name.lower()]}
    return Called(agents=tuple(list(called.values())[:MOST]), names=tuple(dict.fromkeys(found)))


def _known() -> dict[str, tuple[Agent, ...]]:
    """Everything that somebody can be called by, in lower case."""
    active = list(Agent.objects.filter(is_active=True).order_by("pk"))
    first = defaultdict(list)
    for agent in active:
        first[agent.first_name.lower()].append(agent)
    known = {name: tuple(who) for name, who in first.items() if name and len(who) == 1}
    for team in Team.objects.prefetch_related("members"):
        known[team.name.lower()] = tuple(a for a in team.members.all() if a.is_active)
    for agent in active:
        known[agent.username.lower()] = (agent,)
        known[str(agent).lower()] = (agent,)
    return known


def note(message: Message, called: Called) -> list[Agent]:
    """Note whom a stored note calls. Returns those who may not see the case: they are not told."""
    others = [agent for agent in called.agents if agent.pk != message.agent_id]
    told = [agent for agent in others if _sees(agent, message.case_id)]
    Mention.objects.bulk_create([Mention(message=message, agent=agent) for agent in told])
    numbers = [agent.pk for agent in told]
    notices.tell(message.case, NoticeKind.MENTIONED, numbers, at=message.sorted_at)
    return [agent for agent in others if agent not in told]


def _sees(agent: Agent, case_id: int) -> bool:
    return Case.objects.visible_to(agent).filter(pk=case_id).exists()


def mark_read(*, case: Case, agent: Agent, up_to: datetime) -> None:
    """Everything up to this time was on the agent's screen."""
    unread = Mention.objects.filter(agent=agent, read_at=None, message__case=case)
    unread.filter(message__sorted_at__lte=up_to).update(read_at=Now())


def cases_of(agent: Agent, *, unread: bool = False) -> QuerySet[Mention, Any]:
    """Ids of cases in which the agent is called, as a subquery."""
    rows = Mention.objects.filter(agent=agent)
    rows = rows.filter(read_at=None) if unread else rows
    return rows.values("message__case")
