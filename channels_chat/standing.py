"""How things stand for a visitor: themselves, their case, and the team behind the chat."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone

from channels_chat import mail, saying, visitors
from channels_chat.entries import Thread
from channels_chat.models import ChatSettings, Visitor
from conversations.adapters.messages import IdentityKind
from conversations.models import (
    BlockedSender,
    Case,
    Channel,
    Delivery,
    Duty,
    Identity,
    Kind,
    Message,
    Recipient,
    Status,
    Team,
)
from conversations.models.target import TargetEdition, hours_of

Frame = dict[str, Any]
ANSWERS = 10
"""First answers that the wait is the median of."""
LONG = timedelta(minutes=15)
"""A longer wait is offered an e-mail instead."""


def visitor_of(thread: Thread) -> Frame:
    visitor = thread.visitor
    address, state = address_of(thread)
    return {
        "known": visitor.since is not None,
        "name": visitor.name,
        "address": masked(address),
        "address_state": state,
        "identified": bool(visitor.subject),
        "blocked": BlockedSender.objects.covers(visitor.value),
    }


def address_of(thread: Thread) -> tuple[str, str]:
    """Where this visitor is written to when they have left, and what that is worth: what they
    proved, else what they typed, else what the customer has whom an agent made them."""
    visitor = thread.visitor
    if visitor.is_proven and visitor.email:
        return visitor.email, "confirmed"
    if visitor.claimed:
        return visitor.claimed, "claimed"
    if thread.conversation is None:
        return "", "none"
    own = Identity.objects.filter(
        customer=thread.conversation.customer_id, kind=IdentityKind.EMAIL, unreachable_code=""
    )
    best = own.order_by(F("verified_at").desc(nulls_last=True), "id").first()
    return (best.value, "confirmed") if best else ("", "none")


def masked(address: str) -> str:
    """`d•••@hey.example`: enough for who wrote it down, and for nobody else."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if at else ""


def case_of(thread: Thread) -> Frame | None:
    case = thread.case
    if case is None:
        return None
    rating = getattr(case, "chat_rating", None)
    answers = case.messages.public().filter(agent__isnull=False).in_order()
    last = answers.values_list("pk", "channel", "channel__kind").last()
    return {
        "id": case.pk,
        "number": str(case.number),
        "topic": case.topic,
        "state": _state(case),
        "agent": {"name": str(case.assignee)} if case.assignee else None,
        "unread": len(thread.unseen),
        "place": _place(case) if last is None else None,
        "rating": rating.score if rating else None,
        "left_to": _left_to(last),
    }


def _state(case: Case) -> str:
    if case.status == Status.RESOLVED:
        return "resolved"
    return "waiting" if case.waiting_since is not None else "answered"


def _place(case: Case) -> int | None:
    """In line among those of the team who wait in a chat for their first answer."""
    if case.waiting_since is None:
        return None
    by_us = Message.objects.filter(case=OuterRef("pk"), agent__isnull=False, kind=Kind.MESSAGE)
    before = Case.objects.standing().filter(
        ~Exists(by_us),
        team=case.team,
        status=Status.OPEN,
        journey__contains=["chat"],
        waiting_since__lt=case.waiting_since,
    )
    return before.count() + 1


def _left_to(last: tuple[int, int | None, str | None] | None) -> str:
    """Whereto went by e-mail what we said last, where that was in the chat, masked."""
    message, channel, kind = last or (0, None, None)
    if kind != "chat":
        return ""
    by_mail = Delivery.objects.filter(messages=message).exclude(channel=channel)
    to = Recipient.objects.filter(delivery__in=by_mail.values("pk")).first()
    return masked(to.address) if to else ""


def team_of(settings: ChatSettings) -> Frame:
    within, opens_at, closes_at = _hours(settings, timezone.now())
    is_open = within and is_staffed(settings.channel.team)
    wait = wait_of(settings.channel) if is_open else None
    is_long = wait is None or wait > LONG.total_seconds()
    can_mail = mail.channel_of(settings) is not None
    return {
        "state": "open" if is_open else "away",
        "opens_at": opens_at.isoformat() if opens_at else None,
        "closes_at": closes_at.isoformat() if closes_at else None,
        "wait": wait,
        "offers_email": can_mail and (not is_open or (is_long and wait is not None)),
    }


def _hours(settings: ChatSettings, now: datetime) -> tuple[bool, datetime | None, datetime | None]:
    """Whether the team works now, else when it does again, and until when; None for never."""
    if not settings.has_hours:
        return True, None, None
    hours = hours_of(settings.channel.team_id, TargetEdition.objects.current())
    if hours is None:
        return True, None, None
    opens, closes = hours.stretch_at(now) or (None, None)
    if opens is None or opens > now:
        return False, opens, None
    return True, None, closes


def is_staffed(team: Team) -> bool:
    """Whether anybody of the team is here; of the default team, anybody at all."""
    online = Duty.objects.online().filter(agent__is_active=True)
    if team.members.exists():
        online = online.filter(agent__in=team.members.values("pk"))
    return online.exists()


def wait_of(channel: Channel) -> int | None:
    """Seconds: the median of the last ten first answers on a channel; None before any."""
    said = Q(messages__kind=Kind.MESSAGE, messages__channel=channel, messages__cancelled_at=None)
    cases = Case.objects.annotate(
        asked=Min("messages__sorted_at", filter=said & Q(messages__identity__isnull=False)),
        told=Min("messages__sorted_at", filter=said & Q(messages__agent__isnull=False)),
    )
    found = cases.filter(
        pk__in=_lately_answered(channel), asked__isnull=False, told__gt=F("asked")
    ).order_by("-told")
    waits = [
        (told - asked).total_seconds()
        for asked, told in found.values_list("asked", "told")[:ANSWERS]
    ]
    return round(median(waits)) if waits else None


def _lately_answered(channel: Channel) -> list[int]:
    """Enough cases that ten first answers are among them."""
    answers = Message.objects.filter(channel=channel, agent__isnull=False, kind=Kind.MESSAGE)
    last = answers.order_by("-id").values_list("case", flat=True)[: ANSWERS * 20]
    return list(dict.fromkeys(last))


def thread_of(visitor: Visitor) -> Thread:
    conversation = visitors.conversation_of(visitor)
    if conversation is not None:
        saying.begin(visitor)
    return Thread(visitor=visitor, conversation=conversation)
