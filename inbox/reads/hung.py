"""Files as they hang below a message, each with what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from conversations.models import Attachment, Look, LookKind, LookState, Message
from conversations.services import looks
from inbox import texts

THUMB = 240, 180
"""Pixels within which a picture is drawn in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hung:
    file: Attachment
    look: Look | None

    @property
    def is_infected(self) -> bool:
        return self.look is not None and self.look.is_infected

    @property
    def is_picture(self) -> bool:
        """One that can be drawn by now."""
        return self._is(LookKind.PICTURE) and self.look is not None and bool(self.look.poster_id)

    @property
    def is_film(self) -> bool:
        """Also one that cannot be played yet, or not at all."""
        return self._is(LookKind.FILM) and not self.is_infected

    def _is(self, kind: LookKind) -> bool:
        return self.look is not None and self.look.kind == kind

    @property
    def size(self) -> tuple[int, int]:
        """Width and height at which it is drawn, so that nothing moves when it comes."""
        look = self.look
        if look is None or not look.width or not look.height:
            return THUMB
        scale = min(THUMB[0] / look.width, THUMB[1] / look.height, 1.0)
        return max(1, round(look.width * scale)), max(1, round(look.height * scale))

    @property
    def duration(self) -> str:
        """As 0:23."""
        seconds = round(self.look.seconds) if self.look else 0
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        if not seconds:
            return ""
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    @property
    def is_under_way(self) -> bool:
        return self.look is not None and self.look.is_under_way

    @property
    def is_without(self) -> bool:
        """There will be nothing to show, though there should have been."""
        return self.look is not None and self.look.state == LookState.FAILED

    @property
    def cause(self) -> str:
        return texts.look(self.look.code) if self.look else ""

    @property
    def scan(self) -> str:
        """What a scanner said, where there is one."""
        is_asked = bool(settings.OMNIHUB_CLAMAV) and self.look is not None
        return self.look.get_scan_display() if is_asked and self.look is not None else ""


def below(message: Message) -> list[Hung]:
    """Everything that the text does not show itself."""
    has_markup = bool(message.html)
    files = [file for file in message.attachments.all() if not (has_markup and file.is_inline)]
    return [Hung(file=file, look=looks.at(file)) for file in files]


def drawn_within(message: Message) -> int:
    """How many pictures of the markup itself can be drawn by now."""
    within = (looks.at(file) for file in message.attachments.all() if file.content_id)
    return sum(look is not None and look.preview_id is not None for look in within)


def times_resumed(message: Message) -> int:
    """How often what came with it was broken off on its way, and went on."""
    said = message.params.get("resumed")
    return said if isinstance(said, int) and message.identity_id else 0
