"""Answer a customer: message, outbox row and change in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from conversations import outbox
from conversations.adapters import registry
from conversations.adapters.base import ChannelAdapter
from conversations.adapters.messages import File
from conversations.faults import failpoint
from conversations.models import (
    Agent,
    Case,
    Change,
    Channel,
    Conversation,
    Draft,
    DraftKind,
    Kind,
    Message,
    Recipient,
    Status,
)
from conversations.models.message import FAILS_OVER, PASSED_ON
from conversations.services import aside, macros, moments, placeholders, threads
from conversations.services.composer import ReplyOptions, default_channel, options, partners
from conversations.services.envelopes import Envelope, recipients_of, sender_of
from conversations.services.errors import Conflict, Forbidden, Refused
from conversations.services.later import send_now
from conversations.services.subjects import references_aside, references_of, subject_of
from conversations.services.undo import undo_send as undo

__all__ = ["Letter", "ReplyOptions", "options", "send", "send_now", "undo", "write"]

SHOWN = 200
"""Characters that a refusal quotes of what a colleague wrote."""


def send(
    *,
    case_id: int,
    agent: Agent,
    text: str,
    to: Sequence[str] | None,
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    channel_id: int | None = None,
    sender: str = "",
    subject: str = "",
    client_id: uuid.UUID,
    files: Iterable[File] = (),
    resolve: bool = False,
    send_at: datetime | None = None,
    macro_id: int | None = None,
    seen: int | None = None,
    read_to: int | None = None,
    fails_over: bool | None = None,
) -> Message:
    """Answer on a case. The same `client_id` again returns the first message, sent once; with
    other words it raises Conflict.

    Without `to` it goes to whom the channel reaches in this case. `fails_over` says of this one
    whether another channel is tried where this fails; None leaves it to the channel.

    With `send_at` (aware, ahead) it is kept until then, called off when the customer writes before.
    What the macro `macro_id` does is done along with it.

    Raises Refused when there is nothing to say, nobody to say it to, or no way there; Conflict when
    the header changed after revision `seen`, or a colleague answered after revision `read_to`.
    """
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        known = Message.objects.filter(conversation=conversation, client_id=client_id).first()
        if known is not None:
            return threads.sent_before(known, text)
        _refuse_if_answered(case, agent, read_to)
        channel = channel_of(channel_id or default_channel(case), agent)
        if to is None:
            to, cc = partners(case, channel)
        letter = Letter(
            agent=agent,
            channel=channel,
            text=text,
            envelope=Envelope(to=to, cc=cc, bcc=bcc, sender=sender, subject=subject, at=send_at),
            client_id=client_id,
            files=list(files),
            send_at=moments.ahead(send_at, conversation.now) if send_at else None,
            fails_over=fails_over,
        )
        message = write(conversation, case, letter)
        if resolve:
            _resolve(conversation, case, agent)
        if macro_id is not None:
            macros.run_along(case_id=case.pk, agent=agent, macro_id=macro_id)
        failpoint("reply.before_commit")
    failpoint("reply.after_commit")
    return message


def _refuse_if_answered(case: Case, agent: Agent, read_to: int | None) -> None:
    """Nobody answers over a colleague whose words they have not read."""
    if read_to is None:
        return
    since = Change.objects.filter(
        conversation=case.conversation_id, case=case, is_new=True, revision__gt=read_to
    )
    by_others = Message.objects.public().filter(agent__isnull=False).exclude(agent=agent)
    last = by_others.filter(pk__in=since.values("message")).in_order().last()
    if last is not None:
        at = last.sorted_at.isoformat()
        raise Conflict("answered_meanwhile", who=str(last.agent), at=at, text=last.text[:SHOWN])


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An agent's message before it is written: words, files, and where they go."""

    agent: Agent
    channel: Channel
    text: str
    envelope: Envelope
    client_id: uuid.UUID
    files: Sequence[File] = ()
    send_at: datetime | None = None
    passed_on: PassedOn | None = None
    """What is handed on with it; then it is for third parties alone."""
    fails_over: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """What a third party gets to read: quoted as `text`; `messages` and `attachments` by number."""

    text: str = ""
    messages: Sequence[int] = ()
    attachments: Sequence[int] = ()


