"""A thread, seen from one of its cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery

from conversations.adapters.base import Face
from conversations.models import (
    Agent,
    BlockedSender,
    Case,
    Delivery,
    Identity,
    Message,
    Participant,
    ParticipantState,
    ReadMark,
    Status,
    Tag,
)
from conversations.models.message import ARTICLE_READ
from conversations.models.target import edition
from conversations.services import blocking, looks
from inbox.reads import beside, clocks, entries, paging, peers, people, waiting
from inbox.reads.beside import Beside
from inbox.reads.entries import Entry, Fold
from inbox.reads.faces import ARTICLE_FACE, face_of
from inbox.reads.people import Person
from inbox.reads.snoozes import Choice, choices

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from conversations.models.message import MessageQuerySet
    from inbox.reads.clocks import Wait
    from inbox.reads.peers import Here
    from inbox.reads.waiting import CustomersWait

PAGE = 50
"""Messages of a case that are shown at once."""
ABOVE, MOST = 10, 400
"""Around a message that was looked for: so many before it, and at most so many in all."""


class Extra(TypedDict):
    can_act: bool
    read_at: datetime | None
    address: str | None
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A step of the strip above a thread, and the message that it leads to."""

    message: Message
    face: Face


def _legs(messages: Iterable[Message]) -> list[Leg]:
    """Where they come to another channel, or to something that was read."""
    found: list[Leg] = []
    for message in messages:
        face = _face(message)
        if face is not None and (not found or found[-1].face.kind != face.kind):
            found.append(Leg(message=message, face=face))
    return found


def _face(message: Message) -> Face | None:
    if message.code == ARTICLE_READ:
        return ARTICLE_FACE
    return face_of(message.channel.kind) if message.channel else None


@dataclass(kw_only=True)
class Thread:
    """Everything above the composer. `items` are entries, folds and other cases, in order."""

    case: WithAnnotations[Case, Extra]
    agent: Agent
    person: Person
    can_act: bool
    read_at: datetime | None
    entries: list[Entry]
    earlier: str
    """Cursor of the messages before the first shown; empty when these are all."""
    others: list[Beside]
    participants: list[Participant]
    is_whole: bool = False
    """Whether `others` were read."""
    hit: int | None = None
    """The message to open at, where one was looked for."""

    @property
    def suggested(self) -> list[Identity]:
        """Addresses that bring many names or Reply-Tos: admins say whether they are shared."""
        known = self.case.conversation.customer.identities.all() if self.agent.is_admin else ()
        return [identity for identity in known if identity.suggested_at]

    @cached_property
    def sender_is_blocked(self) -> bool:
        if self.case.status != Status.SPAM:
            return False
        sender = blocking.sender_of(self.case)
        return sender is not None and BlockedSender.objects.filter(value=sender.value).exists()

    @property
    def revision(self) -> int:
        return self.case.conversation.revision

    @cached_property
    def wait(self) -> Wait | None:
        return waiting.of_case(self.case, self.case.edition)

    @cached_property
    def customers_wait(self) -> CustomersWait | None:
        """The customer's own clock, whichever of their cases it is of."""
        known = [line.case for line in self.others if line.case]
        if self.is_whole and len(known) < beside.OTHERS:
            return waiting.of_known([self.case, *known], self.case.edition)
        return waiting.of_customer(self.case.conversation_id, self.agent)

    @cached_property
    def here(self) -> Here:
        """Who else has it open."""
        return peers.of_case(self.case.pk, self.agent)

    @property
    def due_hour(self) -> str:
        return clocks.moment(self.case.reply_due_at) if self.case.reply_due_at else ""

    @cached_property
    def assignee(self) -> Person | None:
        return people.of_agent(self.case.assignee) if self.case.assignee else None

    @property
    def is_open(self) -> bool:
        return self.case.status in {Status.OPEN, Status.SNOOZED}

    @property
    def snoozes(self) -> list[Choice]:
        return choices()

    @cached_property
    def tags(self) -> list[Tag]:
        return list(self.case.tags.all())

    @property
    def strangers(self) -> list[Participant]:
        return [p for p in self.participants if p.state == ParticipantState.UNCONFIRMED]

    @property
    def legs(self) -> list[Leg]:
        """The steps of the journey, as far as the page goes back."""
        shown = [entry.message for entry in self.entries]
        return _legs(shown or _lately(self.case))

    @cached_property
    def items(self) -> list[Entry | Fold | Beside]:
        """Entries with other cases set in where they were opened."""
        out: list[Entry | Fold | Beside] = []
        waiting = list(self.others)
        for item in entries.folded(self.entries):
            first = item.entries[0] if isinstance(item, Fold) else item
            while waiting and waiting[0].at < first.message.sorted_at:
                out.append(waiting.pop(0))
            out.append(item)
        return out + waiting


