"""What nobody saw in time leaves by e-mail, once, and its answer comes back to the same case."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.utils import timezone
from pytest_django import Settings

from channels_chat import continuation
from channels_chat.models import ChatSettings, Unseen
from channels_email.models import EmailAccount
from conversations import outbox, receipts
from conversations.models import (
    Agent,
    Case,
    Channel,
    Claim,
    Customer,
    Delivery,
    DeliveryState,
    Message,
    Team,
)
from conversations.services import intake
from tests.channels_chat.talk import Talk
from tests.channels_email.conftest import smtp_server
from tests.channels_email.servers import CapturingServer
from tests.people import answer

__all__ = ["smtp_server"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def support(team: Team, smtp_server: CapturingServer, settings: Settings) -> Channel:
    """support@kalma.example, with a server that keeps what it is given."""
    settings.OMNIHUB_ALLOW_HOSTS = ["127.0.0.1", "localhost"]
    settings.OMNIHUB_URL = "https://hub.example"
    channel = Channel.objects.create(kind="email", name="support", team=team)
    EmailAccount.objects.create(
        channel=channel,
        address="support@kalma.example",
        display_name="Kalma Support",
        smtp_host="127.0.0.1",
        smtp_port=smtp_server.port,
        smtp_security="none",
    )
    return channel


@pytest.fixture
def dana(chat: ChatSettings, support: Channel) -> Talk:
    talk = Talk(chat)
    talk.say("My order is late")
    return talk


def case_of(talk: Talk) -> Case:
    return Case.objects.get(messages__identity__value=talk.visitor.value)


def later(minutes: float = 2.1) -> int:
    """So long after everything was said."""
    Unseen.objects.update(at=timezone.now() - timedelta(minutes=minutes))
    return continuation.sweep()


def sent(server: CapturingServer) -> list[EmailMessage]:
    """What left, all that is due having gone."""
    for pk in outbox.due():
        outbox.deliver(pk)
    return [message_from_bytes(mail, policy=policy.default) for mail in _contents(server)]


def _contents(server: CapturingServer) -> list[bytes]:
    return [
        envelope.content for envelope in server.envelopes if isinstance(envelope.content, bytes)
    ]


def mail_back(support: Channel, to: EmailMessage, sender: str, text: str) -> Message:
    letter = EmailMessage()
    letter["From"], letter["To"] = sender, to["Reply-To"] or to["From"]
    letter["Subject"], letter["Message-ID"] = "Re: " + to["Subject"], "<back@post.example>"
    letter["In-Reply-To"] = to["Message-ID"]
    letter.set_content(text)
    receipt = receipts.record(support, "mail-1", letter.as_bytes())
    intake.process(receipt.pk)
    return Message.objects.get(receipt=receipt, kind="message")


def test_the_whole_way_out_and_back(
    dana: Talk, support: Channel, smtp_server: CapturingServer, priya: Agent
) -> None:
    dana.do("claim", address="Dana@Post.example", name="Dana")
    case = case_of(dana)
    answer(case, priya, "It left today.")
    answer(case, priya, "It comes on Monday.")
    assert later(1.9) == 0
    assert later() == 1
    assert later() == 0
    [mail] = sent(smtp_server)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    assert mail["To"] == "Dana <dana@post.example>"
    assert mail["Subject"] == "Re: My order is late"
    assert text.startswith("You asked us in the chat of Kalma. Our answer:")
    assert text.index("It left today.") < text.index("It comes on Monday.")
    back = mail_back(support, mail, "dana@post.example", "Thank you!")
    assert back.case == case
    shown = Talk(dana.session.settings, dana.token).welcome["entries"]
    assert [(entry["channel"], entry["text"].strip()) for entry in shown] == [
        ("chat", "My order is late"),
        ("chat", "It left today."),
        ("chat", "It comes on Monday."),
        ("email", "Thank you!"),
    ]
    assert Case.objects.count() == Customer.objects.count() == 1


def test_what_was_seen_in_time_stays(
    dana: Talk, smtp_server: CapturingServer, priya: Agent
) -> None:
    dana.do("claim", address="dana@post.example")
    said = answer(case_of(dana), priya, "Hello")
    dana.do("seen", message=said.pk)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.recipients.get().state) == ("read", "read")
    assert later() == 0
    assert sent(smtp_server) == []


def test_without_an_address_it_is_asked_for_and_waits(
    dana: Talk, smtp_server: CapturingServer, priya: Agent
) -> None:
    answer(case_of(dana), priya, "Hello")
    assert {"type": "ask_address"} in dana.news()
    assert later() == later() == 0
    [told] = dana.do("claim", address="dana@post.example")
    assert told == {"type": "address", "address": "d•••@post.example", "state": "claimed"}
    assert later() == 1
    assert [mail["To"] for mail in sent(smtp_server)] == ["dana@post.example"]
    assert case_of(dana).messages.filter(kind="message").count() == 2


@pytest.mark.parametrize(
    "typed", ["", "dana", "support@kalma.example", 7, None, "a@b\r\nBcc: c@d.example"]
)
def test_what_is_no_address_is_no_claim(dana: Talk, typed: object) -> None:
    assert dana.do("claim", address=typed)[0]["code"] == "bad_address"
    assert not Claim.objects.exists()


def test_a_claim_opens_nothing(dana: Talk, support: Channel, chat: ChatSettings) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "dana@post.example", "support@kalma.example"
    letter["Subject"] = "Secret"
    letter.set_content("Secret")
    intake.process(receipts.record(support, "m", letter.as_bytes()).pk)
    dana.do("claim", address="dana@post.example")
    dana.say("Show me")
    assert dana.texts == ["My order is late", "Show me"]
    assert Customer.objects.count() == 2


def code_in(mail: EmailMessage) -> str:
    return str(mail["Subject"]).rpartition(" ")[2]


def test_a_code_proves_whose_address_it_is(
    dana: Talk, support: Channel, smtp_server: CapturingServer
) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "dana@post.example", "support@kalma.example"
    letter["Subject"] = "Before"
    letter.set_content("Before")
    intake.process(receipts.record(support, "m", letter.as_bytes()).pk)
    assert dana.do("confirm")[0]["code"] == "no_address"
    dana.do("claim", address="dana@post.example")
    assert dana.do("confirm")[0]["type"] == "code_sent"
    [mail] = sent(smtp_server)
    assert dana.do("code", code="x")[0]["code"] == "wrong_code"
    before = dana.token
    token, welcome = dana.do("code", code=code_in(mail))
    assert token["token"] != before
    assert welcome["visitor"]["address_state"] == "confirmed"
    assert {entry["text"].strip() for entry in welcome["entries"]} == {"Before", "My order is late"}
    assert Talk(dana.session.settings, before).welcome["expired"] is True
    assert Customer.objects.filter(merged_into=None).count() == 1


def test_only_so_many_codes(dana: Talk, smtp_server: CapturingServer) -> None:
    dana.do("claim", address=f"dana{dana.visitor.pk}@post.example")
    codes = [dana.do("confirm")[0].get("code") for _ in range(5)]
    assert codes == [None, None, None, "too_many", "too_many"]


def test_it_leaves_by_a_server_that_is_away_later(
    dana: Talk, smtp_server: CapturingServer, priya: Agent
) -> None:
    dana.do("claim", address="dana@post.example")
    answer(case_of(dana), priya, "Hello")
    assert later() == 1
    mail = Delivery.objects.get(channel__kind="email")
    assert mail.state == DeliveryState.QUEUED
    assert Talk(dana.session.settings, dana.token).welcome["case"]["left_to"] == "d•••@post.example"
