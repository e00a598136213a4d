from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from channels_email import compose, smtp
from channels_email.adapter import EmailAdapter
from channels_email.config import config_of
from channels_email.models import EmailAccount
from conversations.adapters.base import OutcomeUnknown, PermanentFailure, TransientFailure
from conversations.adapters.messages import (
    Address,
    Addressee,
    File,
    IdentityKind,
    OutboundMessage,
    RecipientRole,
)
from tests.channels_email.servers import CapturingServer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOKEN = "ab" * 20
KEY = f"<{TOKEN}.{'cd' * 16}@hub.example>"


def address(value: str, name: str = "") -> Address:
    return Address(kind=IdentityKind.EMAIL, value=value, name=name)


def letter(*to: str, cc: str = "", bcc: str = "", **changes: Any) -> OutboundMessage:
    everybody = [
        *(
            Addressee(role=RecipientRole.TO, address=address(a))
            for a in to or ["ana@client.example"]
        ),
        *(Addressee(role=RecipientRole.CC, address=address(a)) for a in cc.split()),
        *(Addressee(role=RecipientRole.BCC, address=address(a)) for a in bcc.split()),
    ]
    values: dict[str, Any] = {
        "key": KEY,
        "sender": address("support@kalma.example", "Priya Nair"),
        "addressees": tuple(everybody),
        "subject": "Re: My chair",
        "text": "Hello Ana,\n\nit is on its way.\n\n-- \nPriya",
        "reply_token": TOKEN,
        "references": ("<near@client.example>", "<root@client.example>"),
    }
    return OutboundMessage(**{**values, **changes})


def written(account: EmailAccount, message: OutboundMessage) -> EmailMessage:
    raw = compose.to_bytes(compose.build(message, config_of(account), at=NOW))
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_writes_what_keeps_the_thread_together(account: EmailAccount) -> None:
    mail = written(account, letter(cc="bo@client.example", bcc="spy@client.example"))
    assert mail["From"] == "Priya Nair · Kalma Support <support@kalma.example>"
    assert mail["Reply-To"] == f"Kalma Support <support+{TOKEN}@kalma.example>"
    assert mail["Message-ID"] == KEY
    assert mail["In-Reply-To"] == "<near@client.example>"
    assert mail["References"] == "<root@client.example> <near@client.example>"
    assert mail["Cc"] == "bo@client.example"
    assert "spy@client.example" not in mail.as_string()
    assert mail["Auto-Submitted"] is None
    assert mail["X-OmniHub-Loop"] == "hub.example"


def test_writes_text_and_markup(account: EmailAccount) -> None:
    mail = written(account, letter(text="A <b>\nhttps://x.example/?a=1&b=2\n\n-- \nñ" + "x" * 1500))
    text, markup = (mail.get_body([kind]) for kind in ("plain", "html"))
    assert text
    assert markup
    lines = text.get_content().split("\r\n")
    assert lines[:4] == ["A <b>", "https://x.example/?a=1&b=2", "", "-- "]
    assert lines[4] == "ñ" + "x" * 1500
    assert "A &lt;b&gt;" in markup.get_content()
    assert '<a href="https://x.example/?a=1&amp;b=2">' in markup.get_content()


def test_attaches_files_under_safe_names(account: EmailAccount) -> None:
    files = (
        File(name="naïve.pdf", type="application/pdf", content=b"%PDF"),
        File(name="../../etc/passwd", type="text/plain; charset=x", content=b"\xff\x00"),
        File(name="mail.eml", type="message/rfc822", content=b"From: x\r\n\r\ny"),
    )
    attached = list(written(account, letter(files=files)).iter_attachments())
    assert [part.get_filename() for part in attached] == ["naïve.pdf", "passwd", "mail.eml"]
    assert [part.get_payload(decode=True) for part in attached] == [f.content for f in files]
    assert attached[2].get_content_type() == "application/octet-stream"


def test_makes_the_same_mail_of_the_same_message(account: EmailAccount) -> None:
    message = letter(files=(File(name="a", type="image/png", content=b"x"),))
    once, again = (compose.build(message, config_of(account), at=NOW) for _ in range(2))
    assert compose.to_bytes(once) == compose.to_bytes(again)


def test_marks_what_is_automatic(account: EmailAccount) -> None:
    assert written(account, letter(is_automatic=True))["Auto-Submitted"] == "auto-replied"
    alone = letter(is_automatic=True, references=())
    assert written(account, alone)["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "forged",
    [
        {"subject": "a\r\nBcc: spy@evil.example"},
        {"subject": "a\nb"},
        {"subject": "a\x00b"},
        {"sender": address("support@kalma.example", "Priya\r\nBcc: spy@evil.example")},
        {"key": "<a@b>\r\nBcc: spy@evil.example"},
        {"references": ("<a\r\nBcc:@b>",)},
    ],
)
def test_refuses_headers_that_would_end_early(
    account: EmailAccount, forged: dict[str, Any]
) -> None:
    with pytest.raises(PermanentFailure, match="header_injection"):
        compose.build(letter(**forged), config_of(account), at=NOW)


