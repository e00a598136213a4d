"""The composer of a message to third parties: who gets it, and what of the case goes along."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conversations.models import Attachment, Case, Channel, Draft, DraftKind, Message
from conversations.services import pass_on
from inbox.reads import clocks, entries
from inbox.reads.people import Person
from inbox.reads.thread import Thread

MOST = 50
"""The latest messages that are offered; older ones are handed on from where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message that can be handed on, and its files with whether each goes along."""

    message: Message
    author: Person
    files: list[tuple[Attachment, bool]]
    is_chosen: bool

    @property
    def when(self) -> str:
        return clocks.moment(self.message.sorted_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What stands in that composer. Addresses are comma-separated, as typed."""

    lines: Sequence[Line]
    channels: Sequence[Channel]
    channel_id: int | None
    to: str = ""
    cc: str = ""
    subject: str = ""
    text: str = ""
    version: int = 0
    problem: str = ""
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def chosen(self) -> list[Line]:
        return [line for line in self.lines if line.is_chosen]

    @property
    def others(self) -> list[Line]:
        """Latest first."""
        return [line for line in reversed(self.lines) if not line.is_chosen]


def read(thread: Thread, *, messages: Collection[int] = (), answers: int | None = None) -> Aside:
    """With these messages quoted; or in answer to what was said aside with number `answers`; or
    as it was left."""
    case = thread.case
    draft = Draft.objects.filter(case=case, agent=thread.agent, kind=DraftKind.ASIDE).first()
    kept: Mapping[str, Any] = draft.fields if draft else {}
    is_new = bool(messages) or answers is not None
    chosen = set(messages) if is_new else set(kept.get("messages", ()))
    lines = _lines(case, chosen, None if is_new or not draft else set(kept.get("attachments", ())))
    to = _partners(case, answers) or list(kept.get("to", ()))
    quoted = [line.message for line in lines if line.is_chosen]
    channel = pass_on.channel_for(case, thread.agent)
    return Aside(
        lines=lines,
        channels=pass_on.channels(thread.agent),
        channel_id=kept.get("channel") or (channel.pk if channel else None),
        to=", ".join(to),
        cc=", ".join(kept.get("cc", ())) if not is_new else "",
        subject=(kept.get("subject") if not is_new else "") or pass_on.subject_of(case, quoted),
        text=draft.text if draft else "",
        version=draft.version if draft else 0,
    )


def typed(
    thread: Thread, said: Mapping[str, str], passed_on: Mapping[str, Sequence[int]], problem: str
) -> Aside:
    """As it was sent and refused: nothing that was typed or ticked is lost."""
    lines = _lines(thread.case, set(passed_on["messages"]), set(passed_on["attachments"]))
    channel = said.get("channel", "")
    return Aside(
        lines=lines,
        channels=pass_on.channels(thread.agent),
        channel_id=int(channel) if channel.isascii() and channel.isdecimal() else None,
        to=said.get("to", ""),
        cc=said.get("cc", ""),
        subject=said.get("subject", ""),
        text=said.get("words", ""),
        version=0,
        problem=problem,
    )


def _lines(case: Case, chosen: set[int], files: set[int] | None) -> list[Line]:
    """The chosen messages and the latest others. Without `files` all go along; files of what is
    not chosen are ticked for when it is."""
    rows = pass_on.quotable(case).select_related("identity", "agent", "channel")
    rows = rows.prefetch_related("attachments")
    latest = list(rows.order_by("-sorted_at", "-id")[:MOST])
    found = {message.pk: message for message in [*rows.filter(pk__in=chosen), *latest]}
    ordered = sorted(found.values(), key=lambda message: (message.sorted_at, message.pk))
    return [_line(message, chosen, files) for message in ordered]


def _line(message: Message, chosen: set[int], files: set[int] | None) -> Line:
    is_chosen = message.pk in chosen
    hung = [
        (file, files is None or not is_chosen or file.pk in files)
        for file in message.attachments.all()
    ]
    return Line(message=message, author=entries.author_of(message), files=hung, is_chosen=is_chosen)


def _partners(case: Case, answers: int | None) -> list[str]:
    """Whom an answer to something said aside goes to: its sender, or where we sent it."""
    if answers is None:
        return []
    said = case.messages.filter(is_aside=True, pk=answers).select_related("identity").first()
    if said is None:
        return []
    if said.identity is not None:
        return [said.identity.value]
    return [one["address"] for one in said.addressees if one["role"] == "to"]
