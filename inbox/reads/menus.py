"""What the menus of a thread's header offer."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from conversations.models import Agent, Case, Priority, Role, Tag, Team
from inbox.reads import people
from inbox.reads.thread import Thread

MENU = 200
"""Entries of a menu."""


def read(thread: Thread) -> dict[str, Any]:
    """What the header's menus offer to an agent who may act: colleagues, teams, known tags."""
    if not thread.can_act:
        return {}
    return {
        "colleagues": [(agent, people.of_agent(agent)) for agent in colleagues(thread.case.team)],
        "teams": list(Team.objects.order_by("-is_default", "name")),
        "priorities": sorted(Priority, reverse=True),
        "known_tags": known_tags(thread.agent),
    }


def known_tags(agent: Agent) -> list[str]:
    """Words in use; those that only restricted cases of others carry would tell about them."""
    open_teams = Q(team__is_restricted=False) | Q(team__in=Team.objects.of(agent).values("pk"))
    carriers = Case.objects.filter(open_teams, tags=OuterRef("pk"))
    known = Tag.objects.filter(Exists(carriers)).order_by("name")
    return list(known.values_list("name", flat=True)[:MENU])


def colleagues(team: Team) -> list[Agent]:
    """Whom a case of this team can be given to."""
    agents = Agent.objects.filter(is_active=True)
    if not team.is_default:
        agents = agents.filter(Q(teams=team) | Q(role=Role.ADMIN) | Q(is_superuser=True)).distinct()
    return list(agents.select_related("duty").order_by("first_name", "username")[:MENU])
