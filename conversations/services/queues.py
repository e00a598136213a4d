"""Queues: the named lists of cases an agent works through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from django.db.models import BigIntegerField, CharField, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conversations.models import Agent, Case, Status, Tally, Team
from conversations.models.case import DUE_SOON, PAST_TARGET
from conversations.models.tally import TallyQuerySet
from conversations.services import mentions

if TYPE_CHECKING:
    from conversations.models.case import CaseQuerySet
    from conversations.models.saved_view import SavedView

COUNT_UP_TO = 99
"""Counts that are not kept stop here, so that they cost the same at any size."""
SHOWN_UP_TO = 999
"""Longer numbers would not fit beside a queue's title."""


Counted = Union["CaseQuerySet", TallyQuerySet]
"""Cases to be counted, or counters that are kept of them."""


Rows = QuerySet[Any, tuple[str, int]]
"""Rows of a label and a number to add up."""


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
    tally: TallyQuerySet | None = None
    """Where the number of its cases is kept, whether anybody waits in them or not."""
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
    def counted(self) -> Counted | None:
        """What its count in the sidebar is of; None where it has none."""
        if self.badge is not None:
            return self.badge
        if self.tally is not None:
            return self.tally.filter(is_waiting=True)
        return self.waiting if self.is_open else None

    @property
    def counted_answered(self) -> Counted:
        """What the count of its answered cases is of."""
        return self.answered if self.tally is None else self.tally.filter(is_waiting=False)

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
    """The queues that everybody has, in the sidebar's order.

    Open ones are of the cases that the agent may act on. What they may merely see stands in its
    conversation, in search and at its customer.
    """
    seen = Case.objects.visible_to(agent)
    still, kept = _still(agent), _kept(agent)
    free = still.filter(assignee=None)
    later = seen.filter(status=Status.SNOOZED)
    done, spam = seen.filter(status=Status.RESOLVED), seen.filter(status=Status.SPAM)
    return (
        Queue(
            key="mine",
            title=_("My queue"),
            icon="inbox",
            cases=still.filter(assignee=agent),
            tally=kept.filter(assignee_id=agent.pk),
        ),
        Queue(
            key="unassigned",
            title=_("Unassigned"),
            icon="users",
            cases=free,
            tally=kept.filter(assignee_id=None),
        ),
        Queue(
            key="all",
            title=pgettext("queue", "All open"),
            icon="stack",
            cases=still,
            tally=kept,
        ),
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


def _still(agent: Agent) -> CaseQuerySet:
    return Case.objects.of_teams_of(agent).filter(status=Status.OPEN)


def _kept(agent: Agent) -> TallyQuerySet:
    return Tally.objects.of_teams_of(agent).filter(status=Status.OPEN)


def attention(agent: Agent) -> tuple[Queue, ...]:
    """Where a promise to answer is broken, or about to be."""
    still = _still(agent)
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
    still, kept = _still(agent), _kept(agent)
    return tuple(
        Queue(
            key=f"team-{team.pk}",
            title=team.name,
            icon=team.icon,
            cases=still.filter(team=team),
            tally=kept.filter(team_id=team.pk),
        )
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


@dataclass(frozen=True, slots=True)
class Count:
    """How many; `more` when there are more than that."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        if self.number > SHOWN_UP_TO:
            return f"{SHOWN_UP_TO}+"
        return f"{self.number}+" if self.more else str(self.number)


def count(sets: Mapping[str, Counted]) -> dict[str, Count]:
    """How many cases each set has, in one statement: exact where they are kept, else up to
    COUNT_UP_TO."""
    return count_beside(sets, ())[0]


def count_beside(
    sets: Mapping[str, Counted], others: Sequence[Rows]
) -> tuple[dict[str, Count], dict[str, int]]:
    """The same, and what else can be summed up by labels, still in one statement."""
    rows = [*(_rows(label, counted) for label, counted in sets.items()), *others]
    found = Counter[str]()
    for label, number in rows[0].union(*rows[1:], all=True) if rows else ():
        found[label] += number
    counts = {label: _limited(found[label], counted) for label, counted in sets.items()}
    return counts, {label: found[label] for label in found.keys() - counts.keys()}


def _rows(label: str, counted: Counted) -> Rows:
    name = Value(label, output_field=CharField())
    if isinstance(counted, TallyQuerySet):
        by_name = counted.annotate(label=name).order_by().values("label")
        return by_name.annotate(n=Coalesce(Sum("number"), 0)).values_list("label", "n")
    one = Value(1, output_field=BigIntegerField())
    cases = counted.annotate(label=name, n=one).order_by()
    return cases.values_list("label", "n")[: COUNT_UP_TO + 1]


def _limited(number: int, counted: Counted) -> Count:
    if isinstance(counted, TallyQuerySet) or number <= COUNT_UP_TO:
        return Count(number)
    return Count(COUNT_UP_TO, more=True)
