"""The Sent folder: an answer from a mail program counts, and private mail stays private."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.db import connections
from django.test import Client

from channels_email import edge, listen
from channels_email.config import config_of
from channels_email.imap import Session
from channels_email.mailbox import Reader
from channels_email.models import EmailAccount, Mailbox
from channels_email.sent import SentReader
from conversations.models import Agent, Blob, Case, Channel, Delivery, Message, Receipt
from conversations.services import intake, pass_on, status
from tests.channels_email.dovecot import Dovecot
from tests.channels_email.mails import mail
from tests.channels_email.post import deliver
from tests.people import answer

pytestmark = pytest.mark.dovecot
OURS = "support@kalma.example"
ANA = "Ana Ruiz <ana@client.example>"
Put = Callable[..., None]


@pytest.fixture
def put(dovecot: Dovecot, mailbox_user: str, imap_account: EmailAccount) -> Put:
    """Put mails into the Sent folder, which the hub has met before."""
    dovecot.append(mailbox_user, folder="Sent")
    look(imap_account)

    def add(*bodies: bytes) -> None:
        dovecot.append(mailbox_user, *bodies, folder="Sent")

    return add


@contextlib.contextmanager
def readers(account: EmailAccount) -> Iterator[tuple[Reader, SentReader | None, Session]]:
    reader = Reader(config_of(account), account.channel, uuid.uuid4())
    assert reader.lease()
    with Session.open(reader.config.imap) as session:
        sent = SentReader.beside(reader, session)
        yield reader, sent, session
        if sent is not None:
            sent.release()
    reader.release()


def look(account: EmailAccount) -> None:
    """One look at the Sent folder; what was stored is understood."""
    with readers(account) as (_inbox, sent, session):
        if sent is not None:
            sent.visit(session)
    for receipt in Receipt.objects.filter(state="stored"):
        assert intake.process(receipt.pk).state == "processed"


def reply_to(message: Message, text: str = "It is on its way.", **said: str) -> bytes:
    said.setdefault("sender", OURS)
    said.setdefault("to", ANA)
    said.setdefault("in_reply_to", message.message_id)
    return mail(text, subject="Re: My chair", **said)


def ours() -> Message:
    return Message.objects.select_related("case", "agent").get(code="from_mailbox")


def test_an_answer_from_a_mail_program_is_ours_and_ends_the_wait(
    imap_account: EmailAccount, support: Channel, put: Put
) -> None:
    asked = deliver(support, sender=ANA)
    assert asked.case.waiting_since
    put(reply_to(asked))
    look(imap_account)
    sent = ours()
    assert (sent.case_id, sent.text) == (asked.case_id, "It is on its way.")
    assert sent.is_outbound
    assert sent.is_system
    assert sent.author_name == OURS
    assert sent.sorted_at >= asked.sorted_at
    assert sent.case.waiting_since is None
    assert not Delivery.objects.exists()
    back = deliver(support, sender="Ana <ana@other.example>", in_reply_to=sent.message_id)
    assert back.case_id == asked.case_id


@pytest.mark.parametrize(
    "sender", ["Priya <priya@staff.example>", "Priya Nair <support@kalma.example>"]
)
def test_its_author_is_the_agent_with_that_address_or_name(
    imap_account: EmailAccount, support: Channel, put: Put, priya: Agent, sender: str
) -> None:
    asked = deliver(support, sender=ANA)
    put(reply_to(asked, sender=sender))
    look(imap_account)
    sent = ours()
    assert (sent.agent, sent.case.assignee) == (priya, priya)


def test_what_goes_to_a_third_party_is_no_answer_to_the_customer(
    imap_account: EmailAccount, support: Channel, put: Put, priya: Agent
) -> None:
    asked = deliver(support, sender=ANA)
    EmailAccount.objects.update(smtp_host="127.0.0.1", smtp_port=1, smtp_security="none")
    parts = "supplier@parts.example"
    asking = pass_on.send(
        case_id=asked.case_id, agent=priya, to=[parts], text="Legs?", client_id=uuid.uuid4()
    )
    said = deliver(support, sender=parts, in_reply_to=asking.message_id)
    put(reply_to(said, "Four of them.", to=parts))
    look(imap_account)
    sent = ours()
    assert (sent.case_id, sent.text) == (asked.case_id, "Four of them.")
    assert sent.is_aside
    assert sent.case.waiting_since == asked.sorted_at


def test_private_mail_is_never_stored(
    imap_account: EmailAccount, support: Channel, put: Put
) -> None:
    asked = deliver(support, sender=ANA)
    before = (Receipt.objects.count(), Blob.objects.count())
    put(
        mail("Dear diary", sender=OURS, to="Ben <ben@friend.example>"),
        mail("x", sender=OURS, to="ben@friend.example", in_reply_to="<unknown@friend.example>"),
        mail(
            "Look at this",
            sender=OURS,
            to="ben@friend.example",
            subject="Fwd: My chair",
            references=asked.message_id,
        ),
        reply_to(asked, auto_submitted="auto-replied"),
    )
    look(imap_account)
    assert (Receipt.objects.count(), Blob.objects.count()) == before


def test_copies_of_what_the_hub_sent_are_dropped(
    connected: EmailAccount, imap_account: EmailAccount, support: Channel, put: Put, priya: Agent
) -> None:
    asked = deliver(support, sender=ANA)
    sent = answer(Case.objects.get(pk=asked.case_id), priya)
    put(
        reply_to(asked, message_id=sent.message_id),
        reply_to(asked, x_omnihub_loop="hub.example"),
    )
    look(imap_account)
    assert not Message.objects.filter(code="from_mailbox").exists()
    assert Receipt.objects.count() == 1


def test_a_mail_to_a_customer_goes_into_the_open_case_or_is_a_resolved_one(
    imap_account: EmailAccount, support: Channel, put: Put, priya: Agent
) -> None:
    asked = deliver(support, sender=ANA)
    put(mail("By the way", sender=OURS, to=ANA))
    look(imap_account)
    assert ours().case_id == asked.case_id
    status.resolve(case_id=asked.case_id, agent=priya)
    Case.objects.update(resolved_at=datetime.now(UTC) - timedelta(days=30))
    put(mail("A new offer", sender=OURS, to=ANA, subject="Spring"))
    look(imap_account)
    case = Case.objects.exclude(pk=asked.case_id).get()
    assert (case.status, case.topic) == ("resolved", "Spring")
    assert case.conversation == asked.conversation


def test_it_reopens_nothing(
    imap_account: EmailAccount, support: Channel, put: Put, priya: Agent
) -> None:
    asked = deliver(support, sender=ANA)
    status.resolve(case_id=asked.case_id, agent=priya)
    put(reply_to(asked))
    look(imap_account)
    assert ours().case_id == asked.case_id
    assert ours().case.status == "resolved"


def test_what_it_answers_may_be_understood_later(
    imap_account: EmailAccount, support: Channel, put: Put
) -> None:
    body = mail(sender=ANA, message_id="<q1@client.example>")
    receipt = edge.keep(support, body, door="hook", wakes=False)
    put(mail("On its way", sender=OURS, to=ANA, in_reply_to="<q1@client.example>"))
    with readers(imap_account) as (_inbox, sent, session):
        assert sent is not None
        sent.visit(session)
        assert Receipt.objects.count() == 1
        intake.process(receipt.pk)
        sent.visit(session)
    assert Receipt.objects.count() == 2
    look(imap_account)
    assert ours().case.waiting_since is None
    assert Mailbox.objects.get(folder="Sent").pending_uids == []


def test_it_stands_where_it_was_sent_and_never_before_its_question(
    imap_account: EmailAccount, support: Channel, put: Put
) -> None:
    asked = deliver(support, sender=ANA)
    before, ahead = (format_datetime(asked.sorted_at + timedelta(days=d)) for d in (-2, 9))
    put(reply_to(asked, date=before), reply_to(asked, "Later", date=ahead))
    look(imap_account)
    times = Message.objects.filter(code="from_mailbox").values_list("sorted_at", flat=True)
    assert min(times) == asked.sorted_at
    assert max(times) <= datetime.now(UTC)
    listed = [m.pk for m in Message.objects.filter(kind="message").in_order()]
    assert listed[0] == asked.pk


def test_what_is_passed_on_to_another_customer_is_theirs(
    imap_account: EmailAccount, support: Channel, put: Put
) -> None:
    asked = deliver(support, sender=ANA)
    other = deliver(support, sender="Bo <bo@client.example>")
    put(reply_to(asked, to="bo@client.example"))
    look(imap_account)
    assert ours().case_id == other.case_id
    asked.case.refresh_from_db()
    assert asked.case.waiting_since


@pytest.mark.parametrize(
    ("folder", "configured"), [("Outgone", ""), ("Gesendete Elemente", ""), ("Mine", "Mine")]
)
def test_finds_the_folder_by_use_by_name_or_as_told(
    imap_account: EmailAccount,
    dovecot: Dovecot,
    mailbox_user: str,
    folder: str,
    configured: str,
) -> None:
    imap_account.sent_folder = configured
    imap_account.save()
    dovecot.append(mailbox_user, folder=folder)
    with readers(imap_account) as (_inbox, sent, _session):
        assert sent is not None
        assert sent.config.folder == folder


def test_reads_none_where_it_is_switched_off_or_missing(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    with readers(imap_account) as (_inbox, sent, _session):
        assert sent is None
    dovecot.append(mailbox_user, folder="Sent")
    imap_account.reads_sent = False
    imap_account.save()
    with readers(imap_account) as (_inbox, sent, _session):
        assert sent is None


def test_agents_see_that_it_came_from_a_mail_program(
    imap_account: EmailAccount, support: Channel, put: Put, priya: Agent, client: Client
) -> None:
    asked = deliver(support, sender=ANA)
    put(reply_to(asked))
    look(imap_account)
    client.force_login(priya)
    page = client.get(f"/inbox/c/{asked.case_id}/", follow=True).content.decode()
    assert "Sent from a mail program" in page


@pytest.mark.django_db(transaction=True)
def test_the_listener_reads_both_folders(
    imap_account: EmailAccount,
    dovecot: Dovecot,
    mailbox_user: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listen, "POLL_EVERY", 0.5)
    dovecot.append(mailbox_user, folder="Sent")
    stop = threading.Event()
    thread = threading.Thread(target=listen.watch, args=(config_of(imap_account), stop.is_set))
    thread.start()
    try:
        wait_for(lambda: Mailbox.objects.filter(folder="Sent", uidvalidity__gt=0).exists())
        body = mail(sender=ANA, message_id="<q2@client.example>")
        dovecot.append(mailbox_user, body)
        wait_for(lambda: Receipt.objects.count() == 1)
        intake.process(Receipt.objects.get().pk)
        dovecot.append(
            mailbox_user,
            mail("On its way", sender=OURS, to=ANA, in_reply_to="<q2@client.example>"),
            folder="Sent",
        )
        wait_for(lambda: Receipt.objects.count() == 2)
    finally:
        stop.set()
        thread.join(20)
        connections.close_all()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_folder_that_goes_away_does_not_stop_the_inbox(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    dovecot.append(mailbox_user, folder="Sent")
    with readers(imap_account) as (inbox, sent, session):
        assert sent is not None
        with dovecot.client(mailbox_user) as client:
            client.delete_folder("Sent")
        sent.visit(session)
        inbox.begin(session)
        dovecot.append(mailbox_user, mail())
        assert inbox.read_live(session) == 1


@pytest.mark.parametrize("sender", [OURS, "Priya Nair <priya@staff.example>"])
@pytest.mark.parametrize("is_sent_first", [True, False])
def test_what_comes_by_cc_as_well_is_one_message(
    imap_account: EmailAccount,
    put: Put,
    priya: Agent,
    sender: str,
    is_sent_first: bool,
) -> None:
    support = imap_account.channel
    asked = deliver(support, sender=ANA)
    body = reply_to(asked, sender=sender, cc=OURS, message_id="<a1@staff.example>")

    def by_cc() -> None:
        intake.process(edge.keep(support, body, door="hook", wakes=False).pk)

    def by_sent_folder() -> None:
        put(body)
        look(imap_account)

    ways = [by_sent_folder, by_cc] if is_sent_first else [by_cc, by_sent_folder]
    for way in ways:
        way()
    sent = ours()
    assert Message.objects.filter(kind="message").count() == 2
    assert sent.agent == (None if sender == OURS else priya)
    assert sent.case.waiting_since is None
    assert not sent.case.participants.exists()
