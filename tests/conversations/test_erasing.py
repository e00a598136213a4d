"""Who was erased is found nowhere, and does not come back."""

import io
import json
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from PIL import Image

from api.models import WebhookEndpoint
from conversations.adapters.messages import File
from conversations.models import (
    Agent,
    Blob,
    Case,
    Channel,
    ClockTimestamp,
    Customer,
    Delivery,
    Erasure,
    Export,
    Identity,
    Look,
    Message,
    Receipt,
    Team,
    Tombstone,
)
from conversations.services import (
    erasure,
    exporting,
    intake,
    looks,
    relay,
    threads,
    traces,
)
from conversations.services.errors import Conflict, Forbidden
from conversations.services.person import Person
from tests.conversations.life import ADDRESS, LARGE, export_of, lena, life, own_store
from tests.people import make_channel, receive, record
from tests.traces import CANARY, found_in_the_database, found_in_the_store, found_in_valkey
from tests.waiting import until_somebody_waits

__all__ = ["lena", "life", "own_store"]

pytestmark = pytest.mark.django_db(transaction=True)


def erase(case: Case, agent: Agent) -> Erasure:
    asked = erasure.ask(
        customer_id=case.conversation.customer_id, agent=agent, cause="Asked by mail"
    )
    Erasure.objects.update(due_at=ClockTimestamp())
    assert erasure.sweep() == 1
    return Erasure.objects.get(pk=asked.pk)


def test_of_who_was_erased_nothing_is_found(life: Case, lena: Agent) -> None:
    before = found_in_the_database()
    assert len(before) >= 15, before
    assert found_in_the_store()
    export = export_of(life, lena)
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


def test_who_writes_anew_is_somebody_new(life: Case, lena: Agent, support: Channel) -> None:
    erase(life, lena)
    message = receive(support, ADDRESS, "Me again")
    assert message.case.conversation.customer_id > 0
    assert Customer.objects.count() == 2
    assert [m.text for m in Message.objects.filter(identity__value=ADDRESS)] == ["Me again"]


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


def test_what_was_made_of_their_pictures_goes_too(
    life: Case, lena: Agent, support: Channel
) -> None:
    both = receive(support, ADDRESS, "See"), receive(support, "kim@post.example", "See")
    for message, sides in zip(both, ((1600, 1200), (1200, 1600)), strict=True):
        made = io.BytesIO()
        Image.effect_noise(sides, 90).save(made, "PNG")
        threads.attach(message, [File(name="a.png", type="", content=made.getvalue())])
        looks.look(message.attachments.get().blob_id)
    hers, his = (Look.objects.get(blob__attachments__message=message) for message in both)
    assert hers.preview is not None
    assert hers.preview.path.exists()
    assert his.preview is not None
    erase(life, lena)
    assert not Look.objects.filter(pk=hers.pk).exists()
    assert not Blob.objects.filter(pk__in=[hers.poster_id or 0, hers.preview.pk]).exists()
    assert not hers.preview.path.exists()
    assert his.preview.path.exists()


def test_a_file_that_somebody_else_sent_too_stays(
    life: Case, lena: Agent, support: Channel
) -> None:
    theirs = receive(support, "kim@post.example", "See", files={"same.txt": LARGE})
    erase(life, lena)
    assert theirs.attachments.get().blob.read() == LARGE.encode()


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
        until_somebody_waits()
        return hashes

    def add_slowly(*args: Any, **said: Any) -> Message:
        message = add(*args, **said)
        time.sleep(0.5)  # what goes may go meanwhile
        return message

    monkeypatch.setattr(erasure, "_unheld", slowly)
    monkeypatch.setattr(threads, "add", add_slowly)
    erase(life, lena)
    sender.join()
    assert found[0].attachments.get().blob.read() == LARGE.encode()


def test_an_export_that_is_written_while_they_go_leaves_no_file(
    life: Case, lena: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = export_of(life, lena)
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
        until_somebody_waits()
        wipe(someone)

    monkeypatch.setattr(traces, "wipe", slowly)
    done = erase(life, lena)
    teller.join()
    assert (done.state, failures) == ("done", [])
    assert relay.relay() == 0
