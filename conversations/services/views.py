"""Views: lists that agents put together and keep, for themselves or for a team."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.db.models.functions import Now

from conversations.models import Agent, Role, SavedView, Team
from conversations.services import filtering, queues
from conversations.services.errors import Forbidden, Refused
from conversations.services.queues import NoSuchQueue, Queue

MOST = 50
"""Views of one agent; the sidebar is no archive."""
PREFIX = "saved-"


def save(
    *,
    agent: Agent,
    name: str,
    queue: str,
    wanted: filtering.Wanted,
    sort: str = "",
    team_id: int | None = None,
) -> SavedView:
    """Keep a list under a name. Raises Refused without a name, and NoSuchQueue."""
    name = _name(name)
    if queue not in {known.key for known in queues.standard(agent)}:
        raise NoSuchQueue(queue)
    if SavedView.objects.filter(owner=agent, deleted_at=None).count() >= MOST:
        raise Refused("too_many_views", most=MOST)
    team = _team(agent, team_id)
    return SavedView.objects.create(
        name=name, owner=agent, team=team, queue=queue, query=wanted.query, sort=sort[:20]
    )


def change(*, view_id: int, agent: Agent, name: str, team_id: int | None) -> SavedView:
    """Rename a view, or share it with another team or nobody."""
    view = mine(view_id, agent)
    view.name, view.team = _name(name), _team(agent, team_id)
    view.save(update_fields=["name", "team"])
    return view


def delete(*, view_id: int, agent: Agent) -> SavedView:
    """Take a view out of everybody's sidebar; `restore` brings it back."""
    view = mine(view_id, agent)
    SavedView.objects.filter(pk=view.pk).update(deleted_at=Now())
    return view


def restore(*, view_id: int, agent: Agent) -> SavedView:
    view = mine(view_id, agent, is_deleted=True)
    SavedView.objects.filter(pk=view.pk).update(deleted_at=None)
    return view


def mine(view_id: int, agent: Agent, *, is_deleted: bool = False) -> SavedView:
    """A view that the agent may change: its owner, or who leads its team.

    Raises SavedView.DoesNotExist when they may not even see it, Forbidden otherwise.
    """
    rows = SavedView.objects.all() if is_deleted else SavedView.objects.shown_to(agent)
    view = rows.select_related("owner").get(pk=view_id)
    if view.owner_id == agent.pk:
        return view
    leads = agent.is_admin or agent.role == Role.SUPERVISOR
    is_of_team = view.team_id and Team.objects.of(agent).filter(pk=view.team_id).exists()
    if not is_of_team:
        raise SavedView.DoesNotExist
    if not leads:
        raise Forbidden("not_your_view", who=str(view.owner))
    return view


def _name(name: str) -> str:
    name = " ".join(name.split())[:60]
    if not name:
        raise Refused("name_missing")
    return name


def _team(agent: Agent, team_id: int | None) -> Team | None:
    if team_id is None:
        return None
    team = Team.objects.of(agent).filter(pk=team_id).first()
    if team is None:
        raise Refused("no_such_team")
    return team


def queues_of(agent: Agent, standard: tuple[Queue, ...]) -> tuple[Queue, ...]:
    """The agent's views as queues, each narrowed from the one of their `standard` queues that it
    was made of."""
    known = {queue.key: queue for queue in standard}
    shown = SavedView.objects.shown_to(agent).select_related("team", "owner")
    return tuple(_queue(view, known[view.queue], agent) for view in shown if view.queue in known)


def wanted_of(view: SavedView) -> filtering.Wanted:
    """A view's filters; nothing of one that this version does not understand any more."""
    try:
        return filtering.read(dict(parse_qsl(view.query)))
    except filtering.BadFilter:
        return filtering.Wanted(customer=0)


def _queue(view: SavedView, base: Queue, agent: Agent) -> Queue:
    return Queue(
        key=f"{PREFIX}{view.pk}",
        title=view.name,
        icon="users" if view.team_id else "tag",
        cases=filtering.narrow(base.cases, agent, wanted_of(view)),
        is_open=base.is_open,
        all_wait=base.all_wait,
        sort=view.sort,
        view=view,
    )
