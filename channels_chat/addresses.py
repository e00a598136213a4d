"""An address that a visitor types: a claim, until a code that went there comes back."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext, override

from channels_chat import continuation, flood, identify, mail, raw, visitors
from channels_chat.errors import Problem
from channels_chat.models import Visitor
from conversations.adapters import registry
from conversations.adapters.base import ChannelFailure
from conversations.adapters.messages import (
    Address,
    Addressee,
    IdentityKind,
    OutboundMessage,
    RecipientRole,
)
from conversations.models import Claim
from conversations.services import claims, who
from conversations.services.errors import Refused

CODES, CODES_SECONDS = 3, 15 * 60
"""So many codes go to one address, and so many for one visitor, in that time."""


def claim(visitor: Visitor, *, typed: object, name: object) -> None:
    """Note it, for agents to see and for mails to go to. Raises Problem."""
    address = identify.address_of(raw.clean(typed, 254))
    if address is None or who.is_nobody(IdentityKind.EMAIL, address.value):
        raise Problem("bad_address")
    with transaction.atomic():
        visitor.claimed = address.value
        visitor.name = visitor.name or raw.clean(name, 120)
        visitor.save(update_fields=["claimed", "name"])
        note(visitor)
        continuation.ask_again(visitor)


def note(visitor: Visitor) -> Claim | None:
    """The claim of a visitor's address; None before the first message, or without one."""
    conversation = visitors.conversation_of(visitor)
    if conversation is None or not visitor.claimed:
        return None
    to = Address(kind=IdentityKind.EMAIL, value=visitor.claimed, name=visitor.name)
    return claims.note(conversation.customer, to)


def send_code(visitor: Visitor) -> str:
    """Six digits to the claimed address; whereto they went. Raises Problem."""
    mine, channel = note(visitor), mail.channel_of(visitor.channel.chat_settings)
    if mine is None or channel is None:
        raise Problem("no_address")
    try:
        flood.once(f"code:v:{visitor.pk}", CODES, seconds=CODES_SECONDS)
        flood.once(f"code:a:{mine.value}", CODES, seconds=CODES_SECONDS)
    except Problem as problem:
        raise Problem("too_many", retry_after=problem.retry_after) from problem
    adapter = registry.adapter_for(channel.kind)
    code = claims.issue_code(claim_id=mine.pk)
    with override(visitor.language[:2] or channel.language):
        letter = OutboundMessage(
            key=adapter.message_key(token="", client_id=uuid.uuid4().hex),
            sender=adapter.sender_addresses(channel.pk)[0],
            addressees=(Addressee(role=RecipientRole.TO, address=_to(mine)),),
            subject=gettext("Your code: %s") % code,
            text=_letter(code, str(visitor.channel.chat_settings)),
            is_automatic=True,
            language=visitor.language,
        )
    try:
        adapter.send(letter, adapter.config(channel.pk))
    except (ChannelFailure, IndexError) as failure:
        raise Problem("try_again") from failure
    return mine.value


def _to(mine: Claim) -> Address:
    return Address(kind=IdentityKind.EMAIL, value=mine.value)


def _letter(code: str, name: str) -> str:
    minutes = int(claims.CODE_LIFE.total_seconds() // 60)
    asked = gettext("Somebody typed this address in the chat of %s. If it was you, enter:") % name
    rest = gettext("The code is good for %d minutes. If it was not you, there is nothing to do.")
    return f"{asked}\n\n{code}\n\n{rest % minutes}"


def take_code(visitor: Visitor, typed: object) -> str:
    """The address is theirs, and they are whoever has it; a new token. Raises Problem."""
    mine = note(visitor)
    if mine is None:
        raise Problem("no_address")
    try:
        claims.confirm_code(claim_id=mine.pk, code=raw.clean(typed, 12))
    except Refused as refused:
        raise Problem(refused.code) from refused
    with transaction.atomic():
        visitor.is_proven, visitor.email = True, mine.value
        visitor.save(update_fields=["is_proven", "email"])
        continuation.ask_again(visitor)
        return visitors.rotate(visitor)
