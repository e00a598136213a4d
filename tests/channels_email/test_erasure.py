"""A customer with a long life in real mail is erased: nothing of them is found, or comes back."""

import base64
import json
import uuid
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from pytest_django import Settings

from channels_email import edge
from channels_email.models import EmailAccount
from conversations import outbox, receipts
from conversations.models import (
    Agent,
    Case,
    Channel,
    ClockTimestamp,
    Customer,
    Delivery,
    Erasure,
    Message,
    Participant,
    Rearrangement,
    Receipt,
    Role,
    SavedView,
    Team,
)
from conversations.services import (
    bulk,
    drafts,
    erasure,
    intake,
    merge_customers,
    notes,
    part_customers,
    participants,
    pass_on,
    redaction,
    status,
)
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver
from tests.people import answer, make_agent
from tests.traces import CANARY, found_in_the_database, found_in_the_store, found_in_valkey

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "zebrafinch@post.example"
THEM = f"{CANARY} <{CANARY}@Post.example>"
SAM = "Sam <sam@post.example>"
LARGE = "x" * 100_000
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example>"


@pytest.fixture(autouse=True)
def own_store(settings: Settings, tmp_path: Path) -> None:
    """Without the files that other tests left."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def lena(team: Team) -> Agent:
    return make_agent("Lena Brandt", team, role=Role.ADMIN)


@pytest.fixture
def door(connected: EmailAccount) -> Channel:
    return connected.channel


@pytest.fixture
def own(door: Channel, priya: Agent, lena: Agent) -> Case:
    """Their own thread: an answer, its bounce, a note that calls, a job, something redacted."""
    first = deliver(door, mail(f"I am {CANARY}", sender=THEM, subject=f"The {CANARY} case"))
    case = first.case
    sent(answer(case, priya, f"Dear {CANARY}").deliveries.get())
    bounce(door, case.messages.latest("id").message_id)
    notes.add(case_id=case.pk, agent=priya, text=f"@Lena see {CANARY}", client_id=uuid.uuid4())
    redacted = deliver(door, mail(f"My card of {CANARY}", sender=THEM))
    redaction.redact(message_id=redacted.pk, agent=lena, cause=f"Card of {CANARY}")
    job = bulk.start(
        agent=priya, action="tag", params={"name": "birds"},
        cases=Case.objects.filter(pk=case.pk), client_id=uuid.uuid4(),
    )  # fmt: skip
    bulk.run(job.pk)
    pass_on.send(
        case_id=case.pk, agent=priya, to=["supplier@parts.example"], text=f"{CANARY} asks",
        message_ids=[first.pk], client_id=uuid.uuid4(),
    )  # fmt: skip
    SavedView.objects.create(name="Them", owner=priya, queue="all", query=f"q={ADDRESS}")
    return case


def sent(delivery: Delivery) -> None:
    assert outbox.deliver(delivery.pk) == "sent"


def bounce(door: Channel, quoting: str) -> Receipt:
    words = f"Sorry.\n\n<{ADDRESS}>:\nRemote host said: 550 5.1.1 no such user\n"
    quoted = f"\n--- Original message follows.\nReceived: from us\nMessage-ID: {quoting}\n"
    body = mail(words + quoted, sender=DAEMON, subject="failure notice")
    return intake.process(edge.keep(door, body, door="hook", wakes=False).pk)


def erase(case: Case, agent: Agent) -> None:
    number = Case.objects.get(pk=case.pk).conversation.customer_id
    for delivery in Delivery.objects.filter(state="queued"):
        outbox.deliver(delivery.pk)
    erasure.ask(customer_id=number, agent=agent, cause=f"Letter of {CANARY}, {ADDRESS}")
    Erasure.objects.update(due_at=ClockTimestamp())
    assert erasure.sweep() == 1


def nothing_is_left() -> None:
    assert found_in_the_database() == []
    assert found_in_the_store() == []
    assert found_in_valkey() == []


def test_their_own_thread_goes(own: Case, lena: Agent) -> None:
    assert len(found_in_the_database()) > 10
    erase(own, lena)
    nothing_is_left()


@pytest.fixture
def others(own: Case, door: Channel, priya: Agent) -> Case:
    """Sam's case: they were in Cc, wrote, were accepted, answered, bounced and opened it again."""
    sam = deliver(door, mail("My lamp", sender=SAM, cc=f"=?utf-8?q?{CANARY}?= <{ADDRESS.upper()}>"))
    quoting = mail(f"{CANARY} says", sender=THEM, in_reply_to=sam.message_id, subject="My lamp")
    deliver(door, quoting)
    case = Case.objects.get(pk=sam.case_id)
    person = Participant.objects.get(case=case)
    participants.accept(case_id=case.pk, participant_id=person.pk, agent=priya)
    out = answer(case, priya, "To you both", to=["sam@post.example"], cc=[ADDRESS])
    sent(out.deliveries.get())
    bounce(door, out.message_id)
    status.resolve(case_id=case.pk, agent=priya)
    deliver(door, mail(f"{CANARY} again", sender=THEM, in_reply_to=out.message_id))
    assert Case.objects.get(pk=case.pk).status == "open"
    drafts.save(
        case_id=case.pk, agent=priya, kind="aside", text="", fields={"to": [ADDRESS]}, version=0
    )
    return case


