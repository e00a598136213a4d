"""The composer: its channels, its partners, and the words that were not sent yet."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from conversations.adapters import registry
from conversations.models import Agent, Channel, Draft, DraftKind, Identity, Kind, Macro, Team
from conversations.services import holding, inviting, macros, reply
from conversations.services.composer import ChannelOption, ReplyOptions
from inbox import texts
from inbox.reads.thread import Thread


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A channel in the composer's menu."""

    option: ChannelOption
    is_chosen: bool
    holder: Identity | None = None
    """The customer's own address that it reaches."""

    @property
    def why_not(self) -> str:
        obstacle = self.option.unavailable
        kind = self.option.channel.kind
        return texts.refusal(obstacle.code, obstacle.params, kind=kind) if obstacle else ""

    @property
    def later(self) -> datetime | None:
        """When it can go, where it is only too early."""
        obstacle = self.option.unavailable
        return obstacle.until if obstacle else None

    @property
    def leads_on(self) -> bool:
        """Whether what goes there can lead the customer to their own thread."""
        return self.option.available and self.holder is not None and self.proves

    @cached_property
    def proves(self) -> bool:
        return self.holder is not None and holding.is_ones_own(self.holder)

    @property
    def why_no_link(self) -> str:
        return self.why_not or texts.refusal("proves_nothing", {})

    @property
    def to(self) -> str:
        return ", ".join(self.option.to)

    @property
    def cc(self) -> str:
        return ", ".join(self.option.cc)

    @property
    def composer_template(self) -> str:
        """What the channel adds below the words: its own template, or none."""
        return f"channels/{self.option.channel.kind}/composer.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """What stands in the composer. Addresses are comma-separated, as typed."""

    options: ReplyOptions
    kind: str
    text: str = ""
    note: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    sender: str = ""
    channel_id: int | None = None
    versions: dict[str, int] = field(default_factory=dict)
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    problem: str = ""
    holders: dict[str, Identity] = field(default_factory=dict)
    """The customer's own addresses."""
    macro: int | None = None
    agent: Agent | None = None
    aside: Draft | None = None
    """What the agent began to write to a third party."""

    @property
    def channels(self) -> list[Choice]:
        return [
            Choice(
                option=option,
                is_chosen=option.channel.pk == self.channel_id,
                holder=next((self.holders[to] for to in option.to if to in self.holders), None),
            )
            for option in self.options.channels
        ]

    @property
    def people(self) -> tuple[str, ...]:
        """Whom a note can call by @name."""
        return _people(self.agent) if self.agent else ()

    @property
    def asks(self) -> bool:
        """Whether customers can be asked for a video."""
        return "video" in inviting.kinds()

    @property
    def leads_on(self) -> bool:
        """Whether customers have a place of their own to go on at."""
        return "portal" in registry.kinds()

    @property
    def places(self) -> list[Channel]:
        """Channels that such a link can lead to, besides their own page."""
        leading = {adapter.kind for adapter in registry.adapters() if adapter.leads_on}
        channels = [option.channel for option in self.options.channels]
        return [one for one in channels if one.is_active and one.kind in leading]

    @property
    def has_twins(self) -> bool:
        """Two channels of a kind have to be told apart by name."""
        kinds = [option.channel.kind for option in self.options.channels]
        return len(kinds) > len(set(kinds))

    @property
    def chosen(self) -> Choice | None:
        return next((choice for choice in self.channels if choice.is_chosen), None)

    @property
    def channel(self) -> ChannelOption | None:
        return self.chosen.option if self.chosen else None

    @property
    def text_version(self) -> int:
        return self.versions.get(Kind.MESSAGE, 0)

    @property
    def note_version(self) -> int:
        return self.versions.get(Kind.NOTE, 0)

    @property
    def is_note(self) -> bool:
        return self.kind == Kind.NOTE


def read(thread: Thread, *, macro: Macro | None = None) -> Composer:
    """The composer of a case: drafts where there are any, else what the core suggests; below it
    the words of a macro that was asked for."""
    options = reply.options(case=thread.case, agent=thread.agent)
    drafts = {d.kind: d for d in Draft.objects.filter(case=thread.case, agent=thread.agent)}
    mail, note = drafts.get(Kind.MESSAGE), drafts.get(Kind.NOTE)
    kept: dict[str, Any] = mail.fields if mail else {}
    words = macros.text_of(macro, thread.case, thread.agent) if macro else ""
    chosen = _channel(kept.get("channel"), options)
    fitting = next((one for one in options.channels if one.channel.pk == chosen), None)
    return Composer(
        options=options,
        kind=Kind.NOTE if (note and not mail) or not thread.can_act else Kind.MESSAGE,
        text="\n\n".join(part for part in (mail.text if mail else "", words) if part),
        holders={one.value: one for one in thread.case.conversation.customer.identities.all()},
        macro=macro.pk if macro else None,
        agent=thread.agent,
        aside=drafts.get(DraftKind.ASIDE) if thread.can_act else None,
        note=note.text if note else "",
        to=_line(kept.get("to", fitting.to if fitting else ())),
        cc=_line(kept.get("cc", fitting.cc if fitting else ())),
        bcc=_line(kept.get("bcc", ())),
        subject=str(kept.get("subject") or (fitting.subject if fitting else "")),
        sender=str(kept.get("sender") or _sender(fitting)),
        channel_id=chosen,
        versions={draft.kind: draft.version for draft in drafts.values()},
    )


def _people(agent: Agent) -> tuple[str, ...]:
    active = Agent.objects.filter(is_active=True).exclude(pk=agent.pk)
    teams = Team.objects.of(agent).filter(is_default=False).order_by("name")
    names = [str(one) for one in active.order_by("first_name", "username")[:200]]
    return (*names, *teams.values_list("name", flat=True))


def _channel(kept: object, options: ReplyOptions) -> int | None:
    known = {option.channel.pk for option in options.channels}
    return kept if isinstance(kept, int) and kept in known else options.default_channel_id


def _sender(option: ChannelOption | None) -> str:
    return option.senders[0].value if option and option.senders else ""


def _line(addresses: object) -> str:
    if isinstance(addresses, str):
        return addresses
    return ", ".join(str(a) for a in addresses) if isinstance(addresses, list | tuple) else ""


def restored(draft: Draft) -> dict[str, Any]:
    """A draft for the browser, after an undo."""
    fields = {k: _line(v) if k in {"to", "cc", "bcc"} else v for k, v in draft.fields.items()}
    return {"kind": draft.kind, "text": draft.text, "version": draft.version, "fields": fields}
