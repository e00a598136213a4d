"""A channel for tests of the core: its receipts are JSON, its provider is a list in memory.

It speaks e-mail addresses and can be told to fail, so that the core is tested without any real
channel installed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from conversations.adapters.base import (
    Available,
    ChannelAdapter,
    Face,
    Invitation,
    Malformed,
    Sent,
    Unavailable,
)
from conversations.adapters.messages import (
    Address,
    Addressee,
    DeliveryReport,
    Event,
    File,
    Forwarded,
    Grade,
    IdentityKind,
    InboundMessage,
    Origin,
    OutboundMessage,
    Outcome,
    RawEvent,
    RecipientRole,
)
from conversations.models import Channel

OWN = "support@kalma.example"


@dataclass
class Provider:
    """What was accepted, and what the next sends should do instead."""

    accepted: list[OutboundMessage] = field(default_factory=list)
    moods: list[Callable[[OutboundMessage], Sent]] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)

    def reset(self) -> None:
        self.accepted, self.moods, self.unreachable = [], [], set()


PROVIDER = Provider()


class PaperAdapter(ChannelAdapter):
    kind: ClassVar[str] = "paper"
    identity_kind: ClassVar[str] = IdentityKind.EMAIL
    holds: ClassVar[bool] = True
    repeats: ClassVar[bool] = True

    def describe(self) -> Face:
        return Face(
            kind="paper",
            label="Paper",
            icon="mail",
            has_subject=True,
            has_copies=True,
            holds_for_undo=self.holds,
            resends_safely=self.repeats,
            max_attachment_size=1_000_000,
        )

    def normalize(self, raw: RawEvent) -> Sequence[Event]:
        try:
            said: dict[str, Any] = json.loads(raw.body)
        except ValueError as error:
            raise Malformed("not_json", words=str(error)) from error
        if "report" in said:
            return [
                DeliveryReport(
                    provider_id=said["report"],
                    outcome=Outcome(said["outcome"]),
                    recipient=said.get("recipient", ""),
                    words=said.get("words", ""),
                )
            ]
        return [_message(said)]

    def config(self, channel_id: int) -> int:
        return channel_id

    def send(self, message: OutboundMessage, config: Any) -> Sent:
        if PROVIDER.moods:
            return PROVIDER.moods.pop(0)(message)
        PROVIDER.accepted.append(message)
        return Sent(provider_id=message.key)

    def own_addresses(self) -> frozenset[str]:
        return frozenset({OWN})

    def sender_addresses(self, channel_id: int) -> tuple[Address, ...]:
        return (self._address(OWN), self._address("sales@kalma.example"))

    def message_key(self, *, token: str, client_id: str) -> str:
        return f"{token}.{client_id}@hub.example"

    def parse_address(self, typed: str) -> Address | None:
        return self._address(typed.strip().lower()) if "@" in typed else None

    def availability(
        self, *, channel: Channel, address: Address, at: datetime
    ) -> Available | Unavailable:
        if address.value in PROVIDER.unreachable:
            return Unavailable(code="opted_out", params={"address": address.value})
        return Available()

    def _address(self, value: str) -> Address:
        return Address(kind=IdentityKind.EMAIL, value=value)


class FastPaperAdapter(PaperAdapter):
    """As a chat or a text: no hold, and a repeat would be a second message."""

    kind: ClassVar[str] = "fast"
    holds: ClassVar[bool] = False
    repeats: ClassVar[bool] = False


class LivePaperAdapter(FastPaperAdapter):
    """As a chat: somebody waits at the screen, and an open case takes more of an agent."""

    kind: ClassVar[str] = "live"

    def describe(self) -> Face:
        return replace(super().describe(), kind="live", weight=3, is_live=True)


class AskingPaperAdapter(FastPaperAdapter):
    """As a page for videos: customers are asked to use it, and the links are counted."""

    kind: ClassVar[str] = "video"
    invites: ClassVar[bool] = True
    made: ClassVar[list[dict[str, Any]]] = []
    ended: ClassVar[list[int]] = []

    def invite(self, **asked: Any) -> Invitation | None:
        self.made.append(asked)
        url = f"https://hub.example/u/{len(self.made)}"
        return Invitation(url=url, text=f"Show us: {url}", number=len(self.made))

    def take_back(self, number: int) -> bool:
        self.ended.append(number)
        return True


def _message(said: Mapping[str, Any]) -> InboundMessage:
    return InboundMessage(
        sender=Address(
            kind=IdentityKind.EMAIL, value=said["from"].lower(), name=said.get("name", "")
        ),
        grade=Grade(said.get("grade", "none")),
        reply_to=Address(kind=IdentityKind.EMAIL, value=said["reply_to"])
        if "reply_to" in said
        else None,
        origin=Origin(said.get("origin", "person")),
        subject=said.get("subject", ""),
        text=said.get("text", ""),
        forwarded=_forwarded(said["forwarded"]) if "forwarded" in said else None,
        message_id=said.get("id", ""),
        references=tuple(said.get("references", ())),
        tokens=tuple(said.get("tokens", ())),
        sent_at=datetime.fromisoformat(said["sent_at"]) if "sent_at" in said else None,
        addressees=tuple(
            Addressee(role=RecipientRole.CC, address=Address(kind=IdentityKind.EMAIL, value=one))
            for one in said.get("cc", ())
        ),
        files=tuple(
            File(name=name, type="text/plain", content=content.encode())
            for name, content in said.get("files", {}).items()
        ),
    )


def _forwarded(said: Mapping[str, str]) -> Forwarded:
    sender = Address(kind=IdentityKind.EMAIL, value=said["from"], name=said["name"])
    return Forwarded(sender=sender, text=said["text"], note=said["note"])
