"""Which case: an explicit reference wins, else the customer's open one, else a recent, else new."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from conversations.adapters.messages import InboundMessage, Origin
from conversations.models import (
    Case,
    Channel,
    Conversation,
    Identity,
    Kind,
    Message,
    Recipient,
    Status,
)
from conversations.models.message import FROM_MAILBOX
from conversations.services.topics import topic_of


def referenced(message: InboundMessage, identity: Identity) -> Case | None:
    """The case that a message names: by our reply token, else by message ids, nearest first.

    It may have been merged into another since: `as_it_is_now` says which, under the lock.
    """
    named = by_token(message.tokens)
    if named is None:
        return _by_message_id(message.references, identity)
    return _moved_from(named, message.references) or named


def _moved_from(case: Case, references: Sequence[str]) -> Case | None:
    """Where the very mail that is answered stands by now: it was sent with its first case's token,
    and may have been moved to another case of the thread."""
    if not references:
        return None
    answered = Message.objects.select_related("case__conversation__customer").filter(
        message_id__in=references[:1], conversation=case.conversation_id
    )
    found = answered.order_by("pk").first()
    return found.case if found else None


def as_it_is_now(case: Case) -> Case:
    """A case that was read before its thread was locked: what is in it, or what it became."""
    found = Case.objects.get(pk=case.pk)
    while found.merged_into_id is not None:
        found = Case.objects.get(pk=found.merged_into_id)
    return found


def by_token(tokens: Iterable[str]) -> Case | None:
    """The case of the first reply token that is one of ours, compared whole."""
    wanted = list(tokens)
    if not wanted:
        return None
    cases = Case.objects.select_related("conversation__customer").filter(reply_token__in=wanted)
    found = {case.reply_token: case for case in cases}
    for token in wanted:
        case = found.get(token)
        if case and hmac.compare_digest(case.reply_token.encode(), token.encode()):
            return case
    return None


def _by_message_id(references: Iterable[str], identity: Identity) -> Case | None:
    wanted = list(references)[:50]
    if not wanted:
        return None
    named = Message.objects.select_related("case__conversation__customer").filter(
        message_id__in=wanted
    )
    candidates = sorted(
        named,
        key=lambda m: (wanted.index(m.message_id), not _is_of(m.case.conversation, identity), m.pk),
    )
    return candidates[0].case if candidates else None


def _is_of(conversation: Conversation, identity: Identity) -> bool:
    customer = conversation.customer
    return identity.pk == customer.via_id or (
        identity.customer_id is not None and identity.customer_id == customer.pk
    )


def was_invited(identity: Identity, case: Case) -> bool:
    """Whether we ourselves wrote to this address in this case."""
    return wrote_to(identity.value, case)


def wrote_to(address: str, case: Case) -> bool:
    sent = Recipient.objects.filter(delivery__messages__case=case, address__iexact=address)
    past_us = case.messages.filter(
        code=FROM_MAILBOX, addressees__contains=[{"address": address.lower()}]
    )
    return sent.exists() or past_us.exists()


def choose(
    conversation: Conversation,
    *,
    channel: Channel,
    message: InboundMessage,
    reference: Case | None,
) -> Case:
    """The case of a customer's own thread that a message belongs to; new ones are unsaved."""
    now = conversation.now
    if reference is not None and reference.conversation_id == conversation.pk:
        return _by_reference(reference, conversation, channel, message)
    return (
        _open_case(conversation, channel)
        or (_recent_case(conversation, channel, now) if message.origin is Origin.PERSON else None)
        or _case_marked_as_spam(conversation)
        or new_case(conversation, channel=channel, topic=topic_of(message), at=now)
    )


def spam_case(conversation: Conversation, *, channel: Channel, message: InboundMessage) -> Case:
    """Where unwanted messages of a sender are kept; new ones are unsaved."""
    known = conversation.cases.filter(status=Status.SPAM, team=channel.team).order_by("-id").first()
    case = known or new_case(
        conversation, channel=channel, topic=topic_of(message), at=conversation.now
    )
    case.status = Status.SPAM
    return case


def _case_marked_as_spam(conversation: Conversation) -> Case | None:
    """The sender's last case, when an agent called it spam: what they write on is spam too."""
    last = conversation.cases.order_by("-last_message_at", "-id").first()
    if last is None or last.status != Status.SPAM:
        return None
    marks = last.messages.filter(kind=Kind.ACTIVITY, code="marked_spam", agent__isnull=False)
    return last if marks.exists() else None


def _by_reference(
    case: Case, conversation: Conversation, channel: Channel, message: InboundMessage
) -> Case:
    if case.status != Status.RESOLVED or message.origin is not Origin.PERSON:
        return case
    if _is_recent(case, conversation.now):
        return case
    opened = new_case(conversation, channel=channel, topic=case.topic, at=conversation.now)
    opened.follows = case
    if case.team.is_restricted:
        opened.team = case.team  # its topic and what is quoted are for nobody else
    return opened


def _is_recent(case: Case, now: datetime) -> bool:
    return case.resolved_at is not None and case.resolved_at >= now - settings.REOPEN_WINDOW


def _joinable(channel: Channel) -> Q:
    """Open cases that its mail may join; what is written to a restricted team stays with it."""
    is_apart = channel.is_own_topic or channel.team.is_restricted
    return Q(team=channel.team) if is_apart else Q()


def _open_case(conversation: Conversation, channel: Channel) -> Case | None:
    return (
        conversation.cases.filter(_joinable(channel), status__in=[Status.OPEN, Status.SNOOZED])
        .order_by("-last_message_at", "-id")
        .first()
    )


def _recent_case(conversation: Conversation, channel: Channel, now: datetime) -> Case | None:
    last = (
        conversation.cases.filter(_joinable(channel), status=Status.RESOLVED, merged_into=None)
        .order_by("-resolved_at", "-id")
        .first()
    )
    return last if last is not None and _is_recent(last, now) else None


def new_case(conversation: Conversation, *, channel: Channel, topic: str, at: datetime) -> Case:
    """An unsaved case of the channel's team."""
    return Case(
        conversation=conversation, topic=topic, team=channel.team, opened_at=at, last_message_at=at
    )
