"""`{{placeholders}}` in stored words: a closed list, checked when saved and before a send."""

from __future__ import annotations

import re
from collections.abc import Callable

from conversations.models import Agent, Case, Workspace

_MARK = re.compile(r"\{\{\s*([a-z_]+\.[a-z_]+)\s*\}\}")


def _first(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.split() else ""


FILLS: dict[str, Callable[[Case, Agent], str]] = {
    "customer.name": lambda case, _: case.conversation.customer.name,
    "customer.first_name": lambda case, _: _first(case.conversation.customer.name),
    "case.number": lambda case, _: str(case.number),
    "case.topic": lambda case, _: case.topic,
    "agent.name": lambda _, agent: str(agent),
    "agent.first_name": lambda _, agent: _first(str(agent)),
    "company.name": lambda _case, _agent: Workspace.objects.current().name,
}
"""Every placeholder there is, and what stands for it."""


def unknown(text: str) -> list[str]:
    """Placeholders that nobody can fill, in their order."""
    return [name for name in _MARK.findall(text) if name not in FILLS]


def fill(text: str, case: Case, agent: Agent) -> str:
    """The words with all placeholders filled; one that nothing is known for stays as it is."""

    def said(mark: re.Match[str]) -> str:
        fills = FILLS.get(mark[1])
        return (fills(case, agent) if fills else "") or mark[0]

    return _MARK.sub(said, text)


def unfilled(text: str) -> str:
    """The first of our placeholders that is still in the words, else nothing."""
    return next((name for name in _MARK.findall(text) if name in FILLS), "")
