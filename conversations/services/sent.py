"""A message that somebody of ours sent past the hub, from their own mail program."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Lower

from conversations import events
from conversations.adapters.messages import Address, InboundMessage, Origin, RecipientRole
from conversations.models import (
    Agent,
    Case,
    ChangeKind,
    Channel,
    Conversation,
    Identity,
    Kind,
    Message,
    Receipt,
    Status,
)
from conversations.models.message import FROM_MAILBOX
from conversations.services import aside, threads, which, who
from conversations.services.topics import topic_of


def take(channel: Channel, message: InboundMessage, *, receipt: Receipt | None) -> Case | None:
    """Put it into its case as our message, which nobody has to send any more.

    A copy of what is known already, or what is neither an answer nor to a customer, is dropped.
    Who waited for an answer has it. Nothing is reopened: what was sent needs no work, and the
    customer's own answer opens the case again.
    """
    known = _known(message)
    if known is not None:
        return known.case
    to = _customers(message)
    answered = _answered(message)
    if answered is not None and not _is_told(answered, message, to):
        answered = None
    conversation_id = answered.conversation_id if answered else _thread_of(to)
    if conversation_id is None:
        return None
    conversation = Conversation.objects.locked(conversation_id)
    seen = _seen_inside(conversation, message)
    if seen is not None:
        return _made_ours(conversation, seen, message)
    at = _time(message, answered, conversation.now)
    case = _case(conversation, channel, message, answered, at)
    agent = _author(message.sender)
    entry = _entry(channel, message, receipt, case=case, agent=agent)
    entry.is_aside = aside.is_for_third_party(case, entry.addressees)
    is_late = at < case.last_message_at
    threads.add(conversation, entry, files=message.files, at=at)
    threads.note_message(case, entry, channel.kind)
    case.reckon_wait()
    if agent is not None and case.assignee is None and not case.is_closed:
        case.assignee = agent
        params = {"to": agent.pk, "to_name": str(agent)}
        threads.add_activity(conversation, case, "taken", agent=agent, params=params)
    case.save()
    events.record_change(conversation, ChangeKind.RESET if is_late else ChangeKind.CASE, case=case)
    return case


def _known(message: InboundMessage) -> Message | None:
    """Ours already: the hub's own mail, or a copy that came before."""
    if not message.message_id:
        return None
    ours = Message.objects.filter(message_id=message.message_id[:998], identity=None)
    return ours.select_related("case").order_by("id").first()


def _answered(message: InboundMessage) -> Message | None:
    """The nearest known message that it answers, rather one in a thread of whom it goes to."""
    case = which.by_token(message.tokens)
    if case is not None:
        return case.messages.filter(kind=Kind.MESSAGE).order_by("-sorted_at", "-id").first()
    wanted = list(message.references)
    values = {a.address.value for a in message.addressees}
    found = Message.objects.filter(message_id__in=wanted).select_related(
        "identity", "case", "conversation__customer"
    )
    ordered = sorted(found, key=lambda m: (wanted.index(m.message_id), not _is_by(m, values), m.pk))
    return ordered[0] if ordered else None


def _is_by(message: Message, values: set[str]) -> bool:
    return message.identity is not None and message.identity.value in values


def _seen_inside(conversation: Conversation, message: InboundMessage) -> Message | None:
    """The same mail, that one of our addresses in its Cc brought first as if from outside."""
    inside = Message.objects.select_related("case", "identity").filter(
        conversation=conversation, message_id=message.message_id[:998], identity__is_shared=True
    )
    found = inside.exclude(message_id="").first()
    is_of_us = found and found.identity and who.is_nobody(message.sender.kind, found.identity.value)
    return found if is_of_us else None


