"""Reading a real mailbox: nothing is lost, nothing is stored twice."""

import contextlib
import hashlib
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.db import connections
from imapclient.exceptions import IMAPClientError

from channels_email import listen
from channels_email.adapter import EmailAdapter
from channels_email.config import config_of
from channels_email.imap import ImapFailure, Session
from channels_email.mailbox import LeaseLost, Reader
from channels_email.models import EmailAccount, Mailbox
from conversations import outbox
from conversations.models import Agent, Case, Channel, Message, Receipt
from conversations.services import intake
from tests.channels_email.corpora import mails
from tests.channels_email.dovecot import Dovecot
from tests.channels_email.mails import mail
from tests.channels_email.proxy import Proxy
from tests.channels_email.servers import CapturingServer
from tests.people import answer

pytestmark = pytest.mark.dovecot


def reader_of(account: EmailAccount) -> Reader:
    reader = Reader(config_of(account), account.channel, uuid.uuid4())
    assert reader.lease()
    return reader


@contextlib.contextmanager
def connected(account: EmailAccount) -> Iterator[tuple[Reader, Session]]:
    reader = reader_of(account)
    try:
        with Session.open(reader.config.imap) as session:
            reader.begin(session)
            yield reader, session
    finally:
        reader.release()


def read(account: EmailAccount) -> int:
    """One look at the mailbox, history and all. Returns how many live mails were seen."""
    with connected(account) as (reader, session):
        seen = reader.read_live(session)
        while reader.read_history(session):
            pass
    return seen


def read_with(reader: Reader) -> None:
    with Session.open(reader.config.imap) as session:
        reader.begin(session)
        reader.read_live(session)


def held() -> list[bytes]:
    return [receipt.blob.read() for receipt in Receipt.objects.order_by("id")]


