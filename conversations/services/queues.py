"""Queues: the named lists of cases an agent works through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import CharField, Value
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conversations.models import Agent, Case, Status, Team
from conversations.models.case import DUE_SOON, PAST_TARGET
from conversations.services import mentions

if TYPE_CHECKING:
    from conversations.models.case import CaseQuerySet
    from conversations.models.saved_view import SavedView

COUNT_UP_TO = 99
"""Counts stop here, so that they cost the same at any size."""


class NoSuchQueue(LookupError):
    """No queue of this name for this agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A list's name, its title and its cases. Only open ones have tabs and a wait; where all of
    them wait there is nothing to choose by tabs."""

    key: str
    title: str
    icon: str
    cases: CaseQuerySet
    is_open: bool = True
    all_wait: bool = False
    badge: CaseQuerySet | None = None
    """What its count counts, where that is not who waits."""
    sort: str = ""
    """Key of the order that it opens in; empty for the list's own."""
    view: SavedView | None = None
    """Where it is one that somebody saved."""

    @property
    def has_tabs(self) -> bool:
        return self.is_open and not self.all_wait

    @property
    def counted(self) -> CaseQuerySet | None:
        """The cases that its count in the sidebar is of; None where it has none."""
        if self.badge is not None:
            return self.badge
        return self.waiting if self.is_open else None

    @property
    def number(self) -> str:
        """Of a team's queue, the team's."""
        return self.key.removeprefix("team-")

    @property
    def waiting(self) -> CaseQuerySet:
        return self.cases.filter(waiting_since__isnull=False)

    @property
    def answered(self) -> CaseQuerySet:
        return self.cases.filter(waiting_since=None)


def everything(agent: Agent) -> tuple[Queue, ...]:
    """The queues that everybody has, in the sidebar's order."""
    seen = Case.objects.visible_to(agent)
    still = seen.filter(status=Status.OPEN)
    free = still.filter(assignee=None)
    later = seen.filter(status=Status.SNOOZED)
    done, spam = seen.filter(status=Status.RESOLVED), seen.filter(status=Status.SPAM)
    return (
        Queue(key="mine", title=_("My queue"), icon="inbox", cases=still.filter(assignee=agent)),
        Queue(key="unassigned", title=_("Unassigned"), icon="users", cases=free),
        Queue(key="all", title=pgettext("queue", "All open"), icon="stack", cases=still),
        Queue(
            key="mentions",
            title=_("Mentions"),
            icon="at",
            cases=seen.filter(pk__in=mentions.cases_of(agent)),
            badge=seen.filter(pk__in=mentions.cases_of(agent, unread=True)),
            is_open=False,
        ),
        Queue(
            key="snoozed",
            title=pgettext("queue", "Snoozed"),
            icon="moon",
            cases=later,
            is_open=False,
        ),
        Queue(
            key="resolved",
            title=pgettext("queue", "Resolved"),
            icon="check",
            cases=done,
            is_open=False,
        ),
        Queue(key="spam", title=_("Spam"), icon="ban", cases=spam, is_open=False),
    )


def attention(agent: Agent) -> tuple[Queue, ...]:
    """Where a promise to answer is broken, or about to be."""
    still = Case.objects.visible_to(agent).filter(status=Status.OPEN)
    return (
        Queue(
            key="overdue",
            title=_("Past reply target"),
            icon="dot",
            cases=still.filter(PAST_TARGET),
            all_wait=True,
            sort="soonest",
        ),
        Queue(
            key="due-soon",
            title=_("Due soon"),
            icon="dot",
            cases=still.filter(DUE_SOON),
            all_wait=True,
            sort="soonest",
        ),
    )


def of_teams(agent: Agent, teams: list[Team]) -> tuple[Queue, ...]:
    still = Case.objects.visible_to(agent).filter(status=Status.OPEN)
    return tuple(
        Queue(key=f"team-{team.pk}", title=team.name, icon=team.icon, cases=still.filter(team=team))
        for team in teams
    )


def standard(agent: Agent) -> tuple[Queue, ...]:
    """The lists that a view can be made of: everybody's, and those of the agent's teams."""
    teams = list(Team.objects.of(agent).order_by("name"))
    return (*everything(agent), *attention(agent), *of_teams(agent, teams))


def find(key: str, queues: tuple[Queue, ...]) -> Queue:
    """The queue of this name. Raises NoSuchQueue."""
    for queue in queues:
        if queue.key == key:
            return queue
    raise NoSuchQueue(key)


def count(sets: dict[str, CaseQuerySet]) -> dict[str, int]:
    """How many cases each set has, in one statement; one more than COUNT_UP_TO for any more."""
    labelled = [
        cases.annotate(label=Value(label, output_field=CharField()))
        .order_by()
        .values_list("label", flat=True)[: COUNT_UP_TO + 1]
        for label, cases in sets.items()
    ]
    found = list(labelled[0].union(*labelled[1:], all=True)) if labelled else []
    return {label: found.count(label) for label in sets}


def spell(number: int) -> str:
    """A count as a label, of at most `99+`."""
    return f"{COUNT_UP_TO}+" if number > COUNT_UP_TO else str(number)
