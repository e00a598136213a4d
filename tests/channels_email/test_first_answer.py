"""The automatic first answer: to people, once a day, and never into a loop."""

import email
from email.message import Message as Part

import pytest
from aiosmtpd.smtp import Envelope
from django.forms import model_to_dict
from django.test import Client
from pytest_django import Settings

from channels_email import edge
from channels_email.adapter import EmailAdapter
from channels_email.admin import EmailAccountForm
from channels_email.models import EmailAccount
from conversations import outbox
from conversations.models import Agent, AutomaticAnswer, Case, Channel, Delivery, Message
from conversations.services import intake
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver
from tests.channels_email.servers import CapturingServer
from tests.people import make_channel

WORDS = "Hello {name},\n\nwe have your mail. Your number is {number}."


@pytest.fixture(autouse=True)
def _answering(connected: EmailAccount) -> None:
    connected.has_first_answer = True
    connected.first_answer_en = WORDS
    connected.first_answer_es = "Hola {name}, tenemos tu correo."
    connected.save()


def ours() -> list[Message]:
    return list(Message.objects.filter(kind="message", is_system=True).order_by("id"))


def content_of(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


def sent_by(server: CapturingServer) -> list[Part]:
    """Everything that waits is sent; what the server has got so far."""
    for delivery in Delivery.objects.filter(state="queued").order_by("id"):
        outbox.deliver(delivery.pk)
    return [email.message_from_bytes(content_of(e)) for e in server.envelopes]


def test_a_person_who_opens_a_case_is_told_that_their_mail_arrived(
    support: Channel, smtp_server: CapturingServer
) -> None:
    case = deliver(support).case
    (answer,) = ours()
    assert answer.text == f"Hello Ana Ruiz,\n\nwe have your mail. Your number is {case.number}."
    (sent,) = sent_by(smtp_server)
    assert sent["To"] == "Ana Ruiz <ana@client.example>"
    assert (sent["Auto-Submitted"], sent["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert (sent["Precedence"], sent["X-OmniHub-Loop"]) == ("bulk", "hub.example")
    assert (sent["Subject"], smtp_server.envelopes[0].mail_from) == ("Re: My chair", "<>")


def test_it_is_no_answer_to_whoever_waits(support: Channel, priya: Agent, client: Client) -> None:
    case = deliver(support, text="My chair broke").case
    case.refresh_from_db()
    assert case.waiting_since is not None
    assert case.last_preview == "My chair broke"
    case.reckon_wait()
    assert case.waiting_since is not None
    client.force_login(priya)
    page = client.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert "we have your mail" in page


def test_speaks_the_customers_language(support: Channel) -> None:
    deliver(support, content_language="es-MX")
    assert ours()[0].text == "Hola Ana Ruiz, tenemos tu correo."


def test_a_name_that_is_no_name_is_not_repeated(support: Channel) -> None:
    deliver(support, sender='"Win at https://evil.example/" <ana@client.example>')
    assert ours()[0].text.startswith("Hello,\n")


def test_an_address_is_answered_once_a_day_whatever_it_opens(
    support: Channel, account: EmailAccount
) -> None:
    deliver(support)
    Case.objects.update(status="resolved", resolved_at="2026-01-01T00:00Z", waiting_since=None)
    assert deliver(support, text="Another thing").case.pk != ours()[0].case_id
    assert len(ours()) == 1
    AutomaticAnswer.objects.update(answered_at="2026-01-01T00:00Z")
    Case.objects.update(status="resolved", resolved_at="2026-01-01T00:00Z", waiting_since=None)
    deliver(support, text="A third thing")
    assert len(ours()) == 2


@pytest.mark.parametrize(
    "said",
    [
        {"auto_submitted": "auto-replied"},
        {"auto_submitted": "no"},
        {"list_id": "<news.client.example>"},
        {"list_unsubscribe": "<mailto:off@client.example>"},
        {"precedence": "bulk"},
        {"x_auto_response_suppress": "OOF, AutoReply"},
        {"return_path": "<>"},
        {"sender": "no-reply@client.example"},
        {"sender": "Orders <order-noreply@client.example>"},
        {"sender": "MAILER-DAEMON@mx.example"},
        {"sender": "boss@kalma.example"},
        {"sender": "support@kalma.example"},
    ],
)
def test_nobody_but_people_elsewhere_is_answered(support: Channel, said: dict[str, str]) -> None:
    deliver(support, **said)
    assert ours() == []


def test_neither_history_nor_forged_mail_is_answered(account: EmailAccount) -> None:
    account.authserv_id = "mx.kalma.example"
    account.save()
    forged = (
        b"Authentication-Results: mx.kalma.example; dmarc=fail header.from=client.example\r\n"
        b"Received: from evil by mx.kalma.example with ESMTPS; today\r\n"
    )
    assert deliver(account.channel, forged + mail()).grade == "fail"
    old = edge.keep(account.channel, mail(), door="hook", wakes=False)
    old.is_history = True
    old.save()
    intake.process(old.pk)
    assert ours() == []


def test_off_is_off(support: Channel, account: EmailAccount) -> None:
    EmailAccount.objects.update(has_first_answer=False)
    deliver(support)
    assert ours() == []


def test_a_server_that_wants_a_sender_gets_one(
    support: Channel, smtp_server: CapturingServer
) -> None:
    smtp_server.refuses_null_sender = True
    deliver(support)
    (sent,) = sent_by(smtp_server)
    assert sent["Auto-Submitted"] == "auto-replied"
    assert smtp_server.envelopes[0].mail_from == "support@kalma.example"


def test_an_answering_robot_that_strips_every_mark_is_left_alone(
    support: Channel, smtp_server: CapturingServer
) -> None:
    for number in range(10):
        deliver(support, text=f"Thank you, {number}", sender="robot@other.example", subject="Hi")
        Case.objects.update(status="resolved", resolved_at="2026-01-01T00:00Z", waiting_since=None)
    assert len(sent_by(smtp_server)) == 1


def test_one_conversation_has_no_more_than_twenty_an_hour(support: Channel) -> None:
    for number in range(23):
        AutomaticAnswer.objects.all().delete()
        deliver(support, text=f"Again {number}")
        Case.objects.update(status="resolved", resolved_at="2026-01-01T00:00Z", waiting_since=None)
    assert len(ours()) == 20


def test_two_hubs_wired_to_each_other_fall_silent(
    support: Channel,
    account: EmailAccount,
    smtp_server: CapturingServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each knows its own address and domain alone; what one sends is brought to the other."""
    other = make_channel(support.team, name="other", kind="email")
    EmailAccount.objects.create(
        channel=other,
        address="help@other.example",
        has_first_answer=True,
        first_answer_en="We have it.",
        smtp_host="127.0.0.1",
        smtp_port=smtp_server.port,
        smtp_security="none",
    )
    hubs = {"support@kalma.example": support, "help@other.example": other}

    def bring(to: str, body: bytes) -> None:
        settings.OMNIHUB_URL = f"https://hub.{to.partition('@')[2]}"
        monkeypatch.setattr(EmailAdapter, "own_addresses", lambda _self: frozenset({to}))
        intake.process(edge.keep(hubs[to], body, door="hook", wakes=False).pk)
        sent_by(smtp_server)

    bring("help@other.example", mail("Hi", sender="support@kalma.example"))
    for number in range(10):
        if len(smtp_server.envelopes) <= number:
            break
        envelope = smtp_server.envelopes[number]
        bring(envelope.rcpt_tos[0], content_of(envelope))
    assert 1 <= len(smtp_server.envelopes) <= 2
    assert Case.objects.count() <= 2


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"has_first_answer": "on"}, "Say what the answer is to be."),
        ({"first_answer_en": "Dear {customer.email}"}, "{customer.email} stands for nothing here."),
        ({"has_first_answer": "on", "first_answer_es": "Hola {name}"}, ""),
    ],
)
def test_the_form_takes_no_placeholder_that_means_nothing(
    account: EmailAccount, fields: dict[str, str], error: str
) -> None:
    given = model_to_dict(account) | {"has_first_answer": "", "first_answer_en": ""}
    given |= {"first_answer_es": "", "more_addresses": "", "form_senders": "", **fields}
    form = EmailAccountForm({k: v for k, v in given.items() if v}, instance=account)
    found = [e for name, errors in form.errors.items() if "answer" in name for e in errors]
    assert found == ([error] if error else [])


def test_many_tags_of_one_mailbox_are_one_address(support: Channel) -> None:
    """Whoever writes in another's name cannot fill their mailbox with our answers."""
    for sender in ("Ana@Client.example", "ana+1@client.example", "ana+2+3@client.example"):
        deliver(support, sender=sender)
    assert [m.addressees[0]["address"] for m in ours()] == ["ana@client.example"]
    deliver(support, sender="+ana@client.example")
    assert len(ours()) == 2
