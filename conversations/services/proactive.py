"""Write to a customer first, by the first channel that reaches them: "it is on its way".

In their one conversation, whichever channel it goes by; never where they do not want it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from conversations.adapters import registry
from conversations.adapters.base import RECEIVES_ONLY, Available, ChannelAdapter
from conversations.adapters.messages import Address, File
from conversations.models import (
    Agent,
    Case,
    Channel,
    Conversation,
    Customer,
    Identity,
    Message,
    Status,
    Team,
)
from conversations.services import compose, threads, who
from conversations.services.envelopes import Envelope
from conversations.services.errors import Refused
from conversations.services.reply import Letter, write
from conversations.services.topics import clean_subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A channel that it did not go by, and why; `params` are what the reason is about."""

    channel: Channel
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def plain(self) -> dict[str, object]:
        found = {"id": self.channel.pk, "kind": self.channel.kind, "name": str(self.channel)}
        return {"channel": found, "code": self.code, "params": dict(self.params)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was written, and the channels before the one it goes by."""

    message: Message
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said. Without `topic` it joins the open case that was busy last, if there is one."""

    text: str
    subject: str = ""
    topic: str = ""
    files: Sequence[File] = ()
    fails_over: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who writes what to whom. `only` is the one address that may be used, where they are nobody
    whom the agent sees; `case` is None where it opens one."""

    agent: Agent
    words: Words
    thread: Conversation
    only: Address | None
    case: Case | None


def tell(
    *,
    agent: Agent,
    words: Words,
    client_id: uuid.UUID,
    customer_id: int | None = None,
    address: str = "",
    case_id: int | None = None,
    channels: Sequence[int | str] = (),
) -> Told:
    """Write to a customer, named by number, by an address of theirs, or by a case.

    `channels` are numbers or kinds, the preferred first, and no others are tried; without them it
    is what the customer used last, then the rest. The same `client_id` again returns the first
    message. Raises Conversation.DoesNotExist and Case.DoesNotExist for what the agent may not see,
    Forbidden for a case that they do not work, Refused("no_way", skipped=…) when nothing reaches.
    """
    with transaction.atomic():
        compose.wait_for_its_twin(client_id)
        known = Message.objects.filter(client_id=client_id, agent=agent).first()
        if known is not None:
            return Told(message=known)
        thread, only = _thread(agent, customer_id, address, case_id)
        case = _case(thread, agent, case_id, words)
        errand = Errand(agent=agent, words=words, thread=thread, only=only, case=case)
        skipped: list[Skipped] = []
        for channel in _candidates(errand, channels):
            found = _reached(channel, errand)
            if isinstance(found, Skipped):
                skipped.append(found)
                continue
            case = case or _opened(errand, channel)
            letter = Letter(
                agent=agent,
                channel=channel,
                text=words.text,
                envelope=Envelope(to=[found.value], subject=words.subject),
                client_id=client_id,
                files=list(words.files),
                fails_over=words.fails_over,
            )
            return Told(message=write(thread, case, letter), skipped=tuple(skipped))
        raise Refused("no_way", skipped=[one.plain() for one in skipped])


# -- who, and where
def _thread(
    agent: Agent, customer_id: int | None, address: str, case_id: int | None
) -> tuple[Conversation, Address | None]:
    """Their thread, locked; and the one address that may be used where they are nobody whom the
    agent sees."""
    if case_id is not None:
        conversation, _case = threads.case_for_work(case_id, agent)
        _refuse_another(conversation, customer_id)
        return conversation, None
    if customer_id is not None:
        seen = Conversation.objects.visible_to(agent)
        survivor = who.survivor(_customer(customer_id))
        return Conversation.objects.locked(seen.get(customer=survivor).pk), None
    return _by_address(agent, address)


def _refuse_another(conversation: Conversation, customer_id: int | None) -> None:
    if customer_id is not None:
        asked = Customer.objects.filter(pk=customer_id).first()
        if asked is None or who.survivor(asked).pk != conversation.customer_id:
            raise Refused("not_their_case")


def _customer(number: int) -> Customer:
    found = Customer.objects.filter(pk=number).first()
    if found is None:
        raise Conversation.DoesNotExist
    return found


def _by_address(agent: Agent, typed: str) -> tuple[Conversation, Address | None]:
    parsed = (adapter.parse_address(typed.strip()) for adapter in registry.adapters())
    address = next((one for one in parsed if one is not None), None)
    if address is None:
        raise Refused("bad_address", address=typed)
    if who.is_nobody(address.kind, address.value):
        raise Refused("own_address", address=typed)
    thread = compose.thread_of(address)
    is_seen = Conversation.objects.visible_to(agent).filter(pk=thread.pk).exists()
    return thread, None if is_seen else address


def _case(thread: Conversation, agent: Agent, case_id: int | None, words: Words) -> Case | None:
    """The case that was named, or the one that is open; None for a new one."""
    if case_id is not None:
        return threads.case_for_work(case_id, agent)[1]
    if words.topic:
        return None
    mine = Case.objects.of_teams_of(agent).filter(conversation=thread, team__is_restricted=False)
    still = mine.filter(status__in=[Status.OPEN, Status.SNOOZED])
    return still.select_related("team").order_by("-last_message_at", "-id").first()


def _opened(errand: Errand, channel: Channel) -> Case:
    words, thread = errand.words, errand.thread
    topic = words.topic or clean_subject(words.subject) or compose.first_line(words.text)
    return Case.objects.create(
        conversation=thread,
        topic=topic,
        team=channel.team,
        assignee=errand.agent,
        opened_at=thread.now,
        last_message_at=thread.now,
    )


# -- by what
def _candidates(errand: Errand, wanted: Sequence[int | str]) -> Iterator[Channel]:
    """Channels that the agent may know of, each once, the preferred first; those that are off or
    only receive where they were asked for."""
    case, known = errand.case, Channel.objects.open_to(errand.agent).select_related("team")
    used = list(
        Message.objects.public()
        .filter(conversation=errand.thread, identity__isnull=False)
        .order_by("-sorted_at", "-id")
        .values_list("channel", flat=True)[:50]
    )
    ranked = sorted(
        known, key=lambda one: (used.index(one.pk) if one.pk in used else len(used), one.pk)
    )
    team = case.team if case is not None and case.team.is_restricted else None
    usual = [one for one in ranked if (one.team == team if team else not one.team.is_restricted)]
    done: set[int] = set()
    for channel in _preferred(ranked, usual, wanted) if wanted else usual:
        if channel.pk not in done and (wanted or (channel.is_active and _sends(channel))):
            done.add(channel.pk)
            yield channel


def _preferred(
    known: Iterable[Channel], usual: Iterable[Channel], wanted: Sequence[int | str]
) -> Iterator[Channel]:
    """One that is named by its number is meant, whatever team it is of."""
    for one in wanted:
        if isinstance(one, int):
            yield from (channel for channel in known if channel.pk == one)
        else:
            yield from (channel for channel in usual if channel.kind == one)


def _sends(channel: Channel) -> bool:
    kinds = registry.kinds()
    return channel.kind in kinds and not registry.adapter_for(channel.kind).describe().receives_only


def _reached(channel: Channel, errand: Errand) -> Address | Skipped:
    """The customer's first address that the channel reaches now, or why it reaches none."""
    if (obstacle := _obstacle(channel, errand) or _cannot_carry(channel, errand.words)) is not None:
        return obstacle
    adapter = registry.adapter_for(channel.kind)
    why = Skipped(channel=channel, code="no_address", params={"kind": adapter.identity_kind})
    for address in _addresses(errand, adapter):
        answer = adapter.availability(channel=channel, address=address, at=timezone.now())
        if isinstance(answer, Available):
            return address
        why = Skipped(channel=channel, code=answer.code, params=answer.params)
    return why


def _obstacle(channel: Channel, errand: Errand) -> Skipped | None:
    if channel.kind not in registry.kinds():
        return Skipped(channel=channel, code="not_installed")
    if not channel.is_active:
        return Skipped(channel=channel, code="channel_off")
    if not _sends(channel):
        return Skipped(channel=channel, code=RECEIVES_ONLY)
    ours = Team.objects.of(errand.agent)
    if errand.case is None and not ours.filter(pk=channel.team_id).exists():
        return Skipped(channel=channel, code="not_your_team", params={"team": channel.team.name})
    return None


def _cannot_carry(channel: Channel, words: Words) -> Skipped | None:
    if not words.files:
        return None
    adapter = registry.adapter_for(channel.kind)
    why = adapter.cannot_carry(channel=channel, files=words.files)
    return Skipped(channel=channel, code=why.code, params=why.params) if why else None


def _addresses(errand: Errand, adapter: ChannelAdapter) -> Iterator[Address]:
    """Their own, those that a check vouched for first, and the one that they write through."""
    if errand.only is not None:
        if errand.only.kind == adapter.identity_kind:
            yield errand.only
        return
    customer = errand.thread.customer
    theirs = Q(customer=customer) | Q(threads=customer)
    mine = Identity.objects.filter(theirs, kind=adapter.identity_kind).exclude(
        unreachable_code__gt=""
    )
    for identity in mine.distinct().order_by(F("verified_at").desc(nulls_last=True), "id"):
        yield identity.address
