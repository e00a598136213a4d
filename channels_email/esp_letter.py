"""A mail of ours in Django's form, which anymail takes: the same headers, words and files."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.mime.base import MIMEBase
from typing import Any

from django.core.mail import EmailMultiAlternatives

from channels_email.providers import PROVIDERS, ProviderConfig
from conversations.adapters.messages import OutboundMessage, RecipientRole

MARKS = ("hub-case", "hub-mail")
"""Metadata that comes back with tracking events: the two halves of our Message-ID."""
_OWN_HEADERS = {
    "from", "to", "cc", "bcc", "subject", "reply-to", "mime-version", "content-type",
    "content-transfer-encoding", "content-disposition", "date",
}  # fmt: skip
_KEY = re.compile(r"<([0-9a-f]{32,64})\.([0-9a-f]{32})@")


def letter_of(
    mail: EmailMessage, message: OutboundMessage, provider: ProviderConfig
) -> EmailMultiAlternatives:
    """The mail in Django's form, which anymail takes. Bcc recipients stand in no header of it."""
    body, markup = mail.get_body(("plain",)), mail.get_body(("html",))
    letter = EmailMultiAlternatives(
        subject=str(mail["Subject"] or ""),
        body=body.get_content().rstrip("\n") if body else "",
        from_email=str(mail["From"]),
        to=[str(a) for a in _addresses(mail, "To")],
        cc=[str(a) for a in _addresses(mail, "Cc")],
        bcc=[a.address.value for a in message.addressees if a.role is RecipientRole.BCC],
        reply_to=[str(a) for a in _addresses(mail, "Reply-To")] or None,
        headers=_headers(mail, provider),
    )
    if markup is not None:
        letter.attach_alternative(markup.get_content(), "text/html")
    for part in mail.walk():
        if not part.is_multipart() and part not in (body, markup):
            letter.attach(_file(part))
    _mark(letter, message)
    return letter


def _addresses(mail: EmailMessage, name: str) -> tuple[Any, ...]:
    header: Any = mail[name]
    return header.addresses if header is not None else ()


def _headers(mail: EmailMessage, provider: ProviderConfig) -> dict[str, str]:
    ours = {name: str(value) for name, value in mail.items() if name.lower() not in _OWN_HEADERS}
    return {**ours, **PROVIDERS[provider.name].extra_headers}


def _file(part: Any) -> Any:
    """A leaf as it stands; Django reads its headers through the old policy."""
    leaf = MIMEBase(part.get_content_maintype(), part.get_content_subtype())
    leaf.set_payload(part.get_payload())
    leaf["Content-Transfer-Encoding"] = str(part["Content-Transfer-Encoding"] or "7bit")
    if part["Content-ID"]:
        leaf["Content-ID"] = str(part["Content-ID"])
    disposition = "inline" if part["Content-ID"] else "attachment"
    name = ("utf-8", "", part.get_filename() or "file")
    leaf.add_header("Content-Disposition", disposition, filename=name)
    return leaf


def _mark(letter: Any, message: OutboundMessage) -> None:
    own = _KEY.match(message.key)
    if own:
        letter.metadata = dict(zip(MARKS, own.groups(), strict=True))
    letter.track_opens = letter.track_clicks = False
