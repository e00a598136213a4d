"""Mails of the demo's customers: RFC 5322 bytes, with a receiving server's word on top."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from conversations.adapters.messages import File
from demo.people import HOUSE, MAIL_SERVER, Person

LONG_LINES = SMTP.clone(max_line_length=900)
"""Ids longer than a line are legal and must not be torn or encoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail. `references` from the oldest; `verdict` is what the receiving server found."""

    sender: Person
    at: datetime
    to: str = HOUSE
    cc: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    verdict: str = "pass"
    more: tuple[tuple[str, str], ...] = field(default=())


def to_bytes(letter: Letter) -> bytes:
    """The mail as the receiving server stores it."""
    mail = EmailMessage(policy=LONG_LINES)
    _envelope_fields(mail, letter)
    _thread_fields(mail, letter)
    for name, value in letter.more:
        mail[name] = value
    _body(mail, letter)
    if letter.sender.language:  # last: giving a mail its body drops every Content- field
        mail["Content-Language"] = letter.sender.language
    return mail.as_bytes()


def _envelope_fields(mail: EmailMessage, letter: Letter) -> None:
    if letter.verdict:
        mail["Authentication-Results"] = (
            f"{MAIL_SERVER}; dmarc={letter.verdict} header.from={letter.sender.domain}"
        )
        # what stands above the line of the server that took the mail is that server's own word
        mail["Received"] = (
            f"from mx.{letter.sender.domain} (mx.{letter.sender.domain} [203.0.113.25])"
            f" by {MAIL_SERVER} with ESMTPS; {format_datetime(letter.at)}"
        )
    mail["From"] = Address(display_name=letter.sender.name, addr_spec=letter.sender.address)
    mail["To"] = letter.to
    if letter.cc:
        mail["Cc"] = ", ".join(letter.cc)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.at)
    mail["Message-ID"] = new_id(letter.sender.domain)


def _thread_fields(mail: EmailMessage, letter: Letter) -> None:
    if letter.in_reply_to:
        mail["In-Reply-To"] = letter.in_reply_to
        mail["References"] = " ".join(letter.references or (letter.in_reply_to,))


def _body(mail: EmailMessage, letter: Letter) -> None:
    mail.set_content(letter.text, cte="quoted-printable")
    if letter.html:
        mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        markup = mail.get_body(("html",))
        for file in _inline(letter.files):
            main, _, sub = file.type.partition("/")
            markup.add_related(  # type: ignore[union-attr]  # added just above
                file.content,
                main,
                sub,
                cid=f"<{file.content_id}>",
                filename=file.name,
                disposition="inline",
            )
    for file in letter.files:
        if not (letter.html and file.is_inline):
            main, _, sub = file.type.partition("/")
            mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)


def _inline(files: Iterable[File]) -> list[File]:
    return [file for file in files if file.is_inline]


def new_id(domain: str) -> str:
    return f"<{uuid.uuid4().hex}@{domain}>"