def write(conversation: Conversation, case: Case, letter: Letter) -> Message:
    """Put an agent's message into a locked thread and its delivery into the outbox."""
    quoted = letter.passed_on.text if letter.passed_on else ""
    if not (letter.text.strip() or letter.files or quoted):
        raise Refused("empty")
    if left := placeholders.unfilled(letter.text):
        raise Refused("unfilled_placeholder", name=left)
    adapter = registry.adapter_for(letter.channel.kind)
    _refuse_files(adapter, letter)
    recipients = recipients_of(adapter, letter.channel, letter.envelope)
    if letter.passed_on is not None:
        aside.refuse_unless_third_parties(case, [r.address for r in recipients])
    message = threads.add(
        conversation, _message(case, letter, adapter, recipients), files=letter.files
    )
    can_undo = adapter.describe().holds_for_undo and letter.send_at is None
    hold = letter.agent.undo_seconds if can_undo else 0
    outbox.enqueue(
        message,
        channel=letter.channel,
        recipients=recipients,
        sender=sender_of(adapter, letter.channel, letter.envelope.sender),
        hold=timedelta(seconds=hold),
        send_at=letter.send_at,
    )
    if not message.is_aside:
        _open_up(conversation, case, letter.agent)
    _take(conversation, case, letter.agent)
    threads.note_message(case, message, letter.channel.kind)
    case.reckon_wait()
    case.save()
    kind = DraftKind.MESSAGE if letter.passed_on is None else DraftKind.ASIDE
    Draft.objects.filter(case=case, agent=letter.agent, kind=kind).delete()
    return message


def channel_of(wanted: int | None, agent: Agent) -> Channel:
    """The channel that an agent writes through. Raises Refused, or Forbidden, with the reason."""
    channel = Channel.objects.select_related("team").filter(pk=wanted).first() if wanted else None
    if channel is None:
        raise Refused("no_channel")
    if not Channel.objects.open_to(agent).filter(pk=channel.pk).exists():
        raise Forbidden("not_your_team", team=channel.team.name)
    if not channel.is_active:
        raise Refused("channel_off", channel=str(channel))
    return channel


def _refuse_files(adapter: ChannelAdapter, letter: Letter) -> None:
    if not letter.files:
        return
    obstacle = adapter.cannot_carry(channel=letter.channel, files=letter.files)
    if obstacle is not None:
        raise Refused(obstacle.code, **obstacle.params)


def _message(
    case: Case, letter: Letter, adapter: ChannelAdapter, recipients: Sequence[Recipient]
) -> Message:
    author = str(letter.agent)
    addressees = [{"role": r.role, "address": r.address, "name": r.name} for r in recipients]
    signature = _signature(letter, adapter)
    is_aside = letter.passed_on is not None or aside.is_for_third_party(case, addressees)
    return Message(
        case=case,
        channel=letter.channel,
        kind=Kind.MESSAGE,
        agent=letter.agent,
        author_name=author,
        subject=_subject(letter, case, adapter)[:998],
        text=letter.text,
        **_below(letter, signature),
        addressees=addressees,
        is_aside=is_aside,
        message_id=adapter.message_key(token=case.reply_token, client_id=letter.client_id.hex),
        references=references_aside(case, [r.address for r in recipients])
        if is_aside
        else references_of(case, adapter.kind),
        client_id=letter.client_id,
    )


def _signature(letter: Letter, adapter: ChannelAdapter) -> str:
    if not adapter.describe().has_signature:
        return ""
    return letter.agent.signature or adapter.signature(
        channel_id=letter.channel.pk, author=str(letter.agent)
    )


def _subject(letter: Letter, case: Case, adapter: ChannelAdapter) -> str:
    if not adapter.describe().has_subject:
        return ""
    return letter.envelope.subject or subject_of(case, adapter)


def _below(letter: Letter, signature: str) -> dict[str, Any]:
    """What stands below our words: the signature, and then what is handed on."""
    passed_on = letter.passed_on
    if passed_on is None or not passed_on.messages:
        told = {} if letter.fails_over is None else {FAILS_OVER: letter.fails_over}
        return {"folded": signature, "params": told}
    chosen = {"messages": [*passed_on.messages], "attachments": [*passed_on.attachments]}
    return {
        "folded": "\n\n".join(part for part in (signature, passed_on.text) if part),
        "params": {PASSED_ON: {**chosen, "signature": signature}},
    }


def _open_up(conversation: Conversation, case: Case, agent: Agent) -> None:
    """An answer ends a snooze and a resolution."""
    if case.status != Status.OPEN:
        case.status, case.resolved_at, case.snoozed_until = Status.OPEN, None, None
        threads.add_activity(conversation, case, "reopened_by_agent", agent=agent)


def _take(conversation: Conversation, case: Case, agent: Agent) -> None:
    """Who writes in an unassigned case has taken it."""
    if case.assignee_id is None:
        case.assignee = agent
        threads.add_activity(
            conversation,
            case,
            "taken",
            agent=agent,
            params={"to": agent.pk, "to_name": str(agent)},
        )


def _resolve(conversation: Conversation, case: Case, agent: Agent) -> None:
    case.status, case.resolved_at = Status.RESOLVED, conversation.now
    case.answer()
    threads.add_activity(conversation, case, "resolved", agent=agent)
