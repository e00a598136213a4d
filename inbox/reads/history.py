"""What happened to a case, or to a customer over all cases that the agent may see: newest first."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from conversations.models import Kind, Message
from inbox import texts
from inbox.reads import clocks, entries
from inbox.reads.paging import earlier

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    message: Message
    sentence: str
    day: str
    """Set where a new day begins."""

    @property
    def hour(self) -> str:
        return clocks.hour(self.message.sorted_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    lines: list[Line]
    next: str
    """Cursor of what was before; empty at the beginning."""


def read(messages: QuerySet[Message], *, before: str = "") -> History:
    """One page of the activities among these messages. Raises BadCursor."""
    rows = messages.filter(kind=Kind.ACTIVITY).select_related("agent", "case", "identity")
    if before:
        rows = rows.filter(earlier(before))
    found = list(rows.order_by("-sorted_at", "-id")[: PAGE + 1])
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    cursor = f"{last.sorted_at.isoformat()}~{last.pk}" if last else ""
    return History(lines=_lines(shown), next=cursor)


def _lines(found: list[Message]) -> list[Line]:
    lines, above = [], ""
    for message in found:
        day = clocks.day(message.sorted_at)
        who = entries.author_of(message).first_name
        sentence = texts.activity(message.code, message.params, who=who)
        lines.append(Line(message=message, sentence=sentence, day="" if day == above else day))
        above = day
    return lines
