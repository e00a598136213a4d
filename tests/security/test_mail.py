"""Mail and mail servers that mean harm."""

import socket
import threading
from collections.abc import Iterator
from typing import NoReturn

import pytest
from pytest_django import Settings

from channels_email import edge
from channels_email.models import EmailAccount
from conversations import outbox
from conversations.models import Agent, Case, Channel, Delivery, Message, Receipt, Team
from conversations.services import intake
from tests.channels_email.mails import mail
from tests.people import answer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> None:
    """E-mail, and nothing else."""
    settings.CHANNEL_ADAPTERS = ["channels_email.adapter.EmailAdapter"]
    settings.OMNIHUB_ALLOW_HOSTS = ["127.0.0.1"]
    settings.OMNIHUB_URL = "https://hub.example"


@pytest.fixture
def account(team: Team) -> EmailAccount:
    channel = Channel.objects.create(kind="email", name="mailbox", team=team)
    return EmailAccount.objects.create(
        channel=channel, address="support@kalma.example", smtp_host="127.0.0.1"
    )


def taken(account: EmailAccount, raw: bytes) -> Receipt:
    receipt = edge.keep(account.channel, raw, door="hook", wakes=False)
    return intake.process(receipt.pk)


@pytest.fixture
def asks_for_a_login() -> Iterator[int]:
    """A server that offers AUTH and says yes to everything; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> NoReturn:
            while True:
                client, _ = server.accept()
                lines = client.makefile("rwb", buffering=0)
                lines.write(b"220 hi\r\n")
                while line := lines.readline():
                    is_hello = line.upper().startswith(b"EHLO")
                    lines.write(
                        b"250-hi\r\n250 AUTH PLAIN LOGIN\r\n" if is_hello else b"250 ok\r\n"
                    )

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_a_password_is_never_quoted(
    account: EmailAccount, priya: Agent, asks_for_a_login: int, caplog: pytest.LogCaptureFixture
) -> None:
    """smtplib encodes it as ASCII, and the exception carries all of it."""
    EmailAccount.objects.update(smtp_port=asks_for_a_login, smtp_security="none", smtp_user="hub")
    account.refresh_from_db()
    account.smtp_password = "pässword-canary"
    account.save()
    case = taken(account, mail()).case
    assert case is not None
    delivery = Delivery.objects.get(messages=answer(case, priya))
    outbox.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason_code) == ("queued", "login_refused")
    told = [delivery.reason_words, caplog.text, *delivery.recipients.values_list("reason_words")]
    assert "canary" not in str(told)


CONTROLS = "".join(map(chr, range(32))).replace("\r", "").replace("\n", "")


def test_no_control_character_sets_a_mail_aside(account: EmailAccount) -> None:
    raw = mail(
        "Words \x00 here",
        sender=f'"Ana{CONTROLS}" <ana@client.example>',
        subject=f"Sub{CONTROLS}ject",
        message_id=f"<a{CONTROLS}b@client.example>",
        in_reply_to=f"<c{CONTROLS}d@client.example>",
        references=f"<e{CONTROLS}f@client.example>",
        content_language="e\x00n",
        content_type=f"text/pl\x00ain; charset=u\x00tf-8; name=a{CONTROLS}",
    )
    receipt = taken(account, raw)
    assert (receipt.state, receipt.reason_code) == ("processed", "")


def test_no_id_of_theirs_keeps_our_answer_in(account: EmailAccount, priya: Agent) -> None:
    from django.utils import timezone

    from channels_email import compose
    from channels_email.config import config_of

    EmailAccount.objects.update(smtp_port=1)
    raw = mail(
        message_id=f"<a{CONTROLS}\x7fb@client.example>",
        references=" ".join(f"<{n}{CONTROLS}@{'x' * 900}>" for n in range(9)),
        subject="Su\u2028bj\u2029e\x85ct\x0b\x0cBcc: mal@evil.example",
        sender="=?utf-8?q?Ana=0D=0ABcc:_mal@evil.example?= <ana@client.example>",
    )
    case = taken(account, raw).case
    assert case is not None
    delivery = Delivery.objects.get(messages=answer(case, priya))
    sent = compose.to_bytes(
        compose.build(outbox.build(delivery), config_of(account), at=timezone.now())
    )
    head = sent.partition(b"\r\n\r\n")[0]
    assert b"\nbcc" not in head.lower()
    assert not set(head) & (set(range(32)) - {9, 10, 13} | {127})
    assert head.count(b"\n") == head.count(b"\r\n") == head.count(b"\r")


def test_a_bomb_of_references_is_cheap_and_names_nobody(account: EmailAccount) -> None:
    import time

    mine = taken(account, mail(message_id="<mine@client.example>")).case
    chain = " ".join(f"<{n}@bomb.example>" for n in range(10_000))
    begun = time.monotonic()
    receipt = taken(
        account,
        mail("Bomb", sender="mal@evil.example", references=f"<mine@client.example> {chain}"),
    )
    assert time.monotonic() - begun < 2
    assert receipt.case is not None
    assert receipt.case != mine


def tokens_like(token: str) -> list[str]:
    return [
        token[:-1], token[1:], token + "0", token * 2, token[:16], token[:15], token[:17], "", " ",
        "0" * 40, "%" * 40, "_" * 40, token[:-1] + "*", token[::-1],
        *(token[:n] + ("1" if token[n] == "0" else "0") + token[n + 1 :] for n in range(40)),
    ]  # fmt: skip


def test_no_altered_token_opens_a_case(account: EmailAccount) -> None:
    case = taken(account, mail()).case
    assert case is not None
    for number, wrong in enumerate(tokens_like(case.reply_token)):
        raw = mail(
            f"Guess {number}",
            sender=f"mal{number}@evil.example",
            to=f"support+{wrong}@kalma.example",
            in_reply_to=f"<{wrong}.{'0' * 32}@hub.example>",
        )
        assert taken(account, raw).case_id not in {case.pk, None}
    assert case.messages.filter(kind="message").count() == 1
    assert not case.participants.exists()


@pytest.mark.parametrize("status", ["open", "resolved", "spam"])
def test_a_stranger_with_a_token_opens_nothing(account: EmailAccount, status: str) -> None:
    case = taken(account, mail()).case
    assert case is not None
    Case.objects.update(
        status=status,
        resolved_at="2026-01-01T00:00:00Z" if status == "resolved" else None,
        waiting_since=None,
    )
    to = f"support+{case.reply_token.upper()}@kalma.example"
    for sender in ("mal@evil.example", "support@kalma.example", "priya@staff.example"):
        found = taken(account, mail(f"By {sender}", sender=sender, to=to)).case
        assert found == case
    case.refresh_from_db()
    assert (case.status, case.waiting_since) == (status, None)
    assert set(case.messages.filter(text__startswith="By ").values_list("is_unconfirmed")) == {
        (True,)
    }


def test_a_forged_sender_is_somebody_else(account: EmailAccount) -> None:
    account.authserv_id = "mx.kalma.example"
    account.save()
    mine = taken(account, mail()).case
    assert mine is not None
    good = "mx.kalma.example; dmarc=pass header.from=client.example"
    bad = "mx.kalma.example; dmarc=fail header.from=client.example"
    evil = "mx.evil.example; dmarc=pass header.from=client.example"
    received = "from x by mx.kalma.example with ESMTP; Fri, 20 Nov 2026 10:00:00 +0000"
    orders = [
        (["A", bad], ["A", good], ["R", received]),
        (["A", evil], ["A", bad], ["R", received], ["A", good]),
        (["R", received], ["A", good]),
        (["A", bad], ["R", received], ["A", good]),
    ]
    names = {"A": "Authentication-Results", "R": "Received"}
    for fields in orders:
        head = "".join(f"{names[name]}: {value}\r\n" for name, value in fields).encode()
        receipt = taken(account, head + mail(f"Forged {len(head)}"))
        grade = Message.objects.get(receipt=receipt).grade
        assert grade != "pass"
        assert grade == "none" or receipt.case != mine