def test_starts_from_now_on(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    dovecot.append(mailbox_user, mail("old"))
    assert read(imap_account) == 0
    new = mail("new")
    dovecot.append(mailbox_user, new)
    assert read(imap_account) == 1
    assert held() == [new]
    receipt = Receipt.objects.get()
    assert receipt.external_id.startswith("imap:INBOX:")
    assert not receipt.is_history
    assert read(imap_account) == 0


def test_reads_history_behind_live_mail(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    imap_account.history = "history"
    imap_account.save()
    dovecot.append(mailbox_user, *(mail(f"old {n}") for n in range(30)))
    with connected(imap_account) as (reader, session):
        dovecot.append(mailbox_user, mail("new"))
        reader.read_live(session)
        assert list(Receipt.objects.values_list("is_history", flat=True)) == [False]
        while reader.read_history(session):
            pass
    assert Receipt.objects.filter(is_history=True).count() == 30
    for receipt in Receipt.objects.order_by("id"):
        intake.process(receipt.pk)
    assert Case.objects.filter(status="open").count() == 1
    assert Case.objects.filter(status="resolved").count() == 30


def test_leaves_the_mailbox_as_it_is(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    read(imap_account)
    dovecot.append(mailbox_user, mail())
    read(imap_account)
    with dovecot.client(mailbox_user) as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search("UNSEEN") == [1]


def test_catches_up_a_gap_as_live_mail_whoever_read_it(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    read(imap_account)
    bodies = [mail(f"gap {n}") for n in range(40)]
    dovecot.append(mailbox_user, *bodies, at=datetime.now(UTC) - timedelta(days=30))
    with dovecot.client(mailbox_user) as client:
        client.select_folder("INBOX")
        client.add_flags(range(1, 21), [rb"\Seen"])
    assert read(imap_account) == 40
    assert held() == bodies
    assert not Receipt.objects.filter(is_history=True).exists()


def test_survives_a_change_of_uidvalidity(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    past = datetime.now(UTC) - timedelta(days=3)
    dovecot.append(mailbox_user, mail("before our time"), at=past)
    read(imap_account)
    known = [mail(f"known {n}") for n in range(10)]
    dovecot.append(mailbox_user, *known)
    read(imap_account)
    new = [mail(f"new {n}") for n in range(5)]
    dovecot.append(mailbox_user, *new)
    dovecot.change_uidvalidity(mailbox_user)
    assert read(imap_account) == 16
    assert sorted(held()) == sorted(known + new)
    epoch = Mailbox.objects.get().uidvalidity
    assert Receipt.objects.filter(external_id__startswith=f"imap:INBOX:{epoch}:").count() == 15
    assert read(imap_account) == 0
    with connected(imap_account) as (reader, session):
        assert reader.compare(session) == 0


def test_finds_what_slipped_through_once_a_day(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    read(imap_account)
    dovecot.append(mailbox_user, mail("one"), mail("two"), mail("three"))
    read(imap_account)
    lost = Receipt.objects.order_by("id")[1]
    lost.delete()
    with connected(imap_account) as (reader, session):
        assert not reader.is_compare_due()
        Mailbox.objects.update(compared_at=datetime.now(UTC) - timedelta(hours=25))
        assert reader.is_compare_due()
        assert reader.compare(session) == 1
        assert not reader.is_compare_due()
    assert Receipt.objects.count() == 3


def test_loses_nothing_when_the_connection_is_cut_anywhere(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    read(imap_account)
    bodies = [mail("x" * 3000 + str(n)) for n in range(30)]
    with Proxy(dovecot.port) as proxy:
        imap_account.imap_port = proxy.port
        for number, body in enumerate(bodies):
            dovecot.append(mailbox_user, body)
            proxy.cut_after = 50 + number * 158
            with contextlib.suppress(ImapFailure):
                read(imap_account)
            assert held() == bodies[: Receipt.objects.count()]
        proxy.cut_after = None
        read(imap_account)
    assert held() == bodies
    assert proxy.cuts > 20


def test_goes_on_behind_a_mail_that_cannot_be_had(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    read(imap_account)
    bodies = [mail("one"), mail("two " + "x" * 50_000), mail("three")]
    dovecot.append(mailbox_user, *bodies)
    with Proxy(dovecot.port) as proxy:
        imap_account.imap_port = proxy.port
        reader = reader_of(imap_account)
        proxy.cut_after = 20_000
        for _ in range(3):
            with pytest.raises(ImapFailure):
                read_with(reader)
        read_with(reader)
        assert held() == [bodies[0], bodies[2]]
        proxy.cut_after = None
        with Session.open(reader.config.imap) as session:
            reader.begin(session)
            assert reader.box.refused_uids == [2]
            reader.retry_refused(session)
    assert held() == [bodies[0], bodies[2], bodies[1]]
    assert Mailbox.objects.get().refused_uids == []


def test_one_reader_a_mailbox(imap_account: EmailAccount, dovecot: Dovecot) -> None:
    first = reader_of(imap_account)
    second = Reader(first.config, first.channel, uuid.uuid4())
    assert not second.lease()
    Mailbox.objects.update(leased_until=datetime.now(UTC) - timedelta(seconds=1))
    assert second.lease()
    with pytest.raises(LeaseLost):
        first.renew()


@pytest.fixture
def trusted(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.root / "cert.pem"))


def _wrong_password(account: EmailAccount) -> None:
    account.imap_password = "wrong"


def _wrong_folder(account: EmailAccount) -> None:
    account.imap_folder = 'Nope") LOGOUT'


def _nobody_there(account: EmailAccount) -> None:
    account.imap_port = 9


def _private(account: EmailAccount) -> None:
    account.imap_host = "192.168.7.7"


def _no_such_host(account: EmailAccount) -> None:
    account.imap_host = "no-such-host.invalid"


def _plain_as_tls(account: EmailAccount) -> None:
    account.imap_security = "tls"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_wrong_password, "login_refused"),
        (_wrong_folder, "folder_missing"),
        (_nobody_there, "unreachable"),
        (_private, "host_blocked"),
        (_no_such_host, "host_unknown"),
        (_plain_as_tls, "tls_failed"),
    ],
)
def test_names_what_is_wrong(
    imap_account: EmailAccount, spoil: Callable[[EmailAccount], None], code: str
) -> None:
    spoil(imap_account)
    with pytest.raises(ImapFailure) as failure:
        read(imap_account)
    assert failure.value.code == code


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_verifies_the_certificate_by_the_hosts_name(
    imap_account: EmailAccount, dovecot: Dovecot, trusted: None, security: str
) -> None:
    imap_account.imap_security = security
    imap_account.imap_port = dovecot.tls_port if security == "tls" else dovecot.port
    imap_account.imap_host = "localhost"
    assert read(imap_account) == 0


def test_refuses_a_certificate_that_nobody_vouches_for(
    imap_account: EmailAccount, dovecot: Dovecot
) -> None:
    imap_account.imap_security, imap_account.imap_port = "tls", dovecot.tls_port
    with pytest.raises(ImapFailure) as failure:
        read(imap_account)
    assert failure.value.code == "tls_untrusted"


# -- the listener ----------------------------------------------------------------------------------
def wait_for(found: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@contextlib.contextmanager
def listening() -> Iterator[None]:
    over = threading.Event()

    def run() -> None:
        (listener,) = EmailAdapter().listeners()
        listener(over.is_set)
        connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(15)
    assert not thread.is_alive()


@pytest.fixture
def quick(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(listen, "FIRST_PAUSE", 0.2)


@pytest.fixture
def connected_account(
    transactional_db: None, imap_account: EmailAccount, smtp_server: CapturingServer, quick: None
) -> EmailAccount:
    """Reads from Dovecot, sends to a server that keeps everything."""
    imap_account.smtp_host, imap_account.smtp_port = "127.0.0.1", smtp_server.port
    imap_account.smtp_security = "none"
    imap_account.save()
    return imap_account


def begun() -> bool:
    return Mailbox.objects.exclude(uidvalidity=0).exists()


def test_hears_of_new_mail_at_once(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str, quick: None
) -> None:
    with listening():
        wait_for(begun)
        time.sleep(0.5)
        start = time.monotonic()
        dovecot.deliver(mailbox_user, mail("pushed"))
        wait_for(Receipt.objects.exists, 5)
        assert time.monotonic() - start < 5
        channel = Channel.objects.get()
        assert channel.last_contact_at
        assert not channel.trouble_code
    assert Mailbox.objects.get().leased_until is None


def test_polls_where_the_server_does_not_push(
    imap_account: EmailAccount,
    dovecot: Dovecot,
    mailbox_user: str,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listen, "POLL_EVERY", 0.5)
    monkeypatch.setattr(Session, "log_in", _log_in_without_idle)
    with listening():
        wait_for(begun)
        dovecot.deliver(mailbox_user, mail("found"))
        wait_for(Receipt.objects.exists, 5)


def _log_in_without_idle(session: Session, server: object) -> None:
    session._client.login(server.user, server.password)  # type: ignore[attr-defined]


def test_says_what_is_wrong_and_comes_back(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str, quick: None
) -> None:
    with Proxy(dovecot.port) as proxy:
        imap_account.imap_port = proxy.port
        imap_account.save()
        with listening():
            wait_for(begun)
            proxy.cut_after = 0
            proxy.cut_now()
            wait_for(lambda: Channel.objects.get().trouble_code == "unreachable")
            dovecot.deliver(mailbox_user, mail("meanwhile"))
            proxy.cut_after = None
            wait_for(Receipt.objects.exists)
            wait_for(lambda: not Channel.objects.get().trouble_code)


def test_follows_what_the_admin_changes(
    imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str, quick: None
) -> None:
    right, imap_account.imap_password = imap_account.imap_password, "wrong"
    imap_account.save()
    with listening():
        wait_for(lambda: Channel.objects.get().trouble_code == "login_refused")
        imap_account.imap_password = right
        imap_account.save()
        wait_for(begun)
        wait_for(lambda: not Channel.objects.get().trouble_code)


def test_one_mail_through_the_whole_house(
    connected_account: EmailAccount,
    dovecot: Dovecot,
    mailbox_user: str,
    smtp_server: CapturingServer,
    priya: Agent,
) -> None:
    """Mail in, answer out, UIDs given anew, reply in: one case."""
    with listening():
        wait_for(begun)
        dovecot.deliver(mailbox_user, mail("My chair is broken"))
        wait_for(Receipt.objects.exists)
        intake.process(Receipt.objects.get().pk)
        case = Case.objects.get()
        sent = answer(case, priya, "We send a new one.")
        outbox.deliver(sent.deliveries.get().pk)
        (envelope,) = smtp_server.envelopes
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
    dovecot.change_uidvalidity(mailbox_user)
    reply = mail(
        f"Thanks!\n\nOn Fri, 20 Nov 2026 at 10:00, Kalma <a@kalma.example> wrote:\n> {sent.text}",
        to=str(letter["Reply-To"]),
        subject="Re: My chair",
        in_reply_to=str(letter["Message-ID"]),
        references=f"{letter['References']} {letter['Message-ID']}",
    )
    with listening():
        dovecot.deliver(mailbox_user, reply)
        wait_for(lambda: Receipt.objects.count() == 2)
        intake.process(Receipt.objects.latest("id").pk)
    assert Case.objects.get().pk == case.pk
    said = Message.objects.filter(kind="message").order_by("sorted_at")
    assert [m.text for m in said] == ["My chair is broken", "We send a new one.", "Thanks!"]


@pytest.mark.corpora
@pytest.mark.slow
def test_takes_the_corpora_by_imap(
    transactional_db: None, imap_account: EmailAccount, dovecot: Dovecot, mailbox_user: str
) -> None:
    """Hashes are of the bytes that the server returns; what it does not take is counted."""
    read(imap_account)
    refused = 0
    with dovecot.client(mailbox_user) as client:
        for path in mails():
            try:
                client.append("INBOX", path.read_bytes())
            except IMAPClientError:
                refused += 1
        client.select_folder("INBOX", readonly=True)
        there = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
    assert read(imap_account) == len(there) == len(mails()) - refused
    expected = Counter(hashlib.sha256(found[b"BODY[]"]).hexdigest() for found in there.values())
    assert Counter(Receipt.objects.values_list("blob__sha256", flat=True)) == expected
    assert refused < len(mails()) / 100
