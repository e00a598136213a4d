"""Note what an agent is to be told of, in the transaction that makes it so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from conversations import events
from conversations.models import Agent, Case, ClockTimestamp, Notice, NoticeKind
from conversations.models.notice import ways


def tell(case: Case, kind: NoticeKind, agents: Iterable[int | None], *, at: datetime) -> None:
    """Call under the thread's lock; `at` is its time. Who wants to hear of it by no way at all,
    or was let go, is left out. Open desks are rung after commit."""
    numbers = [number for number in agents if number is not None]
    if not numbers:
        return
    active = Agent.objects.filter(pk__in=numbers, is_active=True)
    told = [agent.pk for agent in active.only("notify") if ways(agent, kind)]
    if told:
        Notice.objects.bulk_create(
            [Notice(agent_id=number, case=case, kind=kind, at=at) for number in told]
        )
        events.told(*told)


def read(*, case: Case, agent: Agent, up_to: datetime) -> None:
    """The agent has the case before them, and read what was said up to this time."""
    about = Notice.objects.standing().filter(agent=agent, case=case)
    now_known = Q(kind__in=[NoticeKind.ASSIGNED, NoticeKind.LATE]) | Q(at__lte=up_to)
    about.filter(now_known).update(settled_at=ClockTimestamp())