def case_of(case_id: int, agent: Agent) -> WithAnnotations[Case, Extra]:
    """A case that the agent may read, or what it was merged into. Raises Case.DoesNotExist."""
    mine = Case.objects.of_teams_of(agent).filter(pk=OuterRef("pk"))
    mark = ReadMark.objects.filter(case=OuterRef("pk"), agent=agent).values("read_at")[:1]
    rows = (
        Case.objects.visible_to(agent)
        .select_related("conversation__customer", "team", "assignee")
        .prefetch_related(
            "tags", "conversation__customer__identities", "conversation__customer__claims"
        )
        .annotate(can_act=Exists(mine), read_at=Subquery(mark), edition=edition())
    )
    found = rows.filter(pk=case_id).first()
    if found is None:
        found = rows.get(pk=Case.objects.survivor_of(case_id))
    return found  # type: ignore[return-value]  # the stubs forget what is annotated


def read(case_id: int, agent: Agent, *, before: str = "", at: int | None = None) -> Thread:
    """The thread of a case, back to the message `at` where that is one of its own.

    Raises Case.DoesNotExist, and BadCursor for a strange `before`.
    """
    case = case_of(case_id, agent)
    messages, earlier, above = _window(case, before) if at is None else _back_to(case, at)
    voice = _voice_above(case, messages, above)
    built = entries.build(messages, topic=case.topic, before=above, voice=voice)
    return Thread(
        case=case,
        agent=agent,
        person=person_of(case),
        can_act=case.can_act,
        read_at=case.read_at,
        entries=entries.lift_unanswered(entries.mark_unread(built, case.read_at)),
        earlier=earlier,
        others=[] if before else beside.read(case, agent),
        is_whole=not before,
        participants=_participants(case),
        hit=at,
    )


def header(case_id: int, agent: Agent) -> Thread:
    """A thread without its entries: what stands around them. Raises Case.DoesNotExist."""
    case = case_of(case_id, agent)
    return Thread(
        case=case,
        agent=agent,
        person=person_of(case),
        can_act=case.can_act,
        read_at=case.read_at,
        entries=[],
        earlier="",
        others=[],
        participants=_participants(case),
    )


def _lately(case: Case) -> list[Message]:
    """Of the newest messages what says how they came."""
    rows = Message.objects.filter(case=case, cancelled_at=None)
    rows = rows.filter(Q(channel__isnull=False) | Q(code=ARTICLE_READ)).select_related("channel")
    told = rows.only("code", "sorted_at", "channel__kind").order_by("-sorted_at", "-id")
    return list(told[:PAGE])[::-1]


def _participants(case: Case) -> list[Participant]:
    return list(case.participants.select_related("identity").order_by("id"))


def person_of(case: Case) -> Person:
    customer = case.conversation.customer
    identities = sorted(customer.identities.all(), key=lambda identity: identity.pk)
    return people.of_customer(customer, people.address_of(identities[0]) if identities else "")


Window = tuple[list[Message], str, Message | None]
"""Messages in order, the cursor further back, the one above."""


def _back_to(case: Case, number: int) -> Window:
    """The last messages from a little above one on; where these are too many, up to that one."""
    rows = Message.objects.filter(case=case, cancelled_at=None)
    sought = rows.filter(pk=number).only("sorted_at").first()
    if sought is None:
        return _window(case, "")
    later = rows.filter(sorted_at__gte=sought.sorted_at).values("pk")[:MOST].count()
    if later >= MOST:
        return _window(case, f"{sought.sorted_at.isoformat()}~{sought.pk + 1}")
    return _window(case, "", max(PAGE, later + ABOVE))


def _window(case: Case, before: str, count: int = PAGE) -> Window:
    """The last messages of a case, or those before a cursor."""
    rows = dressed(Message.objects.filter(case=case, cancelled_at=None))
    if before:
        rows = rows.filter(paging.earlier(before))
    found = list(rows.order_by("-sorted_at", "-id")[: count + 1])
    above = found[count] if len(found) > count else None
    shown = found[:count][::-1]
    return shown, cursor(shown[0]) if above else "", above


def _voice_above(case: Case, messages: list[Message], before: Message | None) -> Message | None:
    if before is None:
        return None
    return voice(above(Message.objects.filter(case=case, cancelled_at=None), messages[0]), before)


def above(rows: MessageQuerySet, first: Message) -> MessageQuerySet:
    """What stands above a message, the nearest first."""
    higher = rows.filter(
        Q(sorted_at__lt=first.sorted_at) | Q(sorted_at=first.sorted_at, id__lt=first.pk)
    )
    return higher.select_related("channel").order_by("-sorted_at", "-id")


def voice(above: MessageQuerySet, before: Message | None) -> Message | None:
    """The nearest of them that came or went by a channel; asked for only where the very nearest
    did not."""
    if before is None or before.channel_id is not None:
        return before
    return above.filter(channel__isnull=False).first()


def cursor(message: Message) -> str:
    return f"{message.sorted_at.isoformat()}~{message.pk}"


def dressed(messages: MessageQuerySet) -> MessageQuerySet:
    """Messages with everything that an entry reads, in a fixed number of statements."""
    return messages.select_related("identity", "agent", "channel").prefetch_related(
        Prefetch("attachments", looks.with_looks()),
        Prefetch(
            "deliveries",
            Delivery.objects.select_related("channel").prefetch_related("recipients"),
        ),
    )
