"""The other cases of a conversation, each as one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from conversations.models import Agent, Case
from inbox.reads import clocks

OTHERS = 20
"""Other cases of the conversation that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another case of the conversation, as one line: its topic, or only whose it is."""

    at: datetime
    case: Case | None
    team: str
    look: str = "beside"

    @property
    def when(self) -> str:
        return clocks.brief(self.at)


def read(case: Case, agent: Agent) -> list[Beside]:
    """The conversation's other cases: readable ones by topic, others by their team alone."""
    same = Case.objects.filter(conversation=case.conversation_id).exclude(pk=case.pk)
    readable = same.visible_to(agent)
    open_ones = [
        Beside(at=other.opened_at, case=other, team=other.team.name)
        for other in readable.select_related("team").order_by("-opened_at")[:OTHERS]
    ]
    closed = same.exclude(pk__in=readable.values("pk")).values_list("team__name", "opened_at")
    hidden = [Beside(at=at, case=None, team=name) for name, at in closed[:OTHERS]]
    return sorted([*open_ones, *hidden], key=lambda line: line.at)
