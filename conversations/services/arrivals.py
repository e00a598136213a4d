"""Put an inbound message into a thread: its customer's own, or as a stranger into another's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from conversations.adapters.messages import Grade, InboundMessage, Origin
from conversations.faults import failpoint
from conversations.models import (
    Case,
    Channel,
    Conversation,
    Identity,
    Message,
    NoticeKind,
    Participant,
    ParticipantState,
    Receipt,
    Status,
)
from conversations.services import (
    aside,
    claims,
    copies,
    first_answer,
    forwards,
    giving,
    later,
    notices,
    threads,
    which,
    who,
)
from conversations.services.topics import topic_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message on its way in, and what was found out about it so far."""

    channel: Channel
    message: InboundMessage
    identity: Identity
    reference: Case | None
    receipt: Receipt | None
    is_blocked: bool = False
    asked: int | None = None
    """Number of the case that was named, where that one was merged into another since."""

    @property
    def is_unwanted(self) -> bool:
        """A blocked sender's, or spam by the provider's word that answers nothing of ours."""
        return self.is_blocked or (self.message.is_spam and self.reference is None)

    @property
    def is_history(self) -> bool:
        return self.receipt is not None and self.receipt.is_history

    def entry(self, conversation: Conversation, case: Case) -> Message:
        said = self.message
        is_taken = bool(copies.of_that_id(conversation, said))
        repeated = {"repeated_id": said.message_id} if is_taken else {}
        given = claims.claimed_sender(said)
        claimed = {"claimed": given.value} if given else {}
        return Message(
            case=case,
            channel=self.channel,
            identity=self.identity,
            author_name=(given.name or given.value if given else said.sender.name)[:200],
            grade=said.grade,
            origin=said.origin,
            subject=said.subject[:998],
            text=said.text,
            folded=said.folded,
            html=said.html,
            params={
                **said.details,
                **repeated,
                **claimed,
                **self._asked(case),
                **forwards.offered(said),
            },
            addressees=[
                {"role": a.role, "address": a.address.value, "name": a.address.name}
                for a in said.addressees[:200]
            ],
            message_id="" if is_taken else said.message_id[:998],
            references=[reference[:998] for reference in said.references[:50]],
            receipt=self.receipt,
            sent_at=said.sent_at,
        )

    def _asked(self, case: Case) -> dict[str, object]:
        return {"asked": self.asked} if self.asked not in {None, case.pk} else {}


def from_customer(arrival: Arrival) -> Case:
    """Into the sender's own thread."""
    conversation = who.conversation_of(
        arrival.identity,
        message=arrival.message,
        reference=arrival.reference,
        claimed=claims.claimed_sender(arrival.message),
    )
    known = copies.known(conversation, arrival)
    if known is not None:
        return copies.hear(arrival, conversation, known)
    arrival = _as_it_is_now(arrival)
    if arrival.is_history:
        return _take_history(arrival, conversation)
    case = _choose(arrival, conversation)
    case.conversation = conversation  # it stands there: not to be asked for again
    is_opening = case.is_new
    case = _append(arrival, conversation, case, arrival.entry(conversation, case))
    first_answer.give(arrival, conversation, case, is_opening=is_opening)
    return case


def _choose(arrival: Arrival, conversation: Conversation) -> Case:
    if arrival.is_unwanted:
        return which.spam_case(conversation, channel=arrival.channel, message=arrival.message)
    return which.choose(
        conversation,
        channel=arrival.channel,
        message=arrival.message,
        reference=arrival.reference,
    )


def _as_it_is_now(arrival: Arrival) -> Arrival:
    """Under the thread's lock: what was read before it may have been changed by an agent."""
    if arrival.reference is None:
        return arrival
    case = which.as_it_is_now(arrival.reference)
    return replace(arrival, reference=case, asked=arrival.reference.pk)


def from_stranger(arrival: Arrival) -> Case:
    """Somebody else quotes a case: they speak in it under their own name, and open nothing.

    Whom we ourselves wrote to in this case is no stranger. What answers a message to a third party
    is theirs, whoever wrote it: the customer's clock does not start, and they never see it.
    """
    if arrival.reference is None:
        raise ValueError("a stranger is known by a reference")
    conversation = Conversation.objects.locked_with(arrival.reference)
    case = which.as_it_is_now(arrival.reference)
    arrival = replace(arrival, asked=arrival.reference.pk)
    known = copies.known(conversation, arrival)
    if known is not None:
        return copies.hear(arrival, conversation, known)
    entry = arrival.entry(conversation, case)
    entry.is_unconfirmed = not _is_confirmed(arrival, case)
    entry.is_aside = aside.is_answered_by(case, arrival.identity.value, arrival.message.references)
    return _append(arrival, conversation, case, entry)


def _is_confirmed(arrival: Arrival, case: Case) -> bool:
    is_proven = arrival.message.grade is not Grade.FAIL
    invited = is_proven and which.was_invited(arrival.identity, case)
    state = ParticipantState.CONFIRMED if invited else ParticipantState.UNCONFIRMED
    participant, _ = Participant.objects.get_or_create(
        case=case, identity=arrival.identity, defaults={"state": state}
    )
    return participant.state == ParticipantState.CONFIRMED


def _append(arrival: Arrival, conversation: Conversation, case: Case, entry: Message) -> Case:
    counts = arrival.message.origin is Origin.PERSON and not entry.is_unconfirmed
    opened_from = _open_up(case) if counts else ""
    if case.is_new:
        case.save()
    failpoint("intake.after_case")
    threads.add(conversation, entry, files=arrival.message.files)
    failpoint("intake.after_message")
    threads.note_message(case, entry, arrival.channel.kind)
    if counts and not case.is_closed and not entry.is_aside:
        case.wait(entry)
        notices.tell(case, NoticeKind.WROTE, [case.assignee_id], at=entry.sorted_at)
    case.save()
    if counts:
        later.call_off(conversation, case, is_aside=entry.is_aside)
    if opened_from:
        code = "reopened_aside" if entry.is_aside else "reopened"
        params = {"from": opened_from, "address": arrival.identity.value}
        threads.add_activity(conversation, case, code, params=params)
    giving.soon(case)
    return case


def _open_up(case: Case) -> str:
    """A customer's message, or a third party's, ends a resolution or a snooze; spam stays spam."""
    before = case.status
    if before not in {Status.RESOLVED, Status.SNOOZED}:
        return ""
    case.status, case.resolved_at, case.snoozed_until = Status.OPEN, None, None
    return before


def _take_history(arrival: Arrival, conversation: Conversation) -> Case:
    """Imported mail: a resolved case with the original dates; no clock, nobody is told."""
    at = min(arrival.message.sent_at or conversation.now, conversation.now)
    case = arrival.reference or _past_case(arrival, conversation, at)
    entry = arrival.entry(conversation, case)
    threads.add(conversation, entry, files=arrival.message.files, at=at)
    threads.note_message(case, entry, arrival.channel.kind)
    if case.status == Status.RESOLVED:
        case.resolved_at = max(case.resolved_at or at, at)
    case.save()
    return case


def _past_case(arrival: Arrival, conversation: Conversation, at: datetime) -> Case:
    case = which.new_case(
        conversation, channel=arrival.channel, topic=topic_of(arrival.message), at=at
    )
    case.status, case.resolved_at = Status.RESOLVED, at
    case.save()
    return case
