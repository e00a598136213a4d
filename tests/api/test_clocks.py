"""What programs learn of waiting: by case, by list, by customer."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Agent, Case, Channel, Team
from conversations.services import split
from tests.api.test_reads import get, ids
from tests.inbox.test_attention import due
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(support: Channel) -> Case:
    return due(receive(support, "grace@post.example").case, -12)


@pytest.fixture
def near(support: Channel) -> Case:
    return due(receive(support, "dana@post.example").case, 5)


def test_cases_can_be_asked_for_by_their_target(api: Client, late: Case, near: Case) -> None:
    assert ids(api, "cases/", waits="late") == [late.pk]
    assert ids(api, "cases/", waits="soon") == [near.pk]
    assert ids(api, "views/overdue/cases/") == [late.pk]
    assert ids(api, "views/due-soon/cases/") == [near.pk]
    said = get(api, f"cases/{near.pk}/")
    assert said["reply_soon_at"] < said["reply_due_at"]
    assert said["target_passed_at"] is None


def test_a_customers_clock_is_the_earliest_of_the_open_cases(
    api: Client, support: Channel, priya: Agent
) -> None:
    first = receive(support, "dana@post.example").case
    second = receive(support, "dana@post.example")
    done = split.split(case_id=first.pk, agent=priya, message_ids=[second.pk])
    assert done.target
    due(first, 30)
    urgent = due(done.target, 10)
    customer = first.conversation.customer_id
    now = Case.objects.get(pk=urgent.pk)
    assert now.reply_due_at
    assert get(api, f"customers/{customer}/")["reply_due_at"] == iso(now)
    answer(urgent, priya)
    assert get(api, f"customers/{customer}/")["reply_due_at"] == iso(Case.objects.get(pk=first.pk))
    answer(first, priya)
    said = get(api, f"customers/{customer}/")
    assert (said["waiting_since"], said["reply_due_at"]) == (None, None)


def test_a_case_that_the_agent_may_not_see_does_not_show(
    api: Client, support: Channel, legal: Team
) -> None:
    open_one = receive(support, "dana@post.example").case
    Case.objects.filter(pk=open_one.pk).update(
        waiting_since=None, reply_due_at=None, last_message_at=timezone.now() - timedelta(hours=1)
    )
    receive(make_channel(legal, name="counsel"), "dana@post.example")
    assert get(api, f"customers/{open_one.conversation.customer_id}/")["waiting_since"] is None


def iso(case: Case) -> str:
    assert case.reply_due_at
    return case.reply_due_at.isoformat().replace("+00:00", "Z")
