"""What a visitor is shown of their thread: what they and we said to each other, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects

from channels_chat import limits, links, saying
from channels_chat.models import Visitor
from conversations.adapters.messages import IdentityKind
from conversations.models import (
    Attachment,
    Case,
    Change,
    ChangeKind,
    Conversation,
    Delivery,
    DeliveryState,
    Kind,
    Look,
    LookKind,
    Message,
)
from conversations.services import continuing, looks

Frame = dict[str, Any]
MOST = 200
"""Changes that are told one by one; after more the frame starts anew."""
_KEPT_BACK = [DeliveryState.HELD, DeliveryState.CANCELLED]


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A visitor's thread as it stands. `conversation` is None before the first message."""

    visitor: Visitor
    conversation: Conversation | None

    @property
    def revision(self) -> int:
        return self.conversation.revision if self.conversation else 0

    @cached_property
    def case(self) -> Case | None:
        """The one that the visitor wrote in last."""
        return saying.last_case(self.visitor, self.conversation) if self.conversation else None

    @cached_property
    def unseen(self) -> list[datetime | None]:
        """Of all that waits for the visitor's eyes, when it was asked where else it could go."""
        return list(self.visitor.unseen.values_list("asked_at", flat=True))


def shown(thread: Thread) -> QuerySet[Message]:
    """All entries that this visitor may see, in no order.

    Who proved nothing sees what was said since they came, in the cases that they wrote in: their
    customer may have been somebody before. Who came by a link sees of cases of restricted teams
    only the one that it led to: a phone may be the family's.
    """
    visitor, conversation = thread.visitor, thread.conversation
    if conversation is None or not (visitor.is_proven or visitor.since):
        return Message.objects.none()
    theirs = Q(identity=None) | Q(identity__customer=conversation.customer_id)
    said = Message.objects.public().filter(theirs, conversation=conversation, is_unconfirmed=False)
    deliveries = Delivery.objects.filter(messages=OuterRef("pk"))
    is_back = Exists(deliveries.filter(state__in=_KEPT_BACK))
    has_left = Exists(deliveries.exclude(state__in=_KEPT_BACK))
    said = said.filter(~is_back | has_left)
    if not visitor.is_proven:
        return said.filter(_since_they_came(visitor))
    if visitor.case_id is None:
        return said
    opened = Case.objects.survivor_of(visitor.case_id)
    return said.filter(Q(case__team__is_restricted=False) | Q(case=opened))


def _since_they_came(visitor: Visitor) -> Q:
    own = Message.objects.filter(
        identity__kind=IdentityKind.VISITOR, identity__value=visitor.value
    ).values("case")
    return Q(case__in=own, sorted_at__gte=visitor.since)


def latest(thread: Thread) -> Frame:
    """The last entries, in place of whatever is shown."""
    found = _page(shown(thread).order_by("-sorted_at", "-id"))
    return {
        "revision": thread.revision,
        "reset": True,
        "gone": [],
        **_as_frame(thread, found),
    }


def older(thread: Thread, before: int) -> Frame:
    """The page before an entry; nothing when it is none of theirs."""
    rows = shown(thread)
    edge = rows.filter(pk=before).first()
    if edge is None:
        return {"older": True, "entries": [], "more": False, "revision": thread.revision}
    is_before = Q(sorted_at__lt=edge.sorted_at) | Q(sorted_at=edge.sorted_at, id__lt=edge.pk)
    found = _page(rows.filter(is_before).order_by("-sorted_at", "-id"))
    return {"older": True, "revision": thread.revision, **_as_frame(thread, found)}


def since(thread: Thread, after: int) -> Frame | None:
    """What changed after a revision; None when nothing did that is shown here."""
    conversation = thread.conversation
    if conversation is None or after == thread.revision:
        return None
    if not 0 < after < thread.revision:
        return latest(thread)
    changes = list(
        Change.objects.filter(
            conversation=conversation, revision__gt=after, revision__lte=thread.revision
        ).values_list("kind", "message", "case")[: MOST + 1]
    )
    is_whole = len(changes) == thread.revision - after and len(changes) <= MOST
    kinds = {kind for kind, _message, _case in changes}
    if not is_whole or ChangeKind.RESET in kinds:
        return latest(thread)
    touched = {message for _kind, message, _case in changes if message}
    found = _whole(shown(thread).filter(pk__in=touched).order_by("sorted_at", "id"))
    gone = touched - {message.pk for message in found}
    return {
        "revision": thread.revision,
        "reset": False,
        "gone": _hidden(gone) if gone else [],
        "entries": [entry(thread.visitor, message) for message in found],
    }


def _hidden(gone: Iterable[str | int]) -> list[int]:
    """Of what is not shown, what may have been before."""
    hidden = Message.objects.filter(pk__in=gone, kind=Kind.MESSAGE, is_aside=False)
    return sorted(hidden.values_list("pk", flat=True))


def _page(rows: QuerySet[Message]) -> list[Message]:
    return _whole(rows[: limits.ENTRIES + 1])


def _whole(rows: QuerySet[Message]) -> list[Message]:
    """With all that an entry tells; files are asked for where there are any."""
    found = list(rows.select_related("channel", "identity", "agent"))
    with_files = [message for message in found if message.file_names]
    prefetch_related_objects(with_files, Prefetch("attachments", looks.with_looks()))
    return found


def _as_frame(thread: Thread, found: list[Message]) -> Frame:
    """A page that was read backwards, one row too long."""
    page = list(reversed(found[: limits.ENTRIES]))
    return {
        "entries": [entry(thread.visitor, message) for message in page],
        "more": len(found) > limits.ENTRIES,
    }


def entry(visitor: Visitor, message: Message) -> Frame:
    is_redacted = message.redacted_at is not None
    return {
        "id": message.pk,
        "at": message.sorted_at.isoformat(),
        "from": _speaker(message),
        "name": message.author_name,
        "text": continuing.without_links(message.text),
        "html": "",
        "channel": message.channel.kind if message.channel else "",
        "client": str(message.params.get("client", "")) if message.identity_id else "",
        "case": message.case_id,
        "files": _files(visitor, message) if message.file_names and not is_redacted else [],
        "redacted": is_redacted,
    }


def _speaker(message: Message) -> str:
    if message.identity_id is not None:
        return "visitor"
    return "system" if message.is_system else "agent"


def _files(visitor: Visitor, message: Message) -> list[Frame]:
    return [
        {
            "name": file.name,
            "type": file.type,
            "size": file.size,
            **_shown(visitor, file),
        }
        for file in message.attachments.all()
    ]


def _shown(visitor: Visitor, file: Attachment) -> Frame:
    """Its address, none where it holds malware, and what is drawn of it."""
    look = looks.at(file)
    is_kept_back = look is not None and look.is_infected
    return {"url": "" if is_kept_back else links.url(visitor, file), **_look(look)}


def _look(look: Look | None) -> Frame:
    """Pixels of a picture that can be drawn by now; what is not a picture has none."""
    is_drawn = look is not None and look.kind == LookKind.PICTURE and look.preview_id is not None
    size = [look.width, look.height] if look is not None and is_drawn else []
    return {"picture": is_drawn, "pixels": size}
