import time
from datetime import UTC, datetime

import pytest

from channels_email import mime
from conversations.adapters.base import Malformed
from conversations.adapters.messages import (
    DeliveryReport,
    Grade,
    IdentityKind,
    InboundMessage,
    Origin,
    Outcome,
    RawEvent,
)
from tests.channels_email.mails import mail

OWN = "support@kalma.example"
TOKEN = "ab" * 20
OWN_ID = f"<{TOKEN}.{'cd' * 16}@hub.example>"


def read(body: bytes, **envelope: object) -> InboundMessage:
    raw = RawEvent(
        body=body,
        received_at=datetime.now(UTC),
        envelope=envelope,
        own_addresses=frozenset({OWN}),
    )
    (event,) = mime.normalize(raw, domain="hub.example")
    assert isinstance(event, InboundMessage)
    return event


def parts(*inner: str, kind: str = "mixed", head: str = "") -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in inner)
    return (
        f"From: ana@client.example\r\n{head}MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/{kind}; boundary="b"\r\n\r\n{body}--b--\r\n'
    ).encode()


def test_reads_a_plain_mail() -> None:
    message = read(mail("It arrived broken.", cc="Bo <bo@client.example>, carl@client.example"))
    assert message.sender.value == "ana@client.example"
    assert message.sender.name == "Ana Ruiz"
    assert message.subject == "My chair"
    assert message.text == "It arrived broken."
    assert [a.address.value for a in message.addressees] == [
        OWN,
        "bo@client.example",
        "carl@client.example",
    ]
    assert message.sent_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert message.message_id.endswith(".test@client.example>")
    assert message.origin is Origin.PERSON
    assert message.grade is Grade.NONE


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=?utf-8?q?caf=C3=A9?=", "café"),
        ("=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8?B?5pel5pys?= =?utf-8?B?6Kqe?=", "日本語"),
        ("=?utf-8?B?5pel5p?= =?utf-8?B?ys?=", "日本"),
        ("=?utf-8?q?a?= plain =?utf-8?q?b?=", "a plain b"),
        ("=?unknown?q?x=E9?=", "xé"),
        ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        ("=?utf-8?q?Nul=00l?=", "Nul\ufffdl"),
        ("caf\u00e9", "café"),
    ],
)
def test_decodes_headers(value: str, shown: str) -> None:
    assert read(mail(subject=value)).subject == shown


@pytest.mark.parametrize(
    ("charset", "raw", "shown"),
    [
        ("iso-8859-15", b"10 \xa4", "10 €"),
        ("windows-1252", b"\x93ok\x94", "“ok”"),
        ("iso-8859-1", b"\x93ok\x94", "“ok”"),
        ("koi8-r", b"\xd0\xd2\xc9\xd7\xc5\xd4", "привет"),
        ("gb2312", "你好".encode("gb18030"), "你好"),
        ("nonsense", b"caf\xe9", "café"),
        ("us-ascii", "naïve".encode(), "naïve"),
        ("rot13", b"hello", "hello"),
        ("utf-8", b"nul\x00l", "nul\ufffdl"),
    ],
)
def test_decodes_any_charset(charset: str, raw: bytes, shown: str) -> None:
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert read(head + raw).text == shown


def test_takes_text_and_markup_of_alternatives() -> None:
    message = read(
        parts(
            "Content-Type: text/plain\r\n\r\nPlain words",
            "Content-Type: text/html\r\n\r\n<p>Marked <b>words</b></p>",
            kind="alternative",
        )
    )
    assert message.text == "Plain words"
    assert "<b>words</b>" in message.html


def test_makes_text_of_markup_alone() -> None:
    head = "From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    message = read(
        (head + "<p>One</p><p>Two &amp; <a href='https://x.example/y'>link</a>").encode()
    )
    assert message.text == "One\n\nTwo & link <https://x.example/y>"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("attachment; filename*=utf-8''na%C3%AFve.pdf", "naïve.pdf"),
        ("attachment; filename*0*=utf-8''l%C3%B6; filename*1=ng.pdf", "löng.pdf"),
        ('attachment; filename="=?utf-8?q?caf=C3=A9.pdf?="', "café.pdf"),
        ('attachment; filename="semi;colon.pdf"', "semi;colon.pdf"),
        ("attachment", "application.pdf"),
    ],
)
def test_names_attachments(disposition: str, name: str) -> None:
    message = read(
        parts(
            "Content-Type: text/plain\r\n\r\nSee file",
            f"Content-Type: application/pdf\r\nContent-Disposition: {disposition}\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\nJVBERg==",
        )
    )
    (file,) = message.files
    assert (file.name, file.type, file.content) == (name, "application/pdf", b"%PDF")
    assert message.text == "See file"


