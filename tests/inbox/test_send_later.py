"""An answer that waits for its time: seen, let go, called off, and no answer before it leaves."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations import outbox
from conversations.models import Agent, Case, Channel, Delivery, Draft, Message
from tests.paper import Provider
from tests.people import receive

pytestmark = pytest.mark.django_db

TOMORROW = timedelta(days=1)


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    found = receive(support, "dana@post.example", "Where is it?", name="Dana").case
    Case.objects.update(assignee=priya)
    return found


def write(desk: Client, case: Case, later: object, text: str = "It ships today.") -> str:
    said = {"kind": "message", "text": text, "to": "dana@post.example", "q": "mine"}
    url = f"/inbox/c/{case.pk}/messages"
    page = desk.post(url, {**said, "later": later, "client_id": uuid.uuid4()}, follow=True)
    case.refresh_from_db()
    return page.content.decode()


def put_off(desk: Client, case: Case) -> Message:
    write(desk, case, (timezone.now() + TOMORROW).isoformat())
    return Message.objects.get(case=case, agent__isnull=False, kind="message")


def waits(case: Case) -> bool:
    return Case.objects.filter(pk=case.pk, waiting_since__isnull=False).exists()


def make_due() -> Delivery:
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    return Delivery.objects.get()


def test_is_no_answer_until_it_leaves(desk: Client, case: Case, provider: Provider) -> None:
    since = case.waiting_since
    put_off(desk, case)
    assert waits(case), "Dana has heard nothing yet"
    assert case.waiting_since == since
    assert not outbox.due()
    page = desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()
    assert "Goes out" in page
    assert "Send now" in page
    outbox.deliver(make_due().pk)
    assert not waits(case)
    assert [mail.text for mail in provider.accepted] == ["It ships today."]


def test_the_customer_calls_it_off_by_writing(
    desk: Client, case: Case, support: Channel, provider: Provider
) -> None:
    put_off(desk, case)
    desk.post(f"/inbox/c/{case.pk}/drafts", {"kind": "message", "text": "Begun since"})
    receive(support, "dana@post.example", "It came!")
    assert outbox.deliver(make_due().pk) is None
    assert provider.accepted == []
    assert Draft.objects.get().text == "It ships today.\n\nBegun since"
    page = desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()
    assert "The customer wrote first" in page
    assert "Goes out" not in page


def test_a_stranger_s_words_call_nothing_off(desk: Client, case: Case, support: Channel) -> None:
    put_off(desk, case)
    receive(support, "eve@evil.example", "Hello", tokens=[case.reply_token])
    assert Delivery.objects.get().state == "held"


def test_goes_at_once_when_told(desk: Client, case: Case, provider: Provider) -> None:
    message = put_off(desk, case)
    desk.post(f"/inbox/c/{case.pk}/messages/{message.pk}/send-now")
    assert not waits(case)
    outbox.deliver(Delivery.objects.get().pk)
    assert len(provider.accepted) == 1
    again = desk.post(f"/inbox/c/{case.pk}/messages/{message.pk}/send-now", follow=True)
    assert "Too late" in again.content.decode()


def test_its_author_has_it_back_whoever_calls_it_off(
    desk: Client, case: Case, priya: Agent, marco: Agent
) -> None:
    message = put_off(desk, case)
    other = Client()
    other.force_login(marco)
    url = f"/inbox/c/{case.pk}/messages/{message.pk}/cancel"
    assert other.post(url).status_code == 302
    draft = Draft.objects.get()
    assert (draft.agent, draft.text) == (priya, "It ships today.")
    assert draft.fields["to"] == ["dana@post.example"]


@pytest.mark.parametrize(
    ("later", "says"),
    [("2001-01-01T09:00", "still to come"), ("soon", "not a date"), ("", "not a date"),
     ("9999-01-01T00:00", "more than 400 days")],
)  # fmt: skip
def test_a_time_that_is_none_keeps_the_words(
    desk: Client, case: Case, later: str, says: str
) -> None:
    page = write(desk, case, later, "Do not lose me")
    assert says in page
    assert "Do not lose me" in page
    assert not Delivery.objects.exists()


def test_a_channel_that_is_off_by_then_is_seen(desk: Client, case: Case, support: Channel) -> None:
    put_off(desk, case)
    Channel.objects.update(is_active=False)
    assert outbox.deliver(make_due().pk) == "failed"
    assert waits(case)
    assert "Not delivered" in desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()


def test_is_tried_for_a_whole_day_from_its_time_on(desk: Client, case: Case) -> None:
    put_off(desk, case)
    delivery = Delivery.objects.get()
    assert delivery.created_at == delivery.due_at
