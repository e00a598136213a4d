"""Find what was said, and which cases are about whom and what. Newest first, never ranked.

What an agent may not see is no hit: every set begins with `visible_to`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from django.db.models import (
    DateTimeField,
    Expression,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Left
from django.db.models.lookups import IsNull

from conversations.models import (
    Agent,
    Case,
    Customer,
    Identity,
    Message,
    Participant,
    Recipient,
    Tag,
    kept,
)
from conversations.services import excerpts
from conversations.services.asked import Asked, Term
from conversations.services.excerpts import Line

if TYPE_CHECKING:
    from django.db.models import QuerySet

PAGE = 25
NEAR = 20_000
"""Messages that are walked from the newest on before the index is asked for all of them."""
READ = 100_000
"""Characters of a text that are found and shown."""
NEAR_CASES = 500
"""Cases that are walked so; each costs more than a message does."""
Cursor = tuple[datetime, int]
"""Time and number of the last row of a page."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """`next` is None on the last page."""

    hits: list[T]
    next: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHit:
    """A message and the line of it that answers: of its text, its subject or a file's name."""

    message: Message
    source: Literal["text", "subject", "file"]
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHit:
    """A case; `found` is the customer's addresses and the tags that answer."""

    case: Case
    name: Line
    topic: Line
    found: list[Line]


def messages(asked: Asked, *, agent: Agent, after: Cursor | None = None) -> Page[MessageHit]:
    """Messages and notes that say all of it, in their text, subject or files' names."""
    if asked.is_too_short:
        return Page(hits=[], next=None)
    older = Message.objects.filter(_before(after, "sorted_at")) if after else Message.objects.all()
    said = older.visible_to(agent).filter(kept.says(_query(asked)), cancelled_at=None)
    places = _newest(older, said, said, field="sorted_at", depth=NEAR, count=PAGE + 1)
    found = {row.pk: row for row in _dressed([number for _, number in places[:PAGE]])}
    hits = [_message_hit(found[number], asked) for _, number in places[:PAGE] if number in found]
    return Page(hits=hits, next=places[PAGE - 1] if len(places) > PAGE else None)


def _newest(
    older: QuerySet[Any],
    near: QuerySet[Any],
    far: QuerySet[Any],
    *,
    field: str,
    depth: int,
    count: int,
) -> list[Cursor]:
    """Where the newest hits stand.

    What is common fills its page from the latest rows, which are walked in order: `near`. Only
    where these do not is an index asked for all that is older: `far`. Then there are few to sort.
    """
    order = (f"-{field}", "-id")
    edge = older.order_by(*order).values_list(field, flat=True)[depth : depth + 1]
    horizon = next(iter(edge), None)
    if horizon is None:
        return _first(near.order_by(*order), field, count)
    places = _first(near.filter(**{f"{field}__gte": horizon}).order_by(*order), field, count)
    if len(places) < count:
        rest = far.filter(**{f"{field}__lt": horizon}).order_by(_unindexed(field).desc(), "-id")
        places += _first(rest, field, count - len(places))
    return places


def _first(rows: QuerySet[Any], field: str, count: int) -> list[Cursor]:
    return list(rows.values_list(field, "id")[:count])


def _before(cursor: Cursor, field: str) -> Q:
    at, number = cursor
    same: dict[str, Any] = {field: at}
    return Q(**{f"{field}__lte": at}) & (Q(**{f"{field}__lt": at}) | Q(**same, id__lt=number))


def _unindexed(field: str) -> Expression:
    """The same order, which PostgreSQL does not take for the index's: it would walk for hours
    where a word was common only long ago."""
    return ExpressionWrapper(F(field) + Value(timedelta(0)), output_field=DateTimeField())


def _query(asked: Asked) -> Func:
    return kept.every(
        [*map(_said, asked.wanted), *(kept.no(_said(term)) for term in asked.unwanted)]
    )


def _said(term: Term) -> Func:
    if not term.is_open:
        return kept.phrase(term.text)
    *head, last = term.written
    return (
        kept.followed(kept.phrase(" ".join(head)), kept.beginning(last))
        if head
        else kept.beginning(last)
    )


def _dressed(numbers: list[int]) -> QuerySet[Message]:
    """What rows of results show; never all of a long text."""
    around = ("case__conversation__customer", "identity", "agent", "channel")
    heavy = ("text", "folded", "html", "params", "addressees", "references")
    rows = Message.objects.filter(pk__in=numbers).select_related(*around).defer(*heavy)
    return rows.prefetch_related("case__conversation__customer__identities").annotate(
        head=Left("text", READ)
    )


