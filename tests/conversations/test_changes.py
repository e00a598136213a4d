"""The thread's revision: every change is a step, and a lost bell is no loss."""

import uuid

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from conversations import events, outbox
from conversations.models import Agent, Change, Channel, Conversation
from conversations.services import notes, status
from tests.people import answer, receive

pytestmark = pytest.mark.django_db


def test_every_change_is_one_step(support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@hey.example").case
    message = answer(case, priya)
    outbox.deliver(message.deliveries.get().pk)
    notes.add(case_id=case.pk, agent=priya, text="Hm", client_id=uuid.uuid4())
    status.resolve(case_id=case.pk, agent=priya)
    conversation = Conversation.objects.get()
    steps = list(Change.objects.order_by("revision").values_list("revision", flat=True))
    assert steps == list(range(1, conversation.revision + 1))
    assert {"message", "delivery", "case"} == set(Change.objects.values_list("kind", flat=True))


def test_a_bell_that_cannot_ring_stops_nothing(
    support: Channel,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    events._bell.cache_clear()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        receive(support, "dana@hey.example")
    events._bell.cache_clear()
    assert Change.objects.exists()