def _made_ours(conversation: Conversation, seen: Message, message: InboundMessage) -> Case:
    """It stays where it is and becomes our message; who wrote it takes no part as a stranger."""
    case = seen.case
    case.participants.filter(identity=seen.identity).delete()
    agent = _author(message.sender)
    seen.identity, seen.agent, seen.is_system = None, agent, agent is None
    seen.code, seen.is_unconfirmed, seen.grade = FROM_MAILBOX, False, ""
    seen.origin = Origin.PERSON
    seen.save()
    case.reckon_wait()
    threads.reckon_preview(case)
    case.save()
    events.record_change(conversation, ChangeKind.RESET)
    return case


def _is_told(answered: Message, message: InboundMessage, to: list[Identity]) -> bool:
    """Whether it goes to somebody of that thread. To an address that nobody has, it may be:
    people want answers elsewhere. What is passed on to another customer is no answer."""
    first = {a.address.value for a in message.addressees if a.role is RecipientRole.TO}
    known = [identity for identity in to if identity.value in first]
    owner = who.survivor(answered.conversation.customer)
    beside = set(answered.case.participants.values_list("identity", flat=True))
    return not known or any(
        identity.pk in {*beside, answered.identity_id}
        or (identity.customer is not None and who.survivor(identity.customer) == owner)
        for identity in known
    )


def _customers(message: InboundMessage) -> list[Identity]:
    """Known addresses that it goes to, To before Cc, none of ours."""
    given = [
        a.address.value
        for role in (RecipientRole.TO, RecipientRole.CC)
        for a in message.addressees
        if a.role is role
    ]
    rows = Identity.objects.select_related("customer").filter(
        kind="email", value__in=given, is_shared=False
    )
    return sorted(rows, key=lambda identity: given.index(identity.value))


def _thread_of(identities: list[Identity]) -> int | None:
    for identity in identities:
        if identity.customer is not None:
            return who.thread_of(who.survivor(identity.customer)).pk
    return None


def _time(message: InboundMessage, answered: Message | None, now: datetime) -> datetime:
    """When it was sent, by its own clock; not in the future, and not before what it answers."""
    at = min(message.sent_at or now, now)
    return max(at, answered.sorted_at) if answered else at


def _case(
    conversation: Conversation,
    channel: Channel,
    message: InboundMessage,
    answered: Message | None,
    at: datetime,
) -> Case:
    """The case that is answered, else the one that goes on or was last, else a resolved one."""
    if answered is not None and answered.conversation_id == conversation.pk:
        return Case.objects.get(pk=answered.case_id)
    said = replace(message, origin=Origin.PERSON)
    case = which.choose(conversation, channel=channel, message=said, reference=None)
    if case.is_new:
        case.topic, case.opened_at, case.last_message_at = topic_of(message), at, at
        case.status, case.resolved_at = Status.RESOLVED, at
        case.save()
    return case


def _author(sender: Address) -> Agent | None:
    """The agent whose address it is; in a common mailbox, the one who signs with their name."""
    agents = Agent.objects.filter(is_active=True)
    own = agents.filter(email__iexact=sender.value).first()
    if own is not None or not sender.name:
        return own
    first, _, last = sender.name.partition(" ")
    named = agents.annotate(f=Lower("first_name"), l=Lower("last_name")).filter(
        Q(f=first.lower(), l=last.lower())
    )
    return named.get() if last and named.count() == 1 else None


def _entry(
    channel: Channel,
    message: InboundMessage,
    receipt: Receipt | None,
    *,
    case: Case,
    agent: Agent | None,
) -> Message:
    return Message(
        case=case,
        channel=channel,
        kind=Kind.MESSAGE,
        code=FROM_MAILBOX,
        agent=agent,
        is_system=agent is None,
        author_name=(str(agent) if agent else message.sender.name or message.sender.value)[:200],
        subject=message.subject[:998],
        text=message.text,
        folded=message.folded,
        html=message.html,
        params=dict(message.details),
        addressees=[
            {"role": a.role, "address": a.address.value, "name": a.address.name}
            for a in message.addressees[:200]
        ],
        message_id=message.message_id[:998],
        references=[reference[:998] for reference in message.references[:50]],
        receipt=receipt,
        sent_at=message.sent_at,
    )
