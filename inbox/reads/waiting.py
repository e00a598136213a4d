"""Who waits how long, in the hours of the team that works the case.

The rows carry the edition of the rules, so that calendars are read anew only when one changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from clocks.hours import every_team
from conversations.models import Agent, Case
from conversations.models.case import most_urgent
from conversations.models.target import edition
from inbox.reads.clocks import Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersWait:
    """A customer's own clock: that of the open case with the earliest target."""

    case: Case
    wait: Wait


def of_case(case: Case, at: int) -> Wait | None:
    """By the edition `at` of the rules."""
    if case.waiting_since is None:
        return None
    return Wait(
        since=case.waiting_since,
        due=case.reply_due_at,
        now=timezone.now(),
        hours=every_team(at).of(case.team_id),
    )


def of_customer(conversation_id: int, agent: Agent) -> CustomersWait | None:
    """As far as the agent may see the customer's cases."""
    seen = Case.objects.visible_to(agent).filter(conversation=conversation_id)
    case = seen.most_urgent().annotate(edition=edition()).first()
    return _of(case, case.edition) if case else None  # type: ignore[attr-defined]  # annotated


def of_known(cases: Iterable[Case], at: int) -> CustomersWait | None:
    """Of a customer all of whose cases are at hand."""
    case = most_urgent(cases)
    return _of(case, at) if case else None


def _of(case: Case, at: int) -> CustomersWait | None:
    wait = of_case(case, at)
    return CustomersWait(case=case, wait=wait) if wait else None
