"""Counters that are kept say at every moment what counting would."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from conversations.models import Agent, Case, Channel, Role, Tally, Team
from conversations.services import assignment, queues, status
from conversations.services.errors import Refused
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


def counted() -> Counter[tuple[object, ...]]:
    rows = Case.objects.standing().values_list("team_id", "assignee_id", "status", "waiting_since")
    return Counter((team, who, state, since is not None) for team, who, state, since in rows)


def kept() -> Counter[tuple[object, ...]]:
    names = ("team_id", "assignee_id", "status", "is_waiting")
    rows = Tally.objects.values_list(*names).annotate(n=Sum("number"))
    return Counter({tuple(key): number for *key, number in rows if number})


def test_they_follow_whatever_happens(
    support: Channel, warranty: Team, priya: Agent, marco: Agent
) -> None:
    warranty.members.add(priya)
    chance = random.Random(7)  # the same every time
    for n in range(30):
        case = receive(support, f"c{n % 12}@out.example", subject=f"Topic {n}").case
        of_it: dict[str, Any] = {"case_id": case.pk, "agent": priya}
        acts: list[Callable[[], object]] = [
            partial(answer, case, priya),
            partial(status.resolve, **of_it),
            partial(status.mark_spam, **of_it),
            partial(assignment.assign, assignee_id=priya.pk, **of_it),
            partial(assignment.move, team_id=warranty.pk, **of_it),
            partial(status.reopen, **of_it),
        ]
        for act in chance.sample(acts, 2):
            with suppress(Refused):
                act()
        if n % 10 == 0:
            Tally.objects.fold()
        assert kept() == counted()
    some = Case.objects.filter(status="open").values("pk")[:3]
    Case.objects.filter(pk__in=some).update(status="snoozed")
    assert kept() == counted()
    assert Tally.objects.fold() > 0
    assert kept() == counted()
    assert Tally.objects.count() == len(counted())
    assert Tally.objects.fold() == 0


def test_what_is_taken_back_was_not_counted(support: Channel) -> None:
    before = kept()
    with transaction.atomic():
        receive(support, "dana@out.example")
        assert kept() != before
        transaction.set_rollback(True)
    assert kept() == before


def test_an_agent_s_counts_are_of_what_they_work(
    support: Channel, warranty: Team, legal: Team, priya: Agent, marco: Agent
) -> None:
    for team, number in ((support.team, 3), (warranty, 2), (legal, 4)):
        channel = support if team == support.team else make_channel(team, name=team.name.lower())
        for n in range(number):
            receive(channel, f"{team.pk}-{n}@out.example")
    lena = make_agent("Lena", role=Role.ADMIN)
    for agent, number in ((priya, 3), (marco, 5), (lena, 9)):
        shown = queues.standard(agent)
        found = queues.count({q.key: of for q in shown if (of := q.counted) is not None})
        assert str(found["all"]) == str(number)
        assert str(found["unassigned"]) == str(number)
        assert queues.find("all", shown).cases.count() == number


def test_more_than_a_hundred_are_told_in_one_statement(support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@out.example").case
    Case.objects.bulk_create(
        Case(
            conversation=first.conversation, team=first.team, opened_at=first.opened_at,
            last_message_at=first.opened_at, waiting_since=first.opened_at,
        )
        for _ in range(150)
    )  # fmt: skip
    queue = queues.find("all", queues.standard(priya))
    assert queue.counted is not None
    with CaptureQueriesContext(connection) as seen:
        found = queues.count({"all": queue.counted, "cases": queue.waiting})
    assert len(seen) == 1
    assert (str(found["all"]), str(found["cases"])) == ("151", "99+")
