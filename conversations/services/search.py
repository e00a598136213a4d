"""Find what was said, and which cases are about whom and what. Newest first, never ranked.

What an agent may not see is no hit: every set begins with `visible_to`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from django.db.models import DateTimeField, Expression, ExpressionWrapper, F, Func, Q, Value
from django.db.models.functions import Left

from conversations.models import Agent, Case, Customer, Identity, Message, Recipient, Tag, kept
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
    places = _places(asked, agent, after)
    shown = places[:PAGE]
    rows = Message.objects.filter(pk__in=[number for _, number in shown])
    found = _by_number(_dressed(rows))
    hits = [_message_hit(found[number], asked) for _, number in shown if number in found]
    return Page(hits=hits, next=shown[-1] if len(places) > PAGE else None)


def _places(asked: Asked, agent: Agent, after: Cursor | None) -> list[Cursor]:
    """Where one page more than full stands, newest first.

    A common word fills its page from the latest messages, which are walked in order. Only where
    these do not is the index asked, for whatever is older: then there are few hits to sort.
    """
    older = Message.objects.filter(_before(after, "sorted_at")) if after else Message.objects.all()
    edge = older.order_by("-sorted_at", "-id").values_list("sorted_at", flat=True)
    horizon = next(iter(edge[NEAR : NEAR + 1]), None)
    said = older.visible_to(agent).filter(kept.says(_query(asked)), cancelled_at=None)
    near = said.filter(sorted_at__gte=horizon) if horizon else said
    places = _first(near.order_by("-sorted_at", "-id"), PAGE + 1)
    if horizon and len(places) <= PAGE:
        far = said.filter(sorted_at__lt=horizon).order_by(_unindexed("sorted_at").desc(), "-id")
        places += _first(far, PAGE + 1 - len(places))
    return places


def _first(rows: QuerySet[Message], count: int) -> list[Cursor]:
    return list(rows.values_list("sorted_at", "id")[:count])


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


def _dressed(rows: QuerySet[Message]) -> QuerySet[Message]:
    """What a row of results shows; never all of a long text."""
    around = ("case__conversation__customer", "identity", "agent", "channel")
    heavy = ("text", "folded", "html", "params", "addressees", "references")
    return rows.select_related(*around).defer(*heavy).annotate(head=Left("text", READ))


def _by_number(rows: QuerySet[Message]) -> dict[int, Message]:
    return {row.pk: row for row in rows}


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
    rows = Case.objects.visible_to(agent)
    for term in asked.wanted:
        rows = rows.filter(pk__in=_about(term))
    for term in asked.unwanted:
        rows = rows.exclude(pk__in=_about(term))
    if after:
        rows = rows.filter(_before(after, "last_message_at"))
    rows = rows.select_related("conversation__customer").prefetch_related(
        "tags", "conversation__customer__identities", "participants__identity"
    )
    found = list(rows.order_by("-last_message_at", "-id")[: count + 1])
    shown = found[:count]
    last = shown[-1] if len(found) > count else None
    return Page(
        hits=[_case_hit(case, asked) for case in shown],
        next=(last.last_message_at, last.pk) if last else None,
    )


def _about(term: Term) -> QuerySet[Any]:
    """Numbers of the cases that one term is about."""
    people, addresses = Customer.objects.filter(_reads(term)), Identity.objects.filter(_reads(term))
    tags = Tag.objects.filter(kept.reads(term.text, column=kept.line(F("name"))))
    ways = [
        Case.objects.filter(conversation__customer__in=people.values("pk")),
        Case.objects.filter(conversation__customer__in=addresses.values("customer")),
        Case.objects.filter(conversation__customer__via__in=addresses.values("pk")),
        Case.objects.filter(participants__identity__in=addresses.values("pk")),
        Case.objects.filter(tags__in=tags.values("pk")),
    ]
    if term.number is not None:
        ways.append(Case.objects.filter(pk=term.number))
    if "@" in term.text:
        sent_to = Recipient.objects.filter(address=term.text.lower())
        told = Message.objects.filter(deliveries__recipients__in=sent_to)
        ways.append(Case.objects.filter(pk__in=told.values("case")))
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
