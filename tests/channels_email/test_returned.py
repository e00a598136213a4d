"""Bounces of our own mails: which delivery they mean, what they change, and what they cannot."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_email import edge
from channels_email.models import EmailAccount
from conversations import outbox
from conversations.models import (
    Agent,
    Case,
    Channel,
    Customer,
    Delivery,
    Identity,
    Message,
    Recipient,
)
from conversations.services import deliveries, intake, reply, status
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver
from tests.channels_email.servers import CapturingServer
from tests.people import answer

pytestmark = pytest.mark.usefixtures("connected")
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example>"
UNKNOWN = "Sorry.\n\n<ana@client.example>:\nRemote host said: 550 5.1.1 no such user\n"


def came_back(channel: Channel, words: str = UNKNOWN, quoting: str = "", **said: str) -> Case:
    """A server's mail, taken in; the case that it was put to."""
    quoted = f"\n--- Original message follows.\nReceived: from us\nMessage-ID: {quoting}\n"
    said.setdefault("sender", DAEMON)
    body = mail(words + (quoted if quoting else ""), subject="failure notice", **said)
    receipt = intake.process(edge.keep(channel, body, door="hook", wakes=False).pk)
    assert receipt.state == "processed", receipt.reason_words
    assert receipt.case is not None
    return receipt.case


@pytest.fixture
def sent(support: Channel, priya: Agent) -> Message:
    message = answer(deliver(support).case, priya, "On its way.")
    status.resolve(case_id=message.case_id, agent=priya)
    outbox.deliver(message.deliveries.get().pk)
    return message


def recipient_of(message: Message) -> Recipient:
    return message.deliveries.get().recipients.get()


def obstacle(case: Case) -> str:
    (option,) = reply.options(case=case).channels
    return option.unavailable.code if option.unavailable else ""


def test_a_bounce_marks_its_delivery_and_brings_the_case_back(
    support: Channel, sent: Message
) -> None:
    assert came_back(support, quoting=sent.message_id) == sent.case
    found = recipient_of(sent)
    assert (found.state, found.reason_code) == ("failed", "no_such_mailbox")
    case = Case.objects.get()
    assert (case.status, case.waiting_since is not None) == ("open", True)
    assert Message.objects.filter(kind="message").count() == 2  # the bounce stands in no thread
    assert Customer.objects.count() == 1


def test_a_customers_words_are_seen_whatever_else_their_mail_says(
    support: Channel, sent: Message
) -> None:
    """A report from a customer's own address is believed no less, and shown."""
    said = {"sender": "Ana Ruiz <ana@client.example>", "return_path": "<>"}
    said["content_type"] = 'multipart/report; report-type=delivery-status; boundary="b"'
    body = (
        "--b\n\nPlease call me, it is urgent.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ana@client.example\n"
        "Action: failed\nStatus: 5.1.1\n\n"
    )
    assert came_back(support, body, quoting=sent.message_id, **said) == sent.case
    shown = Message.objects.filter(case=sent.case, kind="message").latest("id")
    assert "Please call me" in shown.text


def test_an_address_that_is_gone_is_known_until_somebody_writes_from_it(
    support: Channel, sent: Message
) -> None:
    case = came_back(support, quoting=sent.message_id)
    assert obstacle(case) == "no_such_mailbox"
    deliver(support, text="Here I am")
    assert obstacle(case) == ""


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("550 5.1.1 no such user", "no_such_mailbox"),
        ("550 no such user here", "no_such_mailbox"),
        ("552 5.2.2 mailbox full", ""),
        ("550 5.7.1 spam", ""),
        ("450 4.1.1 user unknown for now", ""),
    ],
)
def test_an_address_that_is_refused_at_once_is_known_as_one_that_bounced(
    support: Channel, priya: Agent, smtp_server: CapturingServer, said: str, code: str
) -> None:
    smtp_server.moods = {"ana@client.example": said}
    message = answer(deliver(support).case, priya, "On its way.")
    outbox.deliver(message.deliveries.get().pk)
    assert obstacle(message.case) == code
    found = recipient_of(message)
    assert (found.reason_code == "no_such_mailbox") == bool(code)
    assert found.reason_words == said


def test_one_of_two_who_is_refused_at_once_is_known(
    support: Channel, priya: Agent, smtp_server: CapturingServer
) -> None:
    smtp_server.moods = {"ana@client.example": "550 5.1.1 no such user"}
    case = deliver(support).case
    message = answer(case, priya, to=["ana@client.example", "bo@client.example"])
    assert outbox.deliver(message.deliveries.get().pk) == "sent"
    assert obstacle(case) == "no_such_mailbox"


