"""What a customer is shown: what they and we said to each other, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from conversations.adapters import registry
from conversations.adapters.base import Face
from conversations.models import (
    Attachment,
    Case,
    Conversation,
    Delivery,
    DeliveryState,
    Look,
    LookKind,
    Message,
    Recipient,
    Status,
)
from conversations.services import continuing, looks
from portal import limits, sessions
from portal.models import Session

_KEPT_BACK = [DeliveryState.HELD, DeliveryState.CANCELLED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A file, and what was made of it. `picture` and `film` once they can be drawn and played."""

    file: Attachment
    look: Look | None = None

    @property
    def is_refused(self) -> bool:
        return self.look is not None and self.look.is_infected

    @property
    def is_picture(self) -> bool:
        return self._is_made(LookKind.PICTURE)

    @property
    def is_film(self) -> bool:
        return self._is_made(LookKind.FILM)

    def _is_made(self, kind: LookKind) -> bool:
        look = self.look
        return look is not None and look.kind == kind and look.preview_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message as it stands on the page. `day` and `case` are set where another one begins."""

    message: Message
    is_mine: bool
    face: Face | None
    files: tuple[Shown, ...] = ()
    day: date | None = None
    case: Case | None = None

    @property
    def text(self) -> str:
        """Without the secret of links that led here: they are used up, or for another device."""
        return continuing.without_links(self.message.text)

    @property
    def is_redacted(self) -> bool:
        return self.message.redacted_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`earlier` is the message to go back from; None where these are all."""

    entries: list[Entry]
    earlier: int | None = None


def shown(session: Session) -> QuerySet[Message]:
    """All messages that this session may see, in no order.

    Of cases of a restricted team only those in which its very address takes part: a phone that the
    family uses does not show what was written with Legal by mail.
    """
    conversation = sessions.conversation_of(session)
    if conversation is None:
        return Message.objects.none()
    theirs = Q(identity=None) | Q(identity__customer=conversation.customer_id)
    said = Message.objects.public().filter(theirs, conversation=conversation, is_unconfirmed=False)
    deliveries = Delivery.objects.filter(messages=OuterRef("pk"))
    is_back = Exists(deliveries.filter(state__in=_KEPT_BACK))
    has_left = Exists(deliveries.exclude(state__in=_KEPT_BACK))
    mine = _took_part(session, conversation)
    if session.case_id is not None:  # by a link, which whoever sent it could have opened
        mine = mine.filter(pk=Case.objects.survivor_of(session.case_id))
    is_open = Q(case__team__is_restricted=False) | Q(case__in=mine)
    return said.filter(is_open).filter(~is_back | has_left)


def _took_part(session: Session, conversation: Conversation) -> QuerySet[Case]:
    """Cases in which the session's address wrote, or was written to."""
    wrote = Message.objects.filter(case=OuterRef("pk"), identity=session.identity_id)
    told = Recipient.objects.filter(
        delivery__messages__case=OuterRef("pk"), address__iexact=session.identity.value
    )
    mine = Case.objects.filter(conversation=conversation)
    return mine.filter(Exists(wrote) | Exists(told))


def page(session: Session, before: int | None = None) -> Page:
    """The last messages, or those before one of them."""
    rows = shown(session).order_by("-sorted_at", "-id")
    edge = rows.filter(pk=before).first() if before else None
    if edge is not None:
        is_above = Q(sorted_at__lt=edge.sorted_at) | Q(sorted_at=edge.sorted_at, id__lt=edge.pk)
        rows = rows.filter(is_above)
    whole = rows.select_related("channel", "identity", "agent", "case")
    found = list(
        whole.prefetch_related(Prefetch("attachments", looks.with_looks()))[: limits.ENTRIES + 1]
    )
    fit = found[: limits.ENTRIES][::-1]
    return Page(
        entries=list(_entries(fit)), earlier=fit[0].pk if len(found) > limits.ENTRIES else None
    )


def _entries(messages: Iterable[Message]) -> Iterable[Entry]:
    day, case = None, None
    for message in messages:
        its_day = timezone.localtime(message.sorted_at).date()
        yield Entry(
            message=message,
            is_mine=message.identity_id is not None,
            face=_face(message),
            files=() if message.redacted_at else _files(message),
            day=its_day if its_day != day else None,
            case=message.case if message.case_id != case else None,
        )
        day, case = its_day, message.case_id


def _files(message: Message) -> tuple[Shown, ...]:
    return tuple(Shown(file=one, look=looks.at(one)) for one in message.attachments.all())


def _face(message: Message) -> Face | None:
    if message.channel is None or message.channel.kind not in registry.kinds():
        return None
    return registry.adapter_for(message.channel.kind).describe()


def file(session: Session, number: int) -> Attachment | None:
    """A file of a message that this session may see."""
    visible = shown(session).filter(redacted_at=None)
    files = Attachment.objects.select_related("blob").filter(message__in=visible.values("pk"))
    return files.filter(pk=number, blob__pruned_at=None).first()


def case_of(session: Session) -> Case | None:
    """What an answer is about: the case that a link opened while that is open, else the one of
    the last message on the page. None where there is none, or it is closed for good."""
    mine = shown(session)
    opened = session.case_id
    if opened is not None:
        standing = Case.objects.filter(pk=Case.objects.survivor_of(opened))
        case = standing.filter(status__in=[Status.OPEN, Status.SNOOZED]).first()
        if case is not None and mine.filter(case=case).exists():
            return case
    last = mine.select_related("case").order_by("-sorted_at", "-id").first()
    return last.case if last is not None and last.case.status != Status.SPAM else None
