"""The portal as a channel: customers write here, and are answered wherever they are reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from conversations.adapters import parcels
from conversations.adapters.base import (
    RECEIVES_ONLY,
    Face,
    Malformed,
    ReceivingAdapter,
)
from conversations.adapters.messages import (
    Address,
    Event,
    Grade,
    IdentityKind,
    InboundMessage,
    RawEvent,
)
from portal import limits

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class PortalAdapter(ReceivingAdapter):
    """Who writes does so from the address that they proved. What we say stands there by itself,
    whichever way it went."""

    kind: ClassVar[str] = "portal"
    pages: ClassVar[Mapping[str, str]] = {"p/": "portal.urls"}

    def describe(self) -> Face:
        return Face(
            kind=self.kind,
            label=_("Portal"),
            icon="door",
            admin_icon="meeting_room",
            max_attachment_size=limits.FILES * limits.FILE_SIZE,
            has_signature=False,
            receives_only=True,
        )

    def normalize(self, raw: RawEvent) -> Sequence[Event]:
        """The session was checked at the edge: it stands on an address that was proven."""
        said, envelope = parcels.said(raw), raw.envelope
        try:
            kind = IdentityKind(str(envelope.get("kind")))
            value = str(envelope["value"])
        except (KeyError, ValueError) as error:
            raise Malformed("nobody_wrote") from error
        token = envelope.get("token")
        return [
            InboundMessage(
                sender=Address(kind=kind, value=value, name=str(envelope.get("name", ""))),
                grade=Grade.PASS,
                text=parcels.clean(said.get("text"), limits.TEXT),
                files=parcels.files(raw),
                language=str(envelope.get("language", "")),
                tokens=(str(token),) if token else (),
                details={"client": str(said.get("id", ""))},
            )
        ]

    def sweeps(self) -> Mapping[str, Callable[[], int]]:
        from portal import codes, sessions

        return {"codes": codes.sweep, "sessions": sessions.prune}

    def texts(self) -> Mapping[str, _StrPromise | str]:
        return {RECEIVES_ONLY: _("Customers write here; answers go by another channel.")}
