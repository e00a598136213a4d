"""Films that customers send by a link. Nothing goes out here: answers leave as they did before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_video import links
from channels_video.models import VideoSettings
from channels_video.texts import TEXTS
from conversations.adapters.base import (
    Face,
    Invitation,
    Malformed,
    ReceivingAdapter,
)
from conversations.adapters.messages import (
    Address,
    Event,
    File,
    Grade,
    IdentityKind,
    InboundMessage,
    RawEvent,
)

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from conversations.models import Agent, Case, Identity
    from conversations.services.person import Person


class VideoAdapter(ReceivingAdapter):
    """Who sends a film is known by where the link went."""

    kind: ClassVar[str] = "video"
    mounts: ClassVar[Mapping[str, str]] = {
        r"/u/(?P<token>[^/]+)/files(/(?P<number>[^/]*))?": "channels_video.tus.application"
    }
    pages: ClassVar[Mapping[str, str]] = {"u/": "channels_video.urls"}
    invites: ClassVar[bool] = True

    def describe(self) -> Face:
        return Face(
            kind=self.kind,
            label=_("Video"),
            icon="video",
            admin_icon="videocam",
            receives_only=True,
            has_files=False,
            has_signature=False,
        )

    # -- in
    def normalize(self, raw: RawEvent) -> Sequence[Event]:
        """What was sent is kept already; the edge knows whom the link went to."""
        said, edge = _said(raw.body), raw.envelope
        files = (_file(said),) if said["type"] == "upload" else ()
        note = said.get("note" if files else "text", "")
        return [
            InboundMessage(
                sender=_sender(edge.get("sender")),
                grade=Grade.PASS,
                text=_clean(note) if isinstance(note, str) else "",
                files=files,
                language=str(edge.get("language", "")),
                tokens=(str(edge["token"]),) if edge.get("token") else (),
                details={"resumed": _count(said.get("resumed"))},
            )
        ]

    def sweeps(self) -> Mapping[str, Callable[[], int]]:
        from channels_video import keeping, sweeps

        return {"finishing": sweeps.finish, "uploads": sweeps.tidy, "films": keeping.prune}

    def forget(self, someone: Person) -> None:
        from channels_video import uploads

        uploads.forget(someone.identities)

    def invite(
        self,
        *,
        channel_id: int,
        case: Case,
        identity: Identity,
        agent: Agent | None,
        language: str,
    ) -> Invitation | None:
        """None while the channel has no settings yet."""
        if not VideoSettings.objects.filter(channel=channel_id).exists():
            return None
        return links.invitation(
            channel_id=channel_id, case=case, identity=identity, agent=agent, language=language
        )

    def take_back(self, number: int) -> bool:
        return links.take_back(number)

    def longest_film(self, channel_id: int) -> int | None:
        """What is longer is kept as it came, and not made ready to be played."""
        rows = VideoSettings.objects.filter(channel=channel_id)
        return rows.values_list("longest_seconds", flat=True).first()

    def admin_inlines(self, request: HttpRequest) -> Sequence[Any]:
        from channels_video.admin import VideoSettingsInline

        return (VideoSettingsInline,)

    def texts(self) -> Mapping[str, _StrPromise | str]:
        return TEXTS


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("not_an_upload", words=str(error)) from error
    if not isinstance(said, dict) or said.get("type") not in {"upload", "again"}:
        raise Malformed("not_an_upload")
    return said


def _file(said: Mapping[str, Any]) -> File:
    file = said.get("file")
    if not isinstance(file, dict) or not isinstance(file.get("sha256"), str):
        raise Malformed("not_an_upload")
    return File(
        name=_clean(str(file.get("name", ""))),
        type=_clean(str(file.get("type", ""))),
        content=b"",
        blob=file["sha256"],
        kept_size=_count(file.get("size")),
    )


def _sender(who: object) -> Address:
    if not isinstance(who, dict) or who.get("kind") not in set(IdentityKind):
        raise Malformed("not_an_upload")
    return Address(
        kind=IdentityKind(who["kind"]), value=str(who["value"]), name=str(who.get("name", ""))
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _clean(text: str) -> str:
    """Text that can be kept: without NUL and halves of characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\ufffd")
