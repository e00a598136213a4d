"""What comes back to a mail: an answer, an absence notice, a delivery report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from html import escape

from conversations.adapters.messages import File
from demo.letters import Letter, new_id, to_bytes
from demo.opened import Opened
from demo.people import Person

FULL = "452 4.2.2 The recipient's mailbox is full"
GONE = "550 5.1.1 The e-mail account that you tried to reach does not exist"
_AWAY = "I am away until Monday and will read your mail then.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What somebody writes in an answer."""

    text: str
    cc: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    with_html: bool = False


def answer(opened: Opened, sender: Person, words: Words, *, at: datetime) -> bytes:
    """A reply as a web mail program writes it: to the Reply-To, the original quoted below."""
    quoting = _attribution(opened)
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in opened.text.splitlines())
    return to_bytes(
        Letter(
            sender=sender,
            at=at,
            to=opened.answers_go_to,
            cc=words.cc,
            subject=_subject(opened),
            text=f"{words.text.rstrip()}\n\n{quoting}\n\n{quoted}",
            html=_markup(opened, words.text, quoting) if words.with_html else "",
            files=words.files,
            in_reply_to=opened.message_id,
            references=opened.chain,
        )
    )


def vacation(opened: Opened, sender: Person, *, at: datetime) -> bytes:
    """An absence notice (RFC 3834): answers nothing, and wants no answer."""
    subject = f"Out of office: {opened.mail.subject}"
    more = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))
    return to_bytes(
        Letter(
            sender=sender,
            at=at,
            to=opened.answers_go_to,
            subject=subject,
            text=_AWAY,
            in_reply_to=opened.message_id,
            references=opened.chain,
            more=more,
        )
    )


def bounce(opened: Opened, recipient: str, *, at: datetime, words: str = GONE) -> bytes:
    """A server that took the mail first and could not deliver it says so (RFC 3464)."""
    server = "mx." + recipient.rpartition("@")[2]
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"] = f"Mail Delivery System <mailer-daemon@{server}>"
    report["To"] = opened.mail.envelope_from
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(at)
    report["Message-ID"] = new_id(server)
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"Your mail could not be delivered to {recipient}:\n\n{words}\n"))
    report.attach(_status(recipient, server, words))
    report.attach(MIMEMessage(message_from_bytes(bytes(opened.mail.raw))))
    return report.as_bytes(policy=compat32.clone(linesep="\r\n"))


def _status(recipient: str, server: str, words: str) -> Message:
    of_mail, of_recipient = Message(), Message()
    of_mail["Reporting-MTA"] = f"dns; {server}"
    of_recipient["Final-Recipient"] = f"rfc822; {recipient}"
    of_recipient["Action"] = "failed"
    of_recipient["Status"] = words.split()[1]
    of_recipient["Diagnostic-Code"] = f"smtp; {words}"
    status = MIMENonMultipart("message", "delivery-status")
    status.set_payload([of_mail, of_recipient])
    return status


def _subject(opened: Opened) -> str:
    subject = opened.mail.subject
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _attribution(opened: Opened) -> str:
    name, address = opened.sender
    return f"On {opened.mail.at:%a, %d %b %Y at %H:%M}, {name} <{address}> wrote:"


def as_markup(text: str) -> str:
    """Plain words as a web mail program's HTML part."""
    lines = "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.splitlines())
    return f'<div dir="ltr">{lines}</div>'


def _markup(opened: Opened, text: str, quoting: str) -> str:
    return (
        f"{as_markup(text)}<br>"
        f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(quoting)}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;'
        f'padding-left:1ex">{opened.html or escape(opened.text)}</blockquote></div>'
    )