def test_keeps_inline_pictures_by_their_id() -> None:
    message = read(
        parts(
            'Content-Type: text/html\r\n\r\n<img src="cid:logo@x"><img src="https://t.example/p">',
            "Content-Type: image/png\r\nContent-ID: <logo@x>\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=",
            kind="related",
        )
    )
    (file,) = message.files
    assert (file.is_inline, file.content_id) == (True, "logo@x")
    assert 'src="cid:logo@x"' in message.html
    assert 'src="remote:https://t.example/p"' in message.html


def test_keeps_a_forwarded_mail_as_a_file() -> None:
    inner = "From: bo@client.example\r\nSubject: Inner\r\n\r\nInner words"
    message = read(parts("\r\nSee below", f"Content-Type: message/rfc822\r\n\r\n{inner}"))
    (file,) = message.files
    assert file.name == "Inner.eml"
    assert b"Inner words" in file.content
    assert message.text == "See below"


@pytest.mark.parametrize(
    ("sender", "value"),
    [
        ('"Ruiz, Ana" <ANA@Client.Example>', "ana@client.example"),
        ("ana@client.example (Ana)", "ana@client.example"),
        ("=?utf-8?q?Ruiz=2C_Ana?= <ana@client.example>", "ana@client.example"),
        ("Ana <ana@bücher.example>", "ana@xn--bcher-kva.example"),
        ("<@relay.example:ana@client.example>", "ana@client.example"),
        ("People: ana@client.example;", "ana@client.example"),
    ],
)
def test_finds_the_sender(sender: str, value: str) -> None:
    assert read(mail(sender=sender)).sender.value == value


def test_keeps_a_mail_from_nobody_as_an_unknown_of_its_own() -> None:
    first, second = read(mail("one", sender="undisclosed")), read(mail("two", sender=""))
    assert {first.sender.kind, second.sender.kind} == {IdentityKind.EXTERNAL}
    assert first.sender.value != second.sender.value
    assert first.sender.name == "undisclosed"


@pytest.mark.parametrize(("body", "code"), [(b"", "empty"), (b"\r\n\x00 \r\n", "empty")])
def test_sets_aside_what_is_nothing(body: bytes, code: str) -> None:
    with pytest.raises(Malformed) as failure:
        read(body)
    assert failure.value.code == code


def test_sets_aside_what_is_too_large() -> None:
    with pytest.raises(Malformed, match="too_large"):
        read(b"x" * (mime.LARGEST + 1))


def test_survives_hostile_nesting() -> None:
    deep = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(3000)
    )
    assert read(f"From: a@b.example\r\n{deep}\r\nwords".encode()).sender.value == "a@b.example"


def test_finds_our_token_in_addresses_and_quoted_ids() -> None:
    message = read(
        mail(
            to=f"Kalma <support+{TOKEN}@kalma.example>",
            in_reply_to=OWN_ID,
            references=f"<root@client.example> {OWN_ID}",
        )
    )
    assert message.tokens == (TOKEN,)
    assert message.references == (OWN_ID, "<root@client.example>")


@pytest.mark.parametrize("token", [TOKEN[:-1], TOKEN + "a", "", "g" * 40])
def test_takes_only_whole_tokens(token: str) -> None:
    assert read(mail(to=f"support+{token}@kalma.example")).tokens == ()


@pytest.mark.parametrize(
    ("fields", "origin"),
    [
        ({"auto_submitted": "auto-replied"}, Origin.AUTO_REPLY),
        ({"auto_submitted": "no"}, Origin.PERSON),
        ({"precedence": "auto_reply"}, Origin.AUTO_REPLY),
        ({"subject": "Automatic reply: My chair"}, Origin.AUTO_REPLY),
        ({"list_id": "<news.client.example>"}, Origin.LIST),
        ({"list_id": "<support.kalma.example>"}, Origin.PERSON),
        ({"precedence": "bulk"}, Origin.LIST),
        ({"sender": OWN}, Origin.OWN),
        ({"x_omnihub_loop": "hub.example"}, Origin.OWN),
        ({"x_omnihub_loop": "other.example"}, Origin.PERSON),
        ({"sender": "MAILER-DAEMON@mx.example", "return_path": "<>"}, Origin.BOUNCE),
        ({"sender": "postmaster@mx.example"}, Origin.PERSON),
    ],
)
def test_tells_machines_from_people(fields: dict[str, str], origin: Origin) -> None:
    assert read(mail(**fields)).origin is origin


