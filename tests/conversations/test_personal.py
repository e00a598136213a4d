"""Everything about a person: written out whole, or erased: nothing is found or comes back."""

import json
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection
from pytest_django import Settings

from api.models import WebhookEndpoint
from conversations.models import (
    Agent,
    Attachment,
    Blob,
    BlockedSender,
    Case,
    Channel,
    ClockTimestamp,
    Conversation,
    Customer,
    Delivery,
    Erasure,
    Export,
    Identity,
    Message,
    Receipt,
    Role,
    Team,
    Tombstone,
)
from conversations.services import (
    drafts,
    erasure,
    exporting,
    intake,
    merge_customers,
    notes,
    relay,
    split,
    threads,
    traces,
)
from conversations.services.errors import Conflict, Forbidden
from conversations.services.person import Person
from tests.people import answer, make_agent, make_channel, receive, record
from tests.traces import CANARY, found_in_the_database, found_in_the_store, found_in_valkey

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


def erase(case: Case, agent: Agent) -> Erasure:
    asked = erasure.ask(
        customer_id=case.conversation.customer_id, agent=agent, cause="Asked by mail"
    )
    Erasure.objects.update(due_at=ClockTimestamp())
    assert erasure.sweep() == 1
    return Erasure.objects.get(pk=asked.pk)


@pytest.mark.django_db(transaction=True)
def test_of_who_was_erased_nothing_is_found(life: Case, lena: Agent) -> None:
    before = found_in_the_database()
    assert len(before) >= 15, before
    assert found_in_the_store()
    export = _export(life, lena)
    exporting.run(export.pk)
    assert export.path.exists()
    done = erase(life, lena)
    assert done.state == "done"
    assert done.counts["customers"] == 2
    assert found_in_the_database() == []
    assert found_in_the_store() == []
    assert found_in_valkey() == []
    assert not Export.objects.exists()
    assert not export.path.exists()


@pytest.mark.django_db(transaction=True)
def test_others_keep_what_is_theirs(life: Case, lena: Agent) -> None:
    erase(life, lena)
    sam = Case.objects.get()
    said = sam.messages.filter(kind="message").order_by("id")
    assert [(message.text, message.redacted_at is not None) for message in said] == [
        ("My lamp", False), ("", True),
    ]  # fmt: skip
    assert sam.last_preview == "My lamp"
    assert Customer.objects.get().conversation == sam.conversation
    assert Identity.objects.filter(value="sam@post.example").exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_mail_again_brings_nobody_back(
    life: Case, lena: Agent, support: Channel, legal: Team
) -> None:
    first = Receipt.objects.earliest("id")
    body = json.loads(first.blob.read())
    erase(life, lena)
    elsewhere = make_channel(support.team, name="second")
    tries = [(support, body), (elsewhere, body), (elsewhere, {**body, "text": f"{CANARY}!"})]
    for channel, said in tries:
        receipt = record(channel, said)
        intake.process(receipt.pk)
        receipt.refresh_from_db()
        assert (receipt.state, receipt.reason_code) == ("processed", "erased")
    assert found_in_the_database() == []
    assert found_in_the_store() == []
    assert Customer.objects.count() == 1
    assert Tombstone.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_writes_anew_is_somebody_new(life: Case, lena: Agent, support: Channel) -> None:
    erase(life, lena)
    message = receive(support, ADDRESS, "Me again")
    assert message.case.conversation.customer_id > 0
    assert Customer.objects.count() == 2
    assert [m.text for m in Message.objects.filter(identity__value=ADDRESS)] == ["Me again"]


@pytest.mark.django_db(transaction=True)
def test_it_can_be_called_off_until_it_is_done(life: Case, lena: Agent, priya: Agent) -> None:
    number = life.conversation.customer_id
    with pytest.raises(Forbidden):
        erasure.ask(customer_id=number, agent=priya)
    asked = erasure.ask(customer_id=number, agent=lena)
    assert erasure.ask(customer_id=number, agent=lena) == asked
    assert erasure.sweep() == 0
    erasure.call_off(erasure_id=asked.pk, agent=lena)
    Erasure.objects.update(due_at=ClockTimestamp())
    assert erasure.sweep() == 0
    assert Message.objects.filter(text__contains=CANARY).exists()
    done = erase(life, lena)
    with pytest.raises(Conflict):
        erasure.call_off(erasure_id=done.pk, agent=lena)


