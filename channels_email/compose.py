"""An outgoing message as a mail. The same message makes the same mail, but for its Date."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from email.generator import BytesGenerator
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from io import BytesIO

from channels_email import html, threading
from channels_email.config import Config
from channels_email.filters import LOOP_MARK
from conversations.adapters.base import PermanentFailure
from conversations.adapters.messages import Address, File, OutboundMessage, RecipientRole
from conversations.services.filenames import display_name

_BREAKS_HEADERS = re.compile(r"[\r\n\x00]")
_IDS = {"message-id", "in-reply-to", "references"}


class _Policy(EmailPolicy):
    """Ids are folded between each other and never encoded, however long they are."""

    def fold_binary(self, name: str, value: object) -> bytes:
        if name.lower() in _IDS:
            ids = f"{self.linesep} ".join(str(value).split())
            return f"{name}: {ids}{self.linesep}".encode("ascii")
        return bytes(super().fold_binary(name, value))  # type: ignore[arg-type]


POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def build(message: OutboundMessage, config: Config, *, at: datetime) -> EmailMessage:
    """The mail. Bcc recipients stand in no header. Raises PermanentFailure for a forged header."""
    mail = EmailMessage(policy=_policy(message))
    sender = message.sender.value or config.address
    mail["From"] = _address(
        Address(kind=message.sender.kind, value=sender, name=_name(message, config))
    )
    for role, field in ((RecipientRole.TO, "To"), (RecipientRole.CC, "Cc")):
        addresses = [_address(a.address) for a in message.addressees if a.role is role]
        if addresses:
            mail[field] = addresses
    mail["Subject"] = _safe(message.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = _safe(message.key)
    _thread_headers(mail, message)
    if config.plus_addressing and message.reply_token:
        mail["Reply-To"] = _address(_reply_to(message, config))
    if message.is_automatic:
        mail["Auto-Submitted"] = "auto-replied" if message.references else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        if message.references:  # for programs older than the field above (RFC 3834 3.1.8)
            mail["Precedence"] = "bulk"
    mail[LOOP_MARK] = config.domain
    _body(mail, message)
    _name_boundaries(mail, message.key)
    return mail


def to_bytes(mail: EmailMessage) -> bytes:
    """The mail as it travels: CRLF line ends, 7 bit unless an address is not."""
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=mail.policy).flatten(mail)
    return out.getvalue()


def _policy(message: OutboundMessage) -> EmailPolicy:
    """Addresses outside of ASCII need headers in UTF-8 (RFC 6532)."""
    everybody = [message.sender, *(a.address for a in message.addressees)]
    return POLICY if all(a.value.isascii() for a in everybody) else POLICY.clone(utf8=True)


def _name(message: OutboundMessage, config: Config) -> str:
    """Who signs: the agent beside the house's name, or the house alone."""
    names = [message.sender.name, config.display_name]
    return " · ".join(filter(None, names)) if all(names) else next(filter(None, names), "")


def _reply_to(message: OutboundMessage, config: Config) -> Address:
    value = threading.reply_address(config.address, message.reply_token)
    return Address(kind=message.sender.kind, value=value, name=config.display_name)


def _address(address: Address) -> HeaderAddress:
    try:
        return HeaderAddress(display_name=_safe(address.name), addr_spec=_safe(address.value))
    except (ValueError, IndexError) as error:
        raise PermanentFailure("bad_address", words=str(error), address=address.value) from error


def _safe(value: str) -> str:
    """Refuses what would end a header early (ASVS 1.3.11)."""
    if _BREAKS_HEADERS.search(value):
        raise PermanentFailure("header_injection")
    return value


def _thread_headers(mail: EmailMessage, message: OutboundMessage) -> None:
    """In-Reply-To names the nearest, References the chain from the oldest (RFC 5322 3.6.4)."""
    ids = [
        _safe(i) for i in message.references if i.startswith("<") and " " not in i and i.isascii()
    ]
    if ids:
        mail["In-Reply-To"] = ids[0]
        mail["References"] = " ".join(reversed(ids))


def _body(mail: EmailMessage, message: OutboundMessage) -> None:
    text = message.text.replace("\r\n", "\n").rstrip() + "\n"
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    inline = [file for file in message.files if file.is_inline and file.content_id and message.html]
    mail.add_alternative(
        message.html or html.from_text(text),
        subtype="html",
        charset="utf-8",
        cte="quoted-printable",
    )
    markup = mail.get_payload()[-1]  # type: ignore[index]
    for file in inline:
        markup.add_related(  # type: ignore[union-attr]
            file.content,
            *_type(file),
            cid=f"<{_safe(file.content_id)}>",
            filename=display_name(file.name),
        )
    _attach(mail, [file for file in message.files if file not in inline])


def _attach(mail: EmailMessage, files: Iterable[File]) -> None:
    for file in files:
        mail.add_attachment(
            file.content, *_type(file), filename=display_name(file.name), cte="base64"
        )


def _type(file: File) -> tuple[str, str]:
    main, _, sub = file.type.partition(";")[0].strip().lower().partition("/")
    if not re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", f"{main}/{sub}") or main in {
        "multipart",
        "message",
    }:
        return "application", "octet-stream"
    return main, sub


def _name_boundaries(mail: EmailMessage, key: str) -> None:
    """Boundaries from the message's own id, so that a repeat is the same mail."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            digest = hashlib.sha256(f"{key}:{number}".encode()).hexdigest()[:32]
            part.set_boundary(f"=_{digest}")