def test_send_again_tries_an_address_that_was_gone(
    support: Channel, sent: Message, priya: Agent, smtp_server: CapturingServer
) -> None:
    case = came_back(support, quoting=sent.message_id)
    delivery = deliveries.send_again(delivery_id=sent.deliveries.get().pk, agent=priya)
    assert outbox.deliver(delivery.pk) == "sent"
    assert (len(smtp_server.envelopes), obstacle(case)) == (2, "")


@pytest.mark.parametrize(
    "words",
    [
        "<ana@client.example>: 552 5.2.2 mailbox full",
        "<ana@client.example>: 550 5.7.1 rejected as spam",
        "<ana@client.example>: 451 4.1.1 try later",
    ],
)
def test_other_failures_say_nothing_about_the_address(
    support: Channel, sent: Message, words: str
) -> None:
    came_back(support, f"Could not be delivered.\n\n{words}\n", quoting=sent.message_id)
    assert recipient_of(sent).state == "failed"
    assert obstacle(sent.case) == ""


def test_without_our_id_the_failed_address_finds_the_delivery_and_ends_no_address(
    support: Channel, sent: Message
) -> None:
    assert came_back(support) == sent.case
    assert recipient_of(sent).state == "failed"
    assert obstacle(sent.case) == ""


def test_an_address_in_two_threads_is_not_guessed_at(
    support: Channel, sent: Message, priya: Agent
) -> None:
    other = deliver(support, sender="Bo <bo@else.example>")
    both = answer(other.case, priya, "You both", cc=["ana@client.example"])
    outbox.deliver(both.deliveries.get().pk)
    kept = came_back(support)
    assert kept not in {sent.case, other.case}
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_what_finds_nothing_is_kept_resolved_in_nobodys_name(support: Channel) -> None:
    first, second = came_back(support), came_back(support, "<bo@x.example>: 550 unknown user")
    assert first == second
    assert (first.status, first.waiting_since, first.team) == ("resolved", None, support.team)
    assert first.messages.filter(origin="bounce").count() == 2
    assert not Identity.objects.filter(kind="email").exists()
    assert Identity.objects.get().is_shared


def test_a_bounce_in_a_customers_name_changes_nothing_of_theirs(support: Channel) -> None:
    case = deliver(support).case
    kept = came_back(support, sender="Ana <ana@client.example>", x_failed_recipients="bo@x.example")
    assert kept != case
    assert Identity.objects.get(value="ana@client.example").customer is not None


def test_a_delayed_mail_stays_sent_and_says_so(
    support: Channel, sent: Message, priya: Agent, client: Client
) -> None:
    words = "THIS IS A WARNING ONLY.\n\n<ana@client.example>: connection timed out\n"
    came_back(support, words, quoting=sent.message_id)
    assert recipient_of(sent).state == "sent"
    assert Case.objects.get().status == "resolved"
    client.force_login(priya)
    page = client.get(reverse("inbox:case", args=["all", sent.case_id])).content.decode()
    assert "Delayed" in page
    assert "has not taken it yet" in page


def test_a_forwarded_address_that_fails_is_the_one_we_wrote_to(
    support: Channel, sent: Message
) -> None:
    came_back(support, "<inside@mx.example>: 550 5.1.1 unknown user\n", quoting=sent.message_id)
    assert recipient_of(sent).state == "failed"


def test_a_report_locks_the_delivery_before_its_recipients(support: Channel, sent: Message) -> None:
    with CaptureQueriesContext(connection) as queries:
        came_back(support, quoting=sent.message_id)
    locks = [q["sql"] for q in queries if "FOR UPDATE" in q["sql"]]
    tables = [sql.partition('FROM "')[2].partition('"')[0] for sql in locks]
    delivery = tables.index("conversations_delivery")
    assert tables.index("conversations_conversation") < delivery
    assert delivery < tables.index("conversations_recipient")


def test_an_old_bounce_of_an_import_marks_nothing(
    support: Channel, sent: Message, account: EmailAccount
) -> None:
    body = mail(UNKNOWN, sender=DAEMON, subject="failure notice")
    receipt = edge.keep(account.channel, body, door="hook", wakes=False)
    receipt.is_history = True
    receipt.save()
    intake.process(receipt.pk)
    assert recipient_of(sent).state == "sent"
