"""Ask a customer for what comes by another channel: a link, in words that are the agent's to send.

The words go below what the agent has begun to write, not out at once: a bare link from nowhere
looks like a trap, and who asks mostly has a sentence to say with it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction

from conversations import events, outbox
from conversations.adapters import registry
from conversations.adapters.base import Invitation
from conversations.adapters.messages import RecipientRole
from conversations.models import (
    Agent,
    Case,
    ChangeKind,
    Channel,
    Conversation,
    Draft,
    Identity,
    Kind,
    Message,
    Recipient,
)
from conversations.services import drafts, threads
from conversations.services.composer import default_channel, partners
from conversations.services.envelopes import Envelope, recipients_of, sender_of
from conversations.services.errors import Refused
from conversations.services.reply import channel_of

LINES = ("invited", "invited_itself")
"""Codes of the lines that tell of an invitation: an agent's, or one that the customer took."""
TAKEN_BACK = "taken_back"
"""Set in the params of the line that tells of an invitation which opens nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The line in the thread, the draft that holds the words, and the words that came into it."""

    line: Message
    draft: Draft
    words: str


def kinds() -> tuple[str, ...]:
    """Of channels that customers can be asked to use."""
    return tuple(adapter.kind for adapter in registry.adapters() if adapter.invites)


def ask(
    *, case_id: int, agent: Agent, kind: str = "video", channel_id: int | None = None, text: str
) -> Asked:
    """Make a link for whom an answer by `channel_id` (the case's own without one) would reach, and
    put it below `text`, which is what the agent has written so far.

    Raises Refused where nothing of the kind is connected, or the customer cannot be told.
    """
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent)
        by = channel_of(channel_id or default_channel(case), agent)
        identity = _reached(case, by)
        language = conversation.customer.language or by.language
        asked = make(case, kind, identity=identity, agent=agent, language=language)
        words = asked.text
        whole = "\n\n".join(part for part in (text.strip(), words) if part)
        draft = drafts.rewrite(case, agent, whole, {"channel": by.pk})
        params = {"kind": kind, "invitation": asked.number}
        line = threads.add_activity(conversation, case, "invited", agent=agent, params=params)
        return Asked(line=line, draft=draft, words=words)


def _reached(case: Case, by: Channel) -> Identity:
    """Whom an answer goes to. Raises Refused as sending one would."""
    to, _cc = partners(case, by)
    if not to:
        raise Refused("nobody_to_ask")
    (recipient,) = recipients_of(registry.adapter_for(by.kind), by, Envelope(to=to[:1]))
    via = case.conversation.customer.via
    if found := recipient.identity or via:
        return found
    raise Refused("nobody_to_ask")


def make(
    case: Case, kind: str, *, identity: Identity, agent: Agent | None, language: str
) -> Invitation:
    """An invitation by the first channel of the kind that is on: the case's own team's first."""
    if kind not in kinds():
        raise Refused("nothing_to_invite_to")
    adapter = registry.adapter_for(kind)
    channels = Channel.objects.filter(kind=kind, is_active=True)
    for channel in sorted(channels, key=lambda one: (one.team_id != case.team_id, one.pk)):
        invitation = adapter.invite(
            channel_id=channel.pk, case=case, identity=identity, agent=agent, language=language
        )
        if invitation is not None:
            return invitation
    raise Refused("nothing_to_invite_to")


def is_open(kind: str = "video") -> bool:
    """Whether a channel of the kind is on."""
    return kind in kinds() and Channel.objects.active().filter(kind=kind).exists()


def give(*, case_id: int, identity: Identity, by: Channel, kind: str = "video") -> Message:
    """A customer asks for a link themselves: the house tells them by the channel that they are on.

    It is the system's: nobody's waiting ends with it. Raises Refused.
    """
    with transaction.atomic():
        conversation, case = _locked(case_id)
        language = conversation.customer.language or by.language
        asked = make(case, kind, identity=identity, agent=None, language=language)
        message = _tell(conversation, case, identity=identity, by=by, text=asked.text)
        _note(conversation, case, asked, kind)
        return message


def take(*, case_id: int, identity: Identity, language: str, kind: str = "video") -> Invitation:
    """A customer takes a link where they are, and is told of it by nobody. Raises Refused."""
    with transaction.atomic():
        conversation, case = _locked(case_id)
        asked = make(case, kind, identity=identity, agent=None, language=language)
        _note(conversation, case, asked, kind)
        return asked


def _locked(case_id: int) -> tuple[Conversation, Case]:
    """What the case has become by now, in its locked thread."""
    case = Case.objects.get(pk=Case.objects.survivor_of(case_id))
    conversation = Conversation.objects.locked_with(case)
    return conversation, Case.objects.get(pk=case.pk)


def _note(conversation: Conversation, case: Case, asked: Invitation, kind: str) -> None:
    """So that an agent can take the link back."""
    params = {"kind": kind, "invitation": asked.number}
    threads.add_activity(conversation, case, "invited_itself", params=params)


def _tell(
    conversation: Conversation, case: Case, *, identity: Identity, by: Channel, text: str
) -> Message:
    adapter, client_id = registry.adapter_for(by.kind), uuid.uuid4()
    to = Recipient(
        role=RecipientRole.TO, address=identity.value, name=identity.name, identity=identity
    )
    message = Message(
        case=case,
        channel=by,
        kind=Kind.MESSAGE,
        is_system=True,
        text=text,
        addressees=[{"role": to.role, "address": to.address, "name": to.name}],
        message_id=adapter.message_key(token=case.reply_token, client_id=client_id.hex),
        client_id=client_id,
    )
    threads.add(conversation, message)
    outbox.enqueue(message, channel=by, recipients=[to], sender=sender_of(adapter, by, ""))
    return message


def take_back(*, case_id: int, agent: Agent, line_id: int, words: str = "") -> Draft | None:
    """Let the invitation of a line open nothing any more; `words` go out of the draft that they
    still stand in, which is returned. Raises Message.DoesNotExist."""
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent)
        lines = Message.objects.filter(kind=Kind.ACTIVITY, code__in=LINES, case=case)
        line = lines.select_for_update(of=("self",)).get(pk=line_id)
        threads.refuse_if_done(case, agent, ["invitation_taken_back"], line=line.pk)
        if not line.params.get(TAKEN_BACK):
            _end(conversation, line, agent)
        return _unsay(case, agent, words)


def _end(conversation: Conversation, line: Message, agent: Agent) -> None:
    kind = str(line.params.get("kind"))
    if kind in kinds():
        registry.adapter_for(kind).take_back(int(line.params["invitation"]))
    line.params = {**line.params, TAKEN_BACK: True}
    line.save(update_fields=["params"])
    events.record_change(conversation, ChangeKind.MESSAGE, message=line)
    told = {"line": line.pk, "kind": kind}
    threads.add_activity(conversation, line.case, "invitation_taken_back", agent=agent, params=told)


def _unsay(case: Case, agent: Agent, words: str) -> Draft | None:
    known = Draft.objects.filter(case=case, agent=agent, kind=Kind.MESSAGE).first()
    if known is None or not words or words not in known.text:
        return None
    left = known.text.replace(words, "").strip()
    return drafts.rewrite(case, agent, left, known.fields)
