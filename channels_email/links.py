"""Files too large for a mail leave as signed links (`/f/<token>`), each to one file, for a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext

from channels_email import html as markup
from conversations.adapters.messages import File, OutboundMessage
from conversations.models import Attachment
from conversations.services import file_links

LARGEST_IN_A_MAIL = 10 * 1024 * 1024
"""Bytes of one file, and of all files together, that travel inside of a mail."""
VALID = timedelta(days=30)
_SALT = "channels_email.links"


def token_of(attachment_id: int) -> str:
    return file_links.token_of(attachment_id, salt=_SALT)


def attachment_of(token: str) -> Attachment | None:
    return file_links.attachment_of(token, salt=_SALT, valid=VALID)


def linked(message: OutboundMessage) -> OutboundMessage:
    """The message with links for what is too large, told in its language."""
    inside, outside = _parted(message.files)
    if not outside:
        return message
    with translation.override(message.language or settings.LANGUAGE_CODE):
        lead, rows = (
            _lead(),
            [(file.name, filesizeformat(file.size), url(file)) for file in outside],
        )
        text = "\n".join([lead, *(f"{name} ({size}): {link}" for name, size, link in rows)])
        items = format_html_join("", '<li><a href="{2}">{0}</a> ({1})</li>', rows)
        words = message.html or markup.from_text(message.text)
        html = words + format_html("<p>{}</p><ul>{}</ul>", lead, items)
    body = f"{message.text.rstrip()}\n\n{text}"
    return replace(message, text=body, html=html, files=inside)


def url(file: File) -> str:
    path = reverse("email-file", args=[token_of(int(file.reference))])
    return f"{settings.OMNIHUB_URL}{path}"


def _lead() -> str:
    until = date_format(timezone.localtime(timezone.now() + VALID), "DATE_FORMAT")
    return gettext("Files to download, until %s:") % until


def _parted(files: tuple[File, ...]) -> tuple[tuple[File, ...], tuple[File, ...]]:
    """What fits, smallest first, and what does not. Pictures inside of the words stay there."""
    left, inside = LARGEST_IN_A_MAIL, set[int]()
    order = sorted(range(len(files)), key=lambda i: (not files[i].is_inline, files[i].size))
    for i in order:
        fits = files[i].size <= left or not files[i].reference or files[i].is_inline
        if fits:
            inside.add(i)
            left -= files[i].size
    kept = tuple(file for i, file in enumerate(files) if i in inside)
    return kept, tuple(file for i, file in enumerate(files) if i not in inside)
