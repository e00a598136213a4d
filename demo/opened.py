"""A mail out of the simulator's store, as a mail program shows it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import cast

from conversations.adapters.messages import File
from demo.models import Mail

SHOWN = (
    "From", "To", "Cc", "Reply-To", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
)  # fmt: skip
_CID = re.compile(r"""(?<=["'(])cid:([^"')\s]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The parts of a mail. `chain` are the ids of its references from the oldest, its own last."""

    mail: Mail
    fields: tuple[tuple[str, str], ...]
    sender: tuple[str, str]
    answers_go_to: str
    chain: tuple[str, ...]
    text: str
    html: str
    files: tuple[File, ...]

    @property
    def message_id(self) -> str:
        return self.chain[-1]


def open_mail(mail: Mail) -> Opened:
    parsed = message_from_bytes(bytes(mail.raw), policy=default)
    files = tuple(_file(part) for part in parsed.walk() if _is_file(part))
    return Opened(
        mail=mail,
        fields=tuple((name, str(parsed[name])) for name in SHOWN if parsed[name]),
        sender=next(iter(getaddresses([str(parsed["From"])]))),
        answers_go_to=str(parsed["Reply-To"] or parsed["From"]),
        chain=(*str(parsed["References"] or "").split(), mail.message_id),
        text=_content(parsed, "plain"),
        html=_with_pictures(_content(parsed, "html"), files),
        files=files,
    )


def _content(parsed: EmailMessage, subtype: str) -> str:
    body = parsed.get_body((subtype,))
    return cast("str", body.get_content()) if body is not None else ""


def _is_file(part: EmailMessage) -> bool:
    return not part.is_multipart() and bool(part.get_filename() or part["Content-ID"])


def _file(part: EmailMessage) -> File:
    return File(
        name=part.get_filename() or "",
        type=part.get_content_type(),
        content=cast("bytes", part.get_payload(decode=True)),
        is_inline=part.get_content_disposition() == "inline",
        content_id=str(part["Content-ID"] or "").strip("<> "),
    )


def _with_pictures(html: str, files: tuple[File, ...]) -> str:
    """Inline pictures become data: links, since the frame they stand in may load nothing."""
    pictures = {file.content_id: file for file in files if file.content_id}

    def link(match: re.Match[str]) -> str:
        file = pictures.get(match[1])
        return f"data:{file.type};base64,{base64.b64encode(file.content).decode()}" if file else ""

    return _CID.sub(link, html)
