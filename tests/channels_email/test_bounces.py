"""What machines write about mails of ours; and what people write, which stays theirs."""

import time
from datetime import UTC, datetime

import pytest

from channels_email import mime
from conversations.adapters.messages import InboundMessage, Origin, Outcome, RawEvent
from tests.channels_email.mails import mail

OWN_ID = f"<{'a' * 40}.{'b' * 32}@hub.example>"
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example>"


def read(body: bytes) -> InboundMessage:
    raw = RawEvent(
        body=body,
        received_at=datetime.now(UTC),
        own_addresses=frozenset({"support@kalma.example"}),
    )
    return mime.read(raw, domain="hub.example")


def found(message: InboundMessage) -> list[tuple[str, str, str]]:
    return [(report.recipient, report.status, report.code) for report in message.reports]


RETURNED = f"\nReceived: from hub.example\nMessage-ID: {OWN_ID}\nTo: bo@else.example\n\nHello"


@pytest.mark.parametrize(
    ("words", "reports"),
    [
        (
            ("Hi. I was not able to deliver your message to the following addresses.\n\n"
            "<ana@client.example>:\n192.0.2.1 does not like recipient.\n"
            "Remote host said: 550 5.1.1 no such user\n\n"
            "<eva@client.example>:\nSorry, the mailbox is full.\n\n"
            "--- Below this line is a copy of the message.\n"),
            [
                ("ana@client.example", "5.1.1", "no_such_mailbox"),
                ("eva@client.example", "5.2.2", "mailbox_full"),
            ],
        ),
        (
            ("A message that you sent could not be delivered. The following address(es) failed:\n\n"
            "  inner@client.example\n    (generated from ana@client.example)\n"
            "    SMTP error from remote mail server: 452 too many recipients\n\n"
            "------ This is a copy of the message. ------\n"),
            [("ana@client.example", "4.0.0", "bounced")],
        ),
        (
            ("Your message\n\n  To:      bo@else.example\n  Subject: Hello\n\n"
            "did not reach the following recipient(s):\n\n"
            "ana@client.example on Fri, 20 Nov 2026 10:00:00 +0100\n"
            "    The recipient name is not recognized\n"),
            [("ana@client.example", "5.1.1", "no_such_mailbox")],
        ),
        (
            ("   ----- Transcript of session follows -----\n"
            ">>> RCPT To:<ana@client.example>\n"
            "<<< 554 5.7.1 <ana@client.example>: spam is not welcome\n"),
            [("ana@client.example", "5.7.1", "refused")],
        ),
        (
            "Unknown user: ana@client.example\n\nOriginal message follows.\n",
            [("ana@client.example", "5.1.1", "no_such_mailbox")],
        ),
        (
            ("Su mensaje no pudo ser entregado a la siguiente dirección:\n\n"
            "<ana@client.example>: el buzón está lleno\n"),
            [("ana@client.example", "5.2.2", "mailbox_full")],
        ),
        (
            ("THIS IS A WARNING ONLY. Your message will be retried.\n\n"
            "<ana@client.example>: connection timed out\n"),
            [("ana@client.example", "4.4.7", "delayed")],
        ),
        (
            ("An error occurred:\n\nAction: failed\nFinal-Recipient: rfc822; <ana@client.example>\n"
            "Diagnostic-Code: smtp; 550-5.7.26 not authenticated\n"
            "Status: 5.0.0\n"),
            [("ana@client.example", "5.7.26", "refused")],
        ),
        (
            "Your mail bounced.\n\nInvalid receiver address: ana@client.example\n",
            [("ana@client.example", "5.1.1", "no_such_mailbox")],
        ),
        (
            ("Die folgende Nachricht konnte nicht zugestellt werden:\n\n"
            "Das Postfach von ana@client.example ist voll.\n"),
            [("ana@client.example", "5.2.2", "mailbox_full")],
        ),
        (
            ("Votre message n'a pas pu être remis. Contact postmaster@mx.example.\n\n"
            "Utilisateur inconnu : ana@client.example\n"),
            [("ana@client.example", "5.1.1", "no_such_mailbox")],
        ),
        ("Delivery failed for:\n\n  postmaster@client.example\n", [
            ("postmaster@client.example", "5.0.0", "bounced"),
        ]),
    ],
)  # fmt: skip
def test_reads_notices_that_follow_no_standard(
    words: str, reports: list[tuple[str, str, str]]
) -> None:
    message = read(mail(words + RETURNED, sender=DAEMON, subject="failure notice"))
    assert message.origin is Origin.BOUNCE
    assert found(message) == reports
    assert {report.provider_id for report in message.reports} == {OWN_ID}


