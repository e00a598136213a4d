"""Go on elsewhere: a link to a customer's own thread, by a channel whose address they can hold.

What is sent proves that they read there, so it goes only to addresses that one person has. Looking
at a link uses nothing up: mail scanners do that, too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext, override

from conversations.adapters import registry
from conversations.adapters.base import Place
from conversations.models import (
    Agent,
    Case,
    Channel,
    ClockTimestamp,
    ContinueLink,
    Conversation,
    Draft,
    DraftKind,
    Identity,
    Message,
)
from conversations.services import holding, reply, threads, which, who
from conversations.services.colleagues import public_url
from conversations.services.composer import partners
from conversations.services.errors import Refused

LIFE = timedelta(minutes=15)
KEPT = timedelta(days=7)
"""A link that ended is told from one that never was, for so long."""
PAGE = "portal:go-on"
"""Name of the address that takes a token."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_LINK = re.compile(r"/p/[A-Za-z0-9_-]{43}/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Who holds the address that a link went to, the case as it is now, and where they go on; on
    their own page without a place."""

    identity: Identity
    case: Case
    place: Place | None


def ask(
    *,
    case_id: int,
    agent: Agent,
    channel_id: int,
    client_id: uuid.UUID,
    into_id: int | None = None,
) -> Message:
    """Send the customer a link by this channel, in their language; it opens their own page, or the
    case in the channel `into_id`. The same `client_id` again returns the first message.

    Raises Refused where the channel does not reach an address of theirs alone, or nobody can be led
    to the other.
    """
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent)
        known = Message.objects.filter(conversation=conversation, client_id=client_id).first()
        if known is not None:
            return known
        channel = reply.channel_of(channel_id, agent)
        into = _into(into_id, agent)
        to, _cc = partners(case, channel)
        identity = _of_theirs(case, registry.adapter_for(channel.kind).identity_kind, to)
        token = secrets.token_urlsafe(32)
        with override((conversation.customer.language or channel.language)[:2]):
            text = gettext(
                "Here is everything that we have said so far, and you can go on there: %(link)s\n\n"
                "The link is good once, and for %(minutes)d minutes."
            ) % {
                "link": public_url(reverse(PAGE, args=[token])),
                "minutes": int(LIFE.total_seconds() // 60),
            }
        draft = Draft.objects.filter(case=case, agent=agent, kind=DraftKind.MESSAGE).first()
        message = reply.send(
            case_id=case.pk,
            agent=agent,
            text=text,
            to=[identity.value],
            channel_id=channel.pk,
            client_id=client_id,
            fails_over=False,  # what it opens is for who holds this address
        )
        if draft is not None:  # words of their own, which were not sent with it
            draft.save(force_insert=True)
        ContinueLink.objects.create(
            digest=_digest(token),
            identity=identity,
            case=case,
            channel=channel,
            into=into,
            asked_by=agent,
            expires_at=ClockTimestamp() + LIFE,
        )
        return message


def _into(channel_id: int | None, agent: Agent) -> Channel | None:
    if channel_id is None:
        return None
    channel = reply.channel_of(channel_id, agent)
    if not registry.adapter_for(channel.kind).leads_on:
        raise Refused("leads_nowhere")
    return channel


def _of_theirs(case: Case, kind: str, to: tuple[str, ...]) -> Identity:
    """The customer's own address that an answer goes to. Raises Refused for one that proves
    nothing: a chat that anybody may have begun, one that many write through, one that failed its
    check."""
    if kind not in holding.PROVING:
        raise Refused("proves_nothing")
    known = Identity.objects.select_related("customer").filter(kind=kind, value__in=to[:1]).first()
    if known is None or not holds(known, case.conversation):
        raise Refused("proves_nothing")
    return known


def holds(identity: Identity, conversation: Conversation) -> bool:
    """Whether this address is one person's own, and theirs whose thread this is."""
    if identity.customer is None or not holding.is_ones_own(identity):
        return False
    return who.survivor(identity.customer).pk == conversation.customer_id


def find(token: str) -> ContinueLink | None:
    """The link of a token, used or old as it may be; None for one that is none of ours."""
    if not _TOKEN.fullmatch(token):
        return None
    wanted = _digest(token)
    rows = ContinueLink.objects.select_related("identity__customer", "case__conversation", "into")
    found = rows.filter(digest=wanted).first()
    is_it = found is not None and hmac.compare_digest(found.digest, wanted)
    return found if is_it else None


def is_open(link: ContinueLink) -> bool:
    """Whether it may still be used."""
    mine = ContinueLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=Now())
    return mine.exists() and _still_leads(link) is not None


def use(token: str, *, on_page: bool = False) -> Used:
    """Use a link up. `on_page` where they would rather go on on their own page.

    A line in the thread tells of it. Raises Refused, for every reason alike.
    """
    link = find(token)
    if link is None:
        raise Refused("link_ended")
    with transaction.atomic():
        conversation = Conversation.objects.locked_with(link.case)
        case = _still_leads(link)
        fresh = ContinueLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=Now())
        if case is None or not fresh.update(used_at=Now()):
            raise Refused("link_ended")
        params = {"address": link.identity.value}
        threads.add_activity(conversation, case, "continued", params=params)
        place = None if on_page else _place(link, case)
    return Used(identity=link.identity, case=case, place=place)


def _place(link: ContinueLink, case: Case) -> Place | None:
    """None where the channel was paused meanwhile: their own page is there all the same."""
    into = leads_into(link)
    if into is None:
        return None
    adapter = registry.adapter_for(into.kind)
    return adapter.lead_on(channel_id=into.pk, case=case, identity=link.identity)


def leads_into(link: ContinueLink) -> Channel | None:
    """The channel that it opens; None for their own page."""
    into = link.into
    is_there = into is not None and into.is_active and into.kind in registry.kinds()
    return into if is_there else None


def without_links(text: str) -> str:
    """Words as customers may read them: a link proves that its reader holds the address that it
    went to, so it stands in no other channel, and in no page."""
    return _LINK.sub("/p/…", text)


def _still_leads(link: ContinueLink) -> Case | None:
    """The case that it goes to, where that is still the thread of whoever has the address."""
    identity = Identity.objects.select_related("customer").get(pk=link.identity_id)
    case = which.as_it_is_now(link.case)
    conversation = Conversation.objects.get(
        pk=Conversation.objects.survivor_of(case.conversation_id)
    )
    return case if holds(identity, conversation) else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def prune() -> int:
    """Forget links that ended a while ago. Returns how many."""
    return ContinueLink.objects.filter(expires_at__lt=Now() - KEPT).delete()[0]
