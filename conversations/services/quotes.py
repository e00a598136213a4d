"""Messages as a third party gets to read them: who wrote, when, about what, and the words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conversations.models import Message, Workspace
from conversations.models.identity import READABLE


def quote(messages: Iterable[Message], *, language: str) -> str:
    """The messages, oldest first; what they themselves quoted stays out."""
    with translation.override(language):
        return "\n\n".join(_one(message) for message in messages)


def _one(message: Message) -> str:
    at = timezone.localtime(message.sorted_at)
    lines = [
        "---------- " + _("Forwarded message") + " ----------",
        _("From: %(who)s") % {"who": _who(message)},
        _("Date: %(at)s") % {"at": f"{date_format(at, 'DATETIME_FORMAT')} {at.tzname()}"},
    ]
    if message.subject:
        lines.append(_("Subject: %(subject)s") % {"subject": " ".join(message.subject.split())})
    return "\n".join([*lines, "", message.text.strip()]).rstrip()


def _who(message: Message) -> str:
    identity = message.identity
    if identity is None:
        return message.author_name or Workspace.objects.current().name
    name = " ".join((message.author_name or identity.name).split())
    address = identity.value if identity.kind in READABLE else ""
    return f"{name} <{address}>" if name and address else name or address