def test_every_recipient_of_a_report_counts_once_as_we_wrote_it() -> None:
    body = (
        b"From: MAILER-DAEMON@mx.example\r\n"
        b'Content-Type: Multipart/REPORT; Report-Type="delivery-status"; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n"
        b"\r\nOriginal-Recipient: rfc822;ana@client.example\r\n"
        b"Final-Recipient: rfc822;u17@inside.example\r\nAction: failed\r\nStatus: 5.2.2\r\n"
        b"\r\nFinal-Recipient: RFC822; <EVA@client.example>\r\nAction: delayed\r\n"
        b"Status: 4.4.1 (no answer)\r\n\r\nFinal-Recipient: rfc822;eva@client.example\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
    )
    first, second = read(body).reports
    assert (first.recipient, first.outcome) == ("ana@client.example", Outcome.FAILED)
    assert (second.recipient, second.outcome) == ("eva@client.example", Outcome.UNKNOWN)
    assert (second.action, second.code, second.status) == ("delayed", "delayed", "4.4.1")


def test_a_complaint_is_no_bounce_of_an_address() -> None:
    body = (
        b"From: fbl@provider.example\r\nSubject: Email Feedback Report\r\n"
        b'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        b"--b\r\n\r\nThis is an abuse report.\r\n"
        b"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        b"Version: 1\r\nOriginal-Rcpt-To: <ana@client.example>\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: "
        + OWN_ID.encode()
        + b"\r\n\r\nHello\r\n--b--\r\n"
    )
    message = read(body)
    (report,) = message.reports
    assert message.origin is Origin.BOUNCE
    assert (report.recipient, report.code) == ("ana@client.example", "complaint")
    assert (report.outcome, report.status, report.provider_id) == (Outcome.UNKNOWN, "", OWN_ID)


BOUNCE = "The following address failed:\n\n<ana@client.example>: 550 5.1.1 user unknown\n"


@pytest.mark.parametrize(
    "body",
    [
        mail("I got this: delivery failed, user unknown, for you@kalma.example. What now?"),
        mail(BOUNCE + "\nWhat does this mean?", subject="Fwd: Undelivered Mail"),
        mail(BOUNCE, subject="Undeliverable: my order"),
        mail("Your parcel could not be delivered.", sender="no-reply@post.example"),
        mail("Can you add an SPF record?", sender="postmaster@client.example", subject="DNS"),
        mail("Returned mail is full of <ana@client.example>", return_path="<>"),
        mail("Hello", subject="Out of office chair delivered broken"),
    ],
)
def test_what_people_write_about_failures_stays_theirs(body: bytes) -> None:
    message = read(body)
    assert (message.origin, message.reports) == (Origin.PERSON, ())


def test_a_forwarded_report_is_the_forwarders_mail() -> None:
    body = (
        b"From: Ana <ana@client.example>\r\nSubject: Fwd: what is this?\r\n"
        b'Content-Type: multipart/mixed; boundary="o"\r\n\r\n--o\r\n\r\nI got this.\r\n'
        b"--o\r\nContent-Type: message/rfc822\r\n\r\nFrom: MAILER-DAEMON@mx.example\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Final-Recipient: rfc822; eva@client.example\r\nAction: failed\r\n--b--\r\n--o--\r\n"
    )
    assert read(body).origin is Origin.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "<" * 300_000,
        "a@" * 150_000,
        "mailbox " * 40_000,
        "deliver " * 40_000,
        "550 " * 80_000,
        "\n".join(f"user{n}@client.example: mailbox full" for n in range(20_000)),
        "Final-Recipient: rfc822; a@b.example\n" * 20_000,
    ],
)
def test_hostile_reports_are_read_in_bounded_time(text: str) -> None:
    begun = time.perf_counter()
    message = read(mail(text, sender=DAEMON, subject="failure notice"))
    assert time.perf_counter() - begun < 5
    assert len(message.reports) <= 100