def _message_hit(message: Message, asked: Asked) -> MessageHit:
    head: str = message.head  # type: ignore[attr-defined]  # annotated by _dressed
    sources: tuple[tuple[Literal["text", "subject", "file"], str], ...] = (
        ("text", head), ("subject", message.subject), ("file", message.file_names),
    )  # fmt: skip
    for source, text in sources:
        line = excerpts.best(text, asked)
        if line:
            return MessageHit(message=message, source=source, line=line)
    return MessageHit(message=message, source="text", line=excerpts.opening(head))


def cases(
    asked: Asked, *, agent: Agent, after: Cursor | None = None, count: int = PAGE
) -> Page[CaseHit]:
    """Cases by number, topic, tag, customer's name, or address of customer or participant."""
    if asked.is_too_short:
        return Page(hits=[], next=None)
    older = Case.objects.filter(_before(after, "last_message_at")) if after else Case.objects.all()
    near = far = older.visible_to(agent)
    for term in asked.wanted:
        near, far = near.filter(_is_about(term)), far.filter(pk__in=_about(term))
    for term in asked.unwanted:
        near, far = near.exclude(_is_about(term)), far.exclude(pk__in=_about(term))
    places = _newest(older, near, far, field="last_message_at", depth=NEAR_CASES, count=count + 1)
    rows = Case.objects.select_related("conversation__customer").prefetch_related(
        "tags", "conversation__customer__identities", "participants__identity"
    )
    found = {row.pk: row for row in rows.filter(pk__in=[number for _, number in places[:count]])}
    hits = [_case_hit(found[number], asked) for _, number in places[:count] if number in found]
    return Page(hits=hits, next=places[count - 1] if len(places) > count else None)


def _is_about(term: Term) -> Q:
    """Whether one case is about a term: for walking cases one after the other."""
    customer = OuterRef("conversation__customer")
    addresses, joined = Identity.objects.filter(_reads(term)), Participant.objects
    return (
        _reads(term)
        | _any(Customer.objects.filter(_reads(term), pk=customer))
        | _any(addresses.filter(customer=customer))
        | _any(addresses.filter(pk=OuterRef("conversation__customer__via")))
        | _any(joined.filter(case=OuterRef("pk"), identity__in=addresses.values("pk")))
        | _any(Tag.objects.filter(pk__in=_tags(term), cases=OuterRef("pk")))
        | Q(pk__in=_exactly(term))
    )


def _any(rows: QuerySet[Any]) -> Q:
    """Not an EXISTS, which PostgreSQL would hash for every case there is."""
    return Q(IsNull(Subquery(rows.values("pk")[:1]), False))


def _tags(term: Term) -> QuerySet[Any]:
    return Tag.objects.filter(kept.reads(term.text, column=kept.line(F("name")))).values("pk")


def _exactly(term: Term) -> QuerySet[Any]:
    """Numbers of the cases with this number, or that wrote to exactly this address."""
    if "@" in term.text:
        sent_to = Recipient.objects.filter(address=term.text.lower())
        return Message.objects.filter(deliveries__recipients__in=sent_to).values("case")
    return Case.objects.filter(pk=-1 if term.number is None else term.number).values("pk")


def _about(term: Term) -> QuerySet[Any]:
    """Numbers of all cases that one term is about, by the indexes."""
    people, addresses = Customer.objects.filter(_reads(term)), Identity.objects.filter(_reads(term))
    ways = [
        Case.objects.filter(conversation__customer__in=people.values("pk")),
        Case.objects.filter(conversation__customer__in=addresses.values("customer")),
        Case.objects.filter(conversation__customer__via__in=addresses.values("pk")),
        Case.objects.filter(participants__identity__in=addresses.values("pk")),
        Case.objects.filter(tags__in=_tags(term)),
        Case.objects.filter(pk__in=_exactly(term)),
    ]
    found = Case.objects.filter(_reads(term)).order_by().values("pk")
    return found.union(*(way.order_by().values("pk") for way in ways), all=True)


def _reads(term: Term) -> Q:
    found = Q(kept.reads(term.text))
    return found | Q(kept.reads(term.digits)) if term.digits else found


def _case_hit(case: Case, asked: Asked) -> CaseHit:
    customer = case.conversation.customer
    known = [*customer.identities.all(), *(p.identity for p in case.participants.all())]
    beside = [identity.value for identity in known] + [tag.name for tag in case.tags.all()]
    marked = [excerpts.whole(text, asked) for text in dict.fromkeys(beside)]
    return CaseHit(
        case=case,
        name=excerpts.whole(customer.name, asked),
        topic=excerpts.whole(case.topic, asked),
        found=[line for line in marked if any(part.is_hit for part in line)],
    )