def test_folds_long_chains_without_encoding_them(account: EmailAccount) -> None:
    ids = tuple(f"<{'x' * 120}.{n}@client.example>" for n in range(20))
    mail = written(account, letter(references=ids))
    assert str(mail["References"]).split() == list(reversed(ids))


def test_sends(connected: EmailAccount, smtp_server: CapturingServer) -> None:
    adapter = EmailAdapter()
    message = letter(cc="bo@client.example", bcc="spy@client.example", text=".\r\n..\r\nx")
    sent = adapter.send(message, adapter.config(connected.channel_id))
    assert sent.provider_id == KEY
    assert not sent.refused
    (envelope,) = smtp_server.envelopes
    assert envelope.mail_from == "support@kalma.example"
    assert envelope.rcpt_tos == ["ana@client.example", "bo@client.example", "spy@client.example"]
    received = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
    text = received.get_payload()[0]  # type: ignore[index]
    assert text.get_content() == ".\r\n..\r\nx\r\n"  # type: ignore[union-attr]


def _send(account: EmailAccount, message: OutboundMessage | None = None) -> object:
    adapter = EmailAdapter()
    return adapter.send(message or letter(), adapter.config(account.channel_id))


@pytest.mark.parametrize(
    ("moods", "failure", "code"),
    [
        ({"ana@client.example": "451 busy"}, TransientFailure, "deferred"),
        ({"DATA": "554 spam"}, PermanentFailure, "content_refused"),
        ({"DATA": "452 full"}, TransientFailure, "deferred"),
        ({"DATA": "cut"}, OutcomeUnknown, "outcome_unknown"),
    ],
)
def test_tells_failures_apart(
    connected: EmailAccount,
    smtp_server: CapturingServer,
    moods: dict[str, str],
    failure: type[TransientFailure],
    code: str,
) -> None:
    smtp_server.moods = moods
    with pytest.raises(failure) as raised:
        _send(connected)
    assert raised.value.code == code


def test_does_not_know_what_a_silent_server_did(
    connected: EmailAccount, smtp_server: CapturingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TOTAL_SECONDS", 1.0)
    smtp_server.moods = {"DATA": "hang"}
    with pytest.raises(OutcomeUnknown):
        _send(connected)


def test_names_the_recipients_that_were_refused(
    connected: EmailAccount, smtp_server: CapturingServer
) -> None:
    smtp_server.moods = {"bo@client.example": "550 5.1.1 no such user"}
    adapter = EmailAdapter()
    sent = adapter.send(letter(cc="bo@client.example"), adapter.config(connected.channel_id))
    assert sent.refused == {"bo@client.example": ("no_such_mailbox", "550 5.1.1 no such user")}
    assert smtp_server.envelopes[0].rcpt_tos == ["ana@client.example"]


def _nowhere(account: EmailAccount) -> None:
    account.smtp_port = 9  # discard: nobody listens


def _private(account: EmailAccount) -> None:
    account.smtp_host = "10.0.0.1"


def _unknown(account: EmailAccount) -> None:
    account.smtp_host = ""


def _starttls(account: EmailAccount) -> None:
    account.smtp_security = "starttls"


def _login(account: EmailAccount) -> None:
    account.smtp_user, account.smtp_password = "u", "p"


@pytest.mark.parametrize(
    ("change", "failure", "code"),
    [
        (_nowhere, TransientFailure, "unreachable"),
        (_private, PermanentFailure, "host_blocked"),
        (_unknown, TransientFailure, "not_connected"),
        (_starttls, TransientFailure, "not_supported"),
        (_login, TransientFailure, "not_supported"),
    ],
)
def test_names_what_is_wrong_with_the_connection(
    connected: EmailAccount,
    change: Callable[[EmailAccount], None],
    failure: type[TransientFailure],
    code: str,
) -> None:
    change(connected)
    connected.save()
    with pytest.raises(failure) as raised:
        _send(connected)
    assert raised.value.code == code


def test_never_shows_a_secret(account: EmailAccount) -> None:
    account.imap_password = account.smtp_password = "canary-secret"
    account.save()
    stored = EmailAccount.objects.get(pk=account.pk)
    config = EmailAdapter().config(account.channel_id)
    assert config.smtp.password == "canary-secret"
    assert "canary" not in repr(config) + repr(stored) + str(stored)
    with pytest.raises(EmailAccount.DoesNotExist):
        EmailAccount.objects.get(smtp_password="canary-secret")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (" Ana@Client.Example ", "ana@client.example"),
        ("Ana Ruiz <ana@client.example>", "ana@client.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("o'hara+tag@client.example", "o'hara+tag@client.example"),
        ("ana", None),
        ("ana@localhost", None),
        ("ana@client..example", None),
        ("a b@client.example", None),
        ("ana@client.example, bo@client.example", None),
        ("ana@client.example\r\nBcc: x@y.example", None),
        ("ana@[127.0.0.1]", None),
        (".ana@client.example", None),
        ("x" * 65 + "@client.example", None),
        ("", None),
    ],
)
def test_takes_typed_addresses(typed: str, value: str | None) -> None:
    found = EmailAdapter().parse_address(typed)
    assert (found.value if found else None) == value
