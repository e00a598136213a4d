"""A case's topic: the subject without what mail programs put before it."""

from __future__ import annotations

import re

from django.db import transaction

from conversations.adapters.messages import InboundMessage
from conversations.models import Agent, Case, Kind, Message
from conversations.services import threads
from conversations.services.errors import Refused

TOPIC_LENGTH = 300
NO_TOPIC = "…"
"""Of a case whose only words were taken out."""
_WORDS = r"(?:re|aw|antw|sv|vs|ref|odp|rv|rif|res|fw|fwd|wg|tr|enc|i|vb|doorst)"
_COUNT = r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?"
_COLONS = r"[:：](?:\s*[:：])*"  # noqa: RUF001 -- the full-width colon of Asian clients
_PREFIX = re.compile(
    rf"^\s*(?:{_WORDS}\s*{_COUNT}\s*{_COLONS}|(?:re|fwd?)\s*;|\((?:re|fwd?)\))\s*",
    re.IGNORECASE,
)
_WRAPPED = re.compile(rf"^\s*\[\s*(?={_WORDS}\s*{_COLONS})", re.IGNORECASE)
_AFTER = re.compile(r"\s*\((?:fwd?|weiterleitung|reenviado)\)\s*$", re.IGNORECASE)
_BOX = re.compile(r"^\s*\[(?:external|ext|extern|externo)\]\s*", re.IGNORECASE)


def clean_subject(subject: str) -> str:
    """Strip any run of Re:, AW:, Fwd: and the like, and `[Fwd: …]` around the rest."""
    text = " ".join(subject.split())
    while (shorter := _shorter(text)) != text:
        text = shorter
    return text[:TOPIC_LENGTH]


def _shorter(text: str) -> str:
    text = _AFTER.sub("", _BOX.sub("", text))
    inner = _WRAPPED.sub("", text, count=1)
    if inner != text:
        inner = inner.removesuffix("]") if inner.endswith("]") else inner.replace("]", "", 1)
    return _PREFIX.sub("", inner, count=1)


def topic_of(message: InboundMessage | Message) -> str:
    """The cleaned subject, else the first line of what was written."""
    first_line = next((line.strip() for line in message.text.splitlines() if line.strip()), "")
    return clean_subject(message.subject) or first_line[:120]


def forget(message: Message) -> None:
    """Let no case be called by the words of a message that is about to be taken out."""
    words = topic_of(message)
    cases = Case.objects.filter(conversation=message.conversation_id, topic=words)
    for case in cases if words else ():
        others = case.messages.filter(kind=Kind.MESSAGE).exclude(pk=message.pk).in_order()
        left = (topic for topic in map(topic_of, others[:20]) if topic and topic != words)
        Case.objects.filter(pk=case.pk).update(topic=next(left, NO_TOPIC))


def rename(*, case_id: int, agent: Agent, topic: str, seen: int | None = None) -> Case:
    """Give a case another topic. The subject that customers see does not change."""
    topic = " ".join(topic.split())[:TOPIC_LENGTH]
    if not topic:
        raise Refused("empty")
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        if case.topic != topic:
            case.topic = topic
            threads.add_activity(
                conversation, case, "renamed", agent=agent, params={"topic": topic}
            )
        return case