def test_their_part_in_others_threads_goes(own: Case, others: Case, lena: Agent) -> None:
    erase(own, lena)
    nothing_is_left()
    said = Case.objects.get(pk=others.pk).messages.filter(kind="message", identity__isnull=False)
    assert [message.text for message in said.order_by("id")] == ["My lamp", "", ""]


def test_others_mail_that_names_them_may_come_again(
    own: Case, others: Case, door: Channel, lena: Agent
) -> None:
    raw = others.messages.earliest("id").receipt
    assert raw is not None
    body = bytes(raw.blob.read())
    erase(own, lena)
    receipts.record(door, "imap:INBOX:2:1", body, wakes=False)
    longer = b"Received: by another way\r\n" + body
    receipts.record(door, "imap:INBOX:2:2", longer, wakes=False)
    for receipt in Receipt.objects.filter(state="stored"):
        intake.process(receipt.pk)
    nothing_is_left()
    assert Case.objects.filter(conversation=others.conversation_id).count() == 1
    assert others.messages.filter(text="My lamp").count() == 1


def test_a_merge_that_was_taken_apart_names_nobody(
    own: Case, door: Channel, priya: Agent, lena: Agent
) -> None:
    kim = deliver(door, mail("Hello", sender="Kim <kim@post.example>")).case
    for _ in range(2):
        merge_customers.merge(
            case_id=kim.pk, agent=priya, other_case_id=own.pk, cause=f"Both are {CANARY}"
        )
        entry = Rearrangement.objects.latest("id")
        part_customers.undo(rearrangement_id=entry.pk, agent=priya)
    erase(own, lena)
    nothing_is_left()
    assert Customer.objects.filter(name="Kim").exists()


def test_what_was_set_aside_goes(own: Case, door: Channel, lena: Agent) -> None:
    said = {
        "event": json.dumps({"recipient": f"{CANARY.upper()}@post.example"}),
        "escaped": json.dumps({"to": ADDRESS}).replace("@", "\\u0040"),
        "form": urlencode({"recipient": ADDRESS}),
        "printable": f"To: =?utf-8?q?{ADDRESS.replace('@', '=40')}?=",
        "base64": base64.encodebytes(f"Dear {THEM}, hello".encode()).decode(),
    }
    for key, body in said.items():
        receipts.record(door, key, body.encode(), wakes=False)
    receipts.record(door, "envelope", b"{}", envelope={"recipients": [ADDRESS]}, wakes=False)
    Receipt.objects.filter(state="stored").update(
        state="quarantined", reason_words=f"no idea of {ADDRESS}"
    )
    erase(own, lena)
    left = Receipt.objects.exclude(reason_code="erased").values_list("external_id", flat=True)
    assert list(left) == []
    nothing_is_left()


def test_what_an_agent_passed_on_of_them_and_the_house_knows(
    own: Case, door: Channel, priya: Agent, lena: Agent
) -> None:
    passed = f"Look.\n\n---------- Forwarded message ---------\nFrom: {THEM}\nSubject: x\n\nHi\n"
    deliver(door, mail(passed, sender="Priya Nair <priya@staff.example>", subject="Fwd: x"))
    LogEntry.objects.create(
        user=lena, action_flag=2, object_id="1", object_repr="x", change_message=f"To {ADDRESS}",
        content_type=ContentType.objects.get_for_model(Channel),
    )  # fmt: skip
    erase(own, lena)
    kept = Message.objects.get(kind="message")  # what the agent wrote stays, and what quotes it
    assert CANARY in kept.text
    assert not [name for name in found_in_the_database() if name.endswith((".params", "log"))]
    assert not LogEntry.objects.filter(change_message__icontains=CANARY).exists()


def test_a_mail_that_has_yet_to_be_taken_in_is_not_lost(
    own: Case, door: Channel, lena: Agent
) -> None:
    body = mail(f"I know {ADDRESS}", sender=SAM)
    waiting = edge.keep(door, body, door="hook", wakes=False)
    erase(own, lena)
    intake.process(waiting.pk)
    assert Message.objects.get(receipt=waiting).text == f"I know {ADDRESS}"


def test_bytes_that_another_customer_sent_too_stay_when_the_mail_comes_again(
    own: Case, door: Channel, lena: Agent
) -> None:
    first = Receipt.objects.earliest("id")
    body = bytes(first.blob.read())
    kim = deliver(door, mail("See", sender="Kim <kim@post.example>")).case
    held = kim.messages.get(kind="message")
    held.attachments.create(
        blob=first.blob, position=1, name="mail.eml", type="message/rfc822", size=1
    )
    erase(own, lena)
    receipts.record(door, "imap:INBOX:2:1", body, wakes=False)
    intake.process(Receipt.objects.get(external_id="imap:INBOX:2:1").pk)
    assert held.attachments.get().blob.read() == body
