"""Live chat as a channel. Its provider is the hub itself: what is sent is read from the thread."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channels_chat import limits
from channels_chat import raw as words
from channels_chat.models import ChatSettings, Unseen, Visitor
from channels_chat.texts import TEXTS
from conversations.adapters.base import (
    Available,
    ChannelAdapter,
    Face,
    Malformed,
    Place,
    Sent,
    Unavailable,
)
from conversations.adapters.messages import (
    Address,
    Event,
    Grade,
    IdentityKind,
    InboundMessage,
    OutboundMessage,
    RawEvent,
)
from conversations.models import BlockedSender, Channel

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from conversations.models import Case, Delivery, Identity
    from conversations.services.person import Person


class ChatAdapter(ChannelAdapter):
    kind: ClassVar[str] = "chat"
    identity_kind: ClassVar[str] = IdentityKind.VISITOR
    pages: ClassVar[Mapping[str, str]] = {"w/": "channels_chat.urls"}
    leads_on: ClassVar[bool] = True
    routing: ClassVar[str | None] = "channels_chat.routing"

    def describe(self) -> Face:
        return Face(
            kind=self.kind,
            label=_("Chat"),
            icon="chat",
            max_attachment_size=limits.FILES * limits.FILE_SIZE,
            reply_target=timedelta(seconds=30),
            weight=3,
            is_live=True,
            is_instant=True,
            has_signature=False,
        )

    # -- in
    def normalize(self, raw: RawEvent) -> Sequence[Event]:
        """The token was checked at the edge: who holds it is that visitor, whoever they are."""
        frame, envelope = words.said(raw), raw.envelope
        visitor = envelope.get("visitor")
        if frame.get("type") != "say" or not isinstance(visitor, str):
            raise Malformed("not_a_message")
        text, files = words.clean(frame.get("text"), limits.TEXT), words.files(raw)
        if not (text.strip() or files):
            raise Malformed("empty")
        token = envelope.get("token")
        return [
            InboundMessage(
                sender=Address(
                    kind=IdentityKind.VISITOR, value=visitor, name=str(envelope.get("name", ""))
                ),
                grade=Grade.PASS,
                text=text,
                files=files,
                language=str(envelope.get("language", "")),
                tokens=(str(token),) if token else (),
                details={"client": str(frame.get("id", ""))},
            )
        ]

    # -- out
    def config(self, channel_id: int) -> int:
        return channel_id

    def send(self, message: OutboundMessage, config: Any) -> Sent:  # noqa: ARG002 -- a face
        """What was held until its time: it stands in the thread, and is now shown."""
        return Sent(provider_id=message.key)

    def placed(self, delivery: Delivery) -> None:
        """It waits for the visitor's eyes; what came here because mail failed, for nothing else."""
        mine = delivery.messages.filter(channel=delivery.channel_id)
        to = delivery.recipients.values_list("address", flat=True)
        visitor = Visitor.objects.filter(number__in=list(to)).first()
        if visitor is not None:
            Unseen.objects.bulk_create(
                [Unseen(message=one, visitor=visitor, at=Now()) for one in mine],
                ignore_conflicts=True,
            )

    def message_key(self, *, token: str, client_id: str) -> str:  # noqa: ARG002 -- a face
        """None of its own: when it leaves by e-mail as well, it gets that mail's."""
        return ""

    def parse_address(self, typed: str) -> Address | None:
        try:
            number = uuid.UUID(hex=typed) if len(typed) == len(uuid.uuid4().hex) else None
        except ValueError:
            return None
        return Address(kind=IdentityKind.VISITOR, value=number.hex) if number else None

    def availability(
        self, *, channel: Channel, address: Address, at: datetime
    ) -> Available | Unavailable:
        """Who left the chat is written to all the same: it waits there, or goes on by e-mail."""
        del at
        number = self.parse_address(address.value)
        mine = Visitor.objects.filter(channel=channel, number=address.value) if number else None
        if mine is None or not mine.exists():
            return Unavailable(code="not_in_this_chat")
        if BlockedSender.objects.covers(address.value):
            return Unavailable(code="visitor_blocked")
        if not ChatSettings.objects.filter(channel=channel).exists():
            return Unavailable(code="not_connected", fix="connect_channel")
        return Available()

    def lead_on(self, *, channel_id: int, case: Case, identity: Identity) -> Place | None:
        from channels_chat import coming_in

        return coming_in.come(channel_id=channel_id, case=case, identity=identity)

    def sweeps(self) -> Mapping[str, Callable[[], int]]:
        from channels_chat import continuation, leaving, pruning

        return {
            "continuation": continuation.sweep,
            "leaving": leaving.sweep,
            "pruning": pruning.prune,
        }

    def forget(self, someone: Person) -> None:
        """Their browsers know them no more, and neither do we."""
        numbers = [
            found.value for value in someone.addresses if (found := self.parse_address(value))
        ]
        Visitor.objects.filter(number__in=numbers).delete()

    # -- what admins see
    def texts(self) -> Mapping[str, _StrPromise | str]:
        return TEXTS

    def admin_inlines(self, request: HttpRequest) -> Sequence[Any]:
        from channels_chat.admin import ChatSettingsInline

        return (ChatSettingsInline,)
