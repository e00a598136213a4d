"""Taken out for good: of the thread, the search, the store, the raw mail, and what comes again."""

import pytest
from django.test import Client
from pytest_django import Settings

from conversations import outbox
from conversations.models import (
    Agent,
    Attachment,
    Blob,
    Case,
    Channel,
    Delivery,
    Message,
    Receipt,
    Recipient,
)
from conversations.services import intake, tags
from tests.people import answer, receive, record
from tests.traces import CANARY, found_in_the_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(support: Channel) -> Message:
    return receive(
        support, "dana@post.example", f"My card is {CANARY}", subject=f"Card {CANARY}",
        id="one@mail.example", files={"card.txt": f"file {CANARY}", "other.txt": "harmless"},
    )  # fmt: skip


def redact(desk: Client, message: Message, **said: object) -> str:
    url = f"/inbox/c/{message.case_id}/m/{message.pk}/redact"
    data = {"number": message.case_id, "cause": "a card number", **said}
    return desk.post(url, data, follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_is_found_nowhere_any_more(desk: Client, message: Message) -> None:
    assert len(found_in_the_database()) >= 4
    page = redact(desk, message)
    assert "Redacted by Priya" in page
    assert "a card number" in page
    assert found_in_the_database() == []
    assert not Attachment.objects.exists()
    assert Receipt.objects.get().blob.pruned_at is not None


def test_no_case_is_called_by_what_went(desk: Client, message: Message, support: Channel) -> None:
    other = receive(support, "dana@post.example", "When will it\nbe mended?")
    assert other.case == message.case
    redact(desk, message)
    assert Case.objects.get().topic == "When will it"
    redact(desk, other)
    assert Case.objects.get().topic == "…"


@pytest.mark.django_db(transaction=True)
def test_one_file_goes_and_the_rest_stays(desk: Client, message: Message) -> None:
    file = message.attachments.get(name="card.txt")
    page = redact(desk, message, what=file.pk)
    assert "Priya redacted a file" in page
    assert CANARY in page, "the words stay"
    assert [a.name for a in Attachment.objects.all()] == ["other.txt"]
    assert Blob.objects.get(pk=file.blob_id).content is None
    assert Receipt.objects.get().blob.pruned_at is not None
    assert Message.objects.get(pk=message.pk).file_names == "other.txt"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_key_replaced", [False, True])
def test_the_same_mail_again_brings_nothing_back(
    desk: Client, message: Message, support: Channel, settings: Settings, *, is_key_replaced: bool
) -> None:
    redact(desk, message)
    if is_key_replaced:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another"
    said = {
        "from": "dana@post.example", "text": f"My card is {CANARY}", "id": "one@mail.example",
        "subject": f"Card {CANARY}",
        "files": {"card.txt": f"file {CANARY}", "other.txt": "harmless"},
    }  # fmt: skip
    intake.process(record(support, said).pk)
    assert found_in_the_database() == []
    assert Message.objects.filter(kind="message").count() == 1


def test_other_words_under_its_id_are_heard(
    desk: Client, message: Message, support: Channel
) -> None:
    redact(desk, message)
    receive(support, "dana@post.example", "Something else", id="one@mail.example")
    assert Message.objects.filter(text="Something else").exists()


def test_what_has_not_gone_out_does_not_go(desk: Client, message: Message, priya: Agent) -> None:
    sent = answer(message.case, priya, f"Your card {CANARY}")
    redact(desk, sent)
    delivery = Delivery.objects.get()
    assert delivery.state == "cancelled"
    assert outbox.deliver(delivery.pk) is None
    case = Case.objects.get()
    assert case.last_preview != f"Your card {CANARY}"
    assert case.waiting_since == message.sorted_at


@pytest.mark.parametrize("number", ["", "0", "yes"])
def test_wants_the_case_s_number(desk: Client, message: Message, number: str) -> None:
    assert "Nothing was redacted" in redact(desk, message, number=number)
    assert Message.objects.get(pk=message.pk).redacted_at is None


def test_once_is_enough_and_lines_are_no_words(
    desk: Client, message: Message, priya: Agent
) -> None:
    redact(desk, message)
    assert "redacted already" in redact(desk, message)
    tags.replace(case_id=message.case_id, agent=priya, names=["x"])
    line = Message.objects.filter(kind="activity").latest("id")
    assert "nothing to redact" in redact(desk, line)


def test_what_failed_and_was_redacted_is_not_sent_again(
    desk: Client, message: Message, priya: Agent
) -> None:
    sent = answer(message.case, priya, f"Your card {CANARY}")
    Delivery.objects.update(state="failed")
    Recipient.objects.update(state="failed")
    page = redact(desk, sent)
    delivery = Delivery.objects.get()
    url = f"/inbox/c/{message.case_id}/deliveries/{delivery.pk}/send-again"
    assert url not in page
    assert "redacted already" in desk.post(url, follow=True).content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "failed"
