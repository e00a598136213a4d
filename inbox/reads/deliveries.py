"""Where a message of ours is: one word, an icon, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.adapters.base import Face
from conversations.models import Delivery, DeliveryState, Message, Recipient
from conversations.models.delivery import AILING, ARRIVED, WORST_FIRST
from inbox import texts
from inbox.reads.faces import face_of

WORDS: dict[str, tuple[str, Promise]] = {
    DeliveryState.HELD: ("clock", _("Sends soon")),
    DeliveryState.QUEUED: ("clock", _("Sending")),
    DeliveryState.SENDING: ("clock", _("Sending")),
    DeliveryState.SENT: ("check", _("Sent")),
    DeliveryState.DELIVERED: ("checks", _("Delivered")),
    DeliveryState.READ: ("checks", _("Opened")),
    DeliveryState.FAILED: ("warn", _("Not delivered")),
    DeliveryState.UNKNOWN: ("warn", _("May not have arrived")),
    DeliveryState.CANCELLED: ("undo", _("Taken back")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One recipient whom a message did not reach, and why, in our words and the vendor's."""

    address: str
    reason: str
    words: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One way that a message went: by which channel, where it ended, when and why."""

    face: Face
    state: str
    at: datetime | None
    reason: str

    @property
    def word(self) -> Promise:
        return _("failed") if self.state == DeliveryState.FAILED else WORDS[self.state][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A message's delivery as its reader sees it: the worst of its recipients."""

    delivery: Delivery
    state: str
    at: datetime | None
    failures: tuple[Failure, ...]
    remarks: tuple[Failure, ...] = ()
    """Of whom their server said something that is no end: it waits, or they complain."""
    legs: tuple[Leg, ...] = ()
    """Every way that it went, where one failed and another was tried."""

    @property
    def icon(self) -> str:
        return (
            "clock"
            if self.state == DeliveryState.SENT and self.is_delayed
            else WORDS[self.state][0]
        )

    @property
    def word(self) -> Promise:
        if self.is_late:
            return _("Trying again")
        if self.state == DeliveryState.SENT and self.is_delayed:
            return _("Delayed")
        return WORDS[self.state][1]

    @property
    def is_scheduled(self) -> bool:
        """It waits for a time that somebody chose."""
        return self.state == DeliveryState.HELD and self.delivery.is_scheduled

    @property
    def is_late(self) -> bool:
        return self.state == DeliveryState.QUEUED and bool(self.delivery.reason_code)

    @property
    def is_delayed(self) -> bool:
        return any(remark.code == "delayed" for remark in self.remarks)

    @property
    def why(self) -> str:
        return _reason(self.delivery, self.delivery.reason_code)

    @property
    def can_go_again(self) -> bool:
        """Somebody was missed, and nothing is on its way to them now."""
        return self.state in AILING and self.delivery.state in [*AILING, *ARRIVED]


def progress_of(message: Message) -> Progress | None:
    """Reads prefetched `deliveries` and their `recipients`; the last delivery speaks."""
    deliveries = sorted(message.deliveries.all(), key=lambda delivery: delivery.pk)
    if not deliveries:
        return None
    last = deliveries[-1]
    legs = tuple(_leg(one) for one in deliveries) if last.instead_of_id else ()
    recipients = list(last.recipients.all())
    states = {recipient.state for recipient in recipients} or {last.state}
    worst = next(state for state in WORST_FIRST if state in states)
    return Progress(
        delivery=last,
        state=worst,
        at=_when(last, recipients, worst),
        failures=tuple(_failure(last, r) for r in recipients if r.state in AILING),
        remarks=tuple(
            _failure(last, r) for r in recipients if r.state in ARRIVED and r.reason_code
        ),
        legs=legs,
    )


def _leg(delivery: Delivery) -> Leg:
    recipients = list(delivery.recipients.all())
    states = {recipient.state for recipient in recipients} or {delivery.state}
    worst = next(state for state in WORST_FIRST if state in states)
    return Leg(
        face=face_of(delivery.channel.kind),
        state=worst,
        at=_when(delivery, recipients, worst),
        reason=_reason(delivery, delivery.reason_code) if worst == DeliveryState.FAILED else "",
    )


def _when(delivery: Delivery, recipients: list[Recipient], state: str) -> datetime | None:
    if state == DeliveryState.HELD:
        return delivery.due_at
    if state == DeliveryState.SENT:
        return delivery.sent_at
    return max((r.updated_at for r in recipients if r.state == state), default=None)


def _failure(delivery: Delivery, recipient: Recipient) -> Failure:
    code = recipient.reason_code or delivery.reason_code
    return Failure(
        address=recipient.address,
        reason=_reason(delivery, code),
        words=recipient.reason_words or delivery.reason_words,
        code=code,
    )


def _reason(delivery: Delivery, code: str) -> str:
    return texts.reason(code, delivery.reason_params, kind=delivery.channel.kind)