@pytest.mark.django_db(transaction=True)
def test_a_mail_on_its_way_is_waited_for(life: Case, lena: Agent) -> None:
    Delivery.objects.filter(conversation=life.conversation).update(
        state="sending",
        lease_token=uuid.uuid4(),
        leased_until=ClockTimestamp() + timedelta(hours=1),
    )
    erasure.ask(customer_id=life.conversation.customer_id, agent=lena)
    Erasure.objects.update(due_at=ClockTimestamp())
    assert erasure.sweep() == 0
    Delivery.objects.update(state="sent", lease_token=None, leased_until=None)
    assert erasure.sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_files_go_although_the_process_died_before(
    life: Case, lena: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = erasure.ask(customer_id=life.conversation.customer_id, agent=lena)
    with monkeypatch.context() as patch:
        patch.setattr(erasure, "_let_files_go", lambda _erasure: None)
        erasure.run(asked.pk)
    assert found_in_the_store()
    assert erasure.sweep() == 1
    assert found_in_the_store() == []
    assert Erasure.objects.get(pk=asked.pk).files == []


@pytest.mark.django_db(transaction=True)
def test_a_file_that_somebody_else_sent_too_stays(
    life: Case, lena: Agent, support: Channel
) -> None:
    theirs = receive(support, "kim@post.example", "See", files={"same.txt": LARGE})
    erase(life, lena)
    assert theirs.attachments.get().blob.read() == LARGE.encode()


def _export(case: Case, agent: Agent) -> Export:
    return exporting.ask(thread=case.conversation, agent=agent, client_id=uuid.uuid4())


@pytest.fixture
def export(life: Case, lena: Agent) -> Iterator[Export]:
    asked = _export(life, lena)
    assert exporting.run(asked.pk)
    asked.refresh_from_db()
    yield asked
    asked.path.unlink(missing_ok=True)


@pytest.mark.django_db(transaction=True)
def test_an_export_holds_everything(export: Export) -> None:
    assert export.state == "ready"
    assert (export.done, export.size) == (export.total, export.path.stat().st_size)
    with zipfile.ZipFile(export.path) as found:
        assert found.testzip() is None
        names = found.namelist()
        words = {n: json.loads(found.read(n)) for n in names if n.endswith(".json")}
        files = {n.rpartition("/")[2]: found.read(n) for n in names if n.startswith("files/")}
        raw = [found.read(n) for n in names if n.startswith("raw/")]
    assert len(names) == len(set(names))
    texts = " ".join(str(row["text"]) for row in words["messages.json"])
    for said in (f"I am {CANARY}", f"{CANARY} again", f"Dear {CANARY}", f"{CANARY} is nice",
                 f"{CANARY} v. Kalma"):  # fmt: skip
        assert said in texts
    assert [row["text"] for row in words["elsewhere.json"]] == [f"{CANARY} says it too"]
    assert {row["value"] for row in words["customer.json"]["addresses"]} == {
        ADDRESS, "zebrafinch.two@post.example",
    }  # fmt: skip
    assert words["drafts.json"][0]["text"] == f"To {CANARY}"
    assert files["1-large.txt"] == LARGE.encode()
    assert sum(CANARY.encode() in body for body in raw) >= 5
    secrets = Case.objects.values_list("reply_token", flat=True)
    told = json.dumps([words["cases.json"], words["customer.json"]])
    assert not [token for token in secrets if token in told]


@pytest.mark.django_db(transaction=True)
def test_an_export_goes_on_where_it_was_and_begins_anew_without_its_file(
    life: Case, lena: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 1)
    monkeypatch.setattr(exporting, "SEEN_EVERY", 0.0)
    asked = _export(life, lena)
    for _ in range(3):
        exporting._go_on(asked.pk)
    asked.refresh_from_db()
    assert asked.state == "waiting"
    asked.path.unlink(missing_ok=True)
    Export.objects.update(worked_at=ClockTimestamp() - timedelta(minutes=5))
    exporting.sweep()
    asked.refresh_from_db()
    assert (asked.state, asked.done) == ("ready", asked.total)


@pytest.mark.django_db(transaction=True)
def test_an_export_is_let_go_after_three_days(export: Export) -> None:
    assert export.path.stat().st_mode & 0o077 == 0
    Export.objects.update(expires_at=ClockTimestamp())
    exporting.sweep()
    export.refresh_from_db()
    assert export.state == "expired"
    assert not export.path.exists()


@pytest.mark.django_db(transaction=True)
def test_only_admins_export(life: Case, priya: Agent) -> None:
    with pytest.raises(Forbidden):
        _export(life, priya)
    assert Attachment.objects.exists()
    assert Blob.objects.exists()
    assert Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_bytes_that_somebody_sends_while_they_go_stay(
    life: Case, lena: Agent, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their sender was thanked for them: then they must be there."""
    found: list[Message] = []

    def send() -> None:
        files = {"same.txt": LARGE}
        found.append(receive(support, "kim@post.example", "See", files=files))
        connection.close()

    sender = threading.Thread(target=send)
    unheld, add = erasure._unheld, threads.add

    def slowly(blobs: set[int]) -> list[str]:
        hashes = unheld(blobs)
        sender.start()
        time.sleep(0.5)  # so that it comes to wait for the row that goes
        return hashes

    def add_slowly(*args: Any, **said: Any) -> Message:
        message = add(*args, **said)
        time.sleep(0.5)
        return message

    monkeypatch.setattr(erasure, "_unheld", slowly)
    monkeypatch.setattr(threads, "add", add_slowly)
    erase(life, lena)
    sender.join()
    assert found[0].attachments.get().blob.read() == LARGE.encode()


@pytest.mark.django_db(transaction=True)
def test_an_export_that_is_written_while_they_go_leaves_no_file(
    life: Case, lena: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _export(life, lena)
    delete = erasure._delete

    def write() -> None:
        exporting.run(asked.pk)
        connection.close()

    def after_it_was_written(someone: Person) -> None:
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        delete(someone)

    monkeypatch.setattr(erasure, "_delete", after_it_was_written)
    erase(life, lena)
    assert not asked.path.exists()


@pytest.mark.django_db(transaction=True)
def test_an_export_whose_file_was_torn_begins_anew(
    life: Case, lena: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 1)
    with monkeypatch.context() as patch:
        patch.setattr(exporting, "SEEN_EVERY", 0.0)
        asked = _export(life, lena)
        for _ in range(3):
            exporting._go_on(asked.pk)
    whole = asked.path.read_bytes()
    begun = whole[: whole.index(b"PK\x01\x02")]  # where the next piece is written over
    asked.path.write_bytes(begun + b"PK\x03\x04 half a file")
    assert exporting.run(asked.pk)
    asked.refresh_from_db()
    with zipfile.ZipFile(asked.path) as found:
        assert {"README.txt", "messages.json"} <= set(found.namelist())
    assert (asked.state, asked.done) == ("ready", asked.total)


@pytest.mark.django_db(transaction=True)
def test_rooms_are_told_while_somebody_is_erased(
    life: Case, lena: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay holds changes and waits for threads: the erasure must not wait the other way."""
    WebhookEndpoint.objects.create(name="All", url="https://hooks.example/", agent=lena)
    failures: list[Exception] = []
    wipe = traces.wipe

    def tell() -> None:
        try:
            relay.relay()
        except DatabaseError as error:
            failures.append(error)
        connection.close()

    teller = threading.Thread(target=tell)

    def slowly(someone: Person) -> None:
        teller.start()
        time.sleep(0.5)
        wipe(someone)

    monkeypatch.setattr(traces, "wipe", slowly)
    done = erase(life, lena)
    teller.join()
    assert (done.state, failures) == ("done", [])
    assert relay.relay() == 0