def test_reads_a_bounce_of_ours_as_a_report() -> None:
    body = parts(
        "Content-Type: text/plain\r\n\r\nSorry",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ana@client.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n",
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {OWN_ID}\r\n",
        kind="report; report-type=delivery-status",
    )
    (event,) = mime.normalize(
        RawEvent(body=body, received_at=datetime.now(UTC)), domain="hub.example"
    )
    assert isinstance(event, InboundMessage)
    assert event.origin is Origin.BOUNCE
    (report,) = event.reports
    assert report == DeliveryReport(
        provider_id=OWN_ID,
        outcome=Outcome.FAILED,
        recipient="ana@client.example",
        code="no_such_mailbox",
        status="5.1.1",
        action="failed",
        words="550 5.1.1 no such user",
        ends_address=True,
    )


RESULT = "mx.kalma.example; dmarc={} header.from=client.example"


@pytest.mark.parametrize(
    ("head", "grade"),
    [
        (["A: " + RESULT.format("pass"), "R"], Grade.PASS),
        (["A: " + RESULT.format("fail"), "R"], Grade.FAIL),
        (["A: " + RESULT.format("none"), "R"], Grade.NONE),
        (["R", "A: " + RESULT.format("pass")], Grade.NONE),
        (["L", "A: " + RESULT.format("pass"), "R"], Grade.PASS),
        (["A: other.example; dmarc=pass", "R"], Grade.NONE),
        (["A: " + RESULT.format("fail"), "A: " + RESULT.format("pass"), "R"], Grade.FAIL),
        (["A: mx.kalma.example; dmarc=pass header.from=evil.example", "R"], Grade.NONE),
        (["A: mx.kalma.example (dmarc=pass); spf=pass", "R"], Grade.NONE),
        (["A: " + RESULT.format("pass"), "R", "From: bo@evil.example"], Grade.NONE),
    ],
)
def test_believes_one_server_above_the_trusted_line(head: list[str], grade: Grade) -> None:
    names = {
        "A": "Authentication-Results",
        "R": "Received: from evil.example by mx.kalma.example with ESMTPS; today",
        "L": "Received: from mx by imap with LMTP; today",
    }
    lines = [names.get(line[0], "") + line[1:] if line[0] in names else line for line in head]
    body = "\r\n".join(lines).encode() + b"\r\n" + mail()
    assert read(body, authserv_id="mx.kalma.example").grade is grade
    assert read(body).grade is Grade.NONE


@pytest.mark.parametrize(
    "body",
    [
        "One: a line that looks like a field\n\nTwo",
        "      Hello.\n\n      Bo",
        "Hello\n\nFrom here on it is fine.",
    ],
)
def test_reads_a_text_without_any_header_whole(body: str) -> None:
    said = read(body.encode()).text
    assert said.split() == body.split()


def test_reads_bare_markup_as_markup() -> None:
    assert read(b"<div>Hello <b>Bo</b></div>").text == "Hello Bo"


def test_shows_what_is_forwarded() -> None:
    words = "See below\r\n\r\nFrom: Bo\r\nSent: today\r\nTo: Ana\r\nSubject: x\r\n\r\nHis words"
    head = "From: ana@client.example\r\nSubject: {}: Lamp\r\n\r\n"
    assert "His words" in read((head.format("FW") + words).encode()).text
    assert read((head.format("RE") + words).encode()).text == "See below"


def test_takes_a_quoted_header_block_for_no_header() -> None:
    text = "It works now\n________________\nFrom: Kalma\nSent: today\nTo: Ana\nSubject: x\n\nTry"
    assert read(text.encode()).text == "It works now"


def test_a_flowed_line_of_any_length_is_put_together_in_time() -> None:
    """A million characters took the square of their number; the bound is generous."""
    fields = {"content_type": "text/plain; format=flowed"}
    began = time.process_time()
    assert read(mail("a \r\n" * 300_000, **fields)).text == " ".join(["a"] * 300_000)
    assert time.process_time() - began < 4
    assert read(mail("a \r\n   \r\n b\r\nc", **fields)).text == "a b\nc"
