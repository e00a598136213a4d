"""A customer with a bit of everything, and a store of one's own to find them in."""

import uuid
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from pytest_django import Settings

from conversations.models import (
    Agent,
    BlockedSender,
    Case,
    Channel,
    Customer,
    Export,
    Message,
    Receipt,
    Role,
    Team,
)
from conversations.services import (
    drafts,
    exporting,
    merge_customers,
    notes,
    split,
)
from tests.people import answer, make_agent, make_channel, receive, record
from tests.traces import CANARY

ADDRESS = "zebrafinch@post.example"
LARGE = "Zebrafinch-file " * 6000


@pytest.fixture(autouse=True)
def own_store(settings: Settings, tmp_path: Path) -> None:
    """Without the files that other tests left."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def lena(team: Team) -> Agent:
    return make_agent("Lena Brandt", team, role=Role.ADMIN)


@pytest.fixture
def life(support: Channel, legal: Team, priya: Agent, lena: Agent) -> Case:
    """A customer with a bit of everything: merged, split, restricted, in others' threads."""
    first = receive(
        support, ADDRESS, f"I am {CANARY}", name=CANARY, subject=f"The {CANARY} case",
        id="z1@mail.example", files={f"{CANARY}.txt": CANARY, "large.txt": LARGE},
    )  # fmt: skip
    case = first.case
    other = receive(support, "zebrafinch.two@post.example", f"{CANARY} again", name=CANARY)
    merge_customers.merge(
        case_id=case.pk, agent=priya, other_case_id=other.case_id, cause=f"Both are {CANARY}"
    )
    case = Case.objects.get(pk=case.pk)
    answer(case, priya, f"Dear {CANARY}")
    notes.add(case_id=case.pk, agent=priya, text=f"{CANARY} is nice", client_id=uuid.uuid4())
    second = receive(support, ADDRESS, f"More of {CANARY}", subject=f"The {CANARY} case")
    split.split(case_id=second.case_id, agent=priya, message_ids=[second.pk], topic=f"{CANARY}!")
    drafts.save(
        case_id=case.pk, agent=priya, kind="message", text=f"To {CANARY}", fields={}, version=0
    )
    counsel = make_channel(legal, name="counsel")
    counsel.is_own_topic = True
    counsel.save()
    receive(counsel, ADDRESS, f"{CANARY} v. Kalma")
    sam = receive(support, "sam@post.example", "My lamp", cc=[ADDRESS]).case
    receive(
        support, ADDRESS, f"{CANARY} says it too", subject="My lamp",
        references=[Message.objects.filter(case=sam).earliest("id").message_id],
    )  # fmt: skip
    record(support, {"broken": ADDRESS}, key="odd")
    Receipt.objects.filter(external_id="odd").update(
        state="quarantined", reason_words=f"no idea of {CANARY}"
    )
    BlockedSender.objects.create(value=ADDRESS)
    customer = Customer.objects.get(conversation=case.conversation_id)
    LogEntry.objects.create(
        user=lena, action_flag=2, object_id=str(customer.pk), object_repr=CANARY,
        content_type=ContentType.objects.get_for_model(Customer), change_message=CANARY,
    )  # fmt: skip
    return case


def export_of(case: Case, agent: Agent) -> Export:
    return exporting.ask(thread=case.conversation, agent=agent, client_id=uuid.uuid4())
