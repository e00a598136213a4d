"""What the search page shows: cases, then messages with the line that answers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conversations.adapters.base import Face
from conversations.models import Agent, Case, Customer, Kind, Message
from conversations.services import asked, excerpts, search
from conversations.services.asked import Asked
from conversations.services.excerpts import Line
from conversations.services.search import CaseHit, Cursor, MessageHit
from inbox.reads import clocks, people
from inbox.reads.faces import face_of
from inbox.reads.listing import Choice
from inbox.reads.paging import BadCursor, parse
from inbox.reads.people import Person

FEW = 5
"""Cases above the messages; the rest have a tab of their own."""
TABS: dict[str, Promise] = {
    "": pgettext_lazy("search", "All"),
    "cases": _("Cases"),
    "messages": _("Messages"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A hit as a row of the list. `icon` says what the line is of, where it is not the words."""

    key: str
    case: Case
    message: Message | None
    person: Person
    name: Line
    topic: Line
    lines: list[Line]
    when: str
    face: Face | None
    icon: str
    author: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A page of results. `more_cases` and `more_messages` are addresses; empty where none are."""

    asked: Asked
    tab: str
    cases: list[Row]
    messages: list[Row]
    more_cases: str
    more_messages: str

    @property
    def is_empty(self) -> bool:
        return not self.cases and not self.messages

    @property
    def tabs(self) -> list[Choice]:
        return [
            Choice(key=key, label=label, url=address(self.asked, key), is_current=key == self.tab)
            for key, label in TABS.items()
        ]


def read(given: QueryDict, agent: Agent) -> Results:
    """The page that an address asks for. Raises BadCursor."""
    understood = asked.read(given.get("q", ""))
    tab = given.get("in", "")
    tab = tab if tab in TABS else ""
    after = _cursor(given.get("after", ""))
    cases, next_case = _cases(understood, agent, tab, after)
    messages, next_message = _messages(understood, agent, tab, after)
    return Results(
        asked=understood,
        tab=tab,
        cases=cases,
        messages=messages,
        more_cases=_more(understood, "cases", next_case if tab else None)
        or (address(understood, "cases") if next_case else ""),
        more_messages=_more(understood, "messages", next_message),
    )


def _cases(
    understood: Asked, agent: Agent, tab: str, after: Cursor | None
) -> tuple[list[Row], Cursor | None]:
    if tab == "messages":
        return [], None
    count = search.PAGE if tab else FEW
    page = search.cases(understood, agent=agent, after=after if tab else None, count=count)
    return [_of_case(hit, understood) for hit in page.hits], page.next


def _messages(
    understood: Asked, agent: Agent, tab: str, after: Cursor | None
) -> tuple[list[Row], Cursor | None]:
    if tab == "cases":
        return [], None
    page = search.messages(understood, agent=agent, after=after if tab else None)
    return [_of_message(hit, understood, agent) for hit in page.hits], page.next


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    at, number = parse(text)
    if at is None or not 0 <= number < 2**63:
        raise BadCursor(text)
    return at, number


def address(understood: Asked, tab: str = "", **fields: str) -> str:
    """The address of a search."""
    kept = {"q": understood.text, **({"in": tab} if tab else {}), **fields}
    return f"{reverse('inbox:search')}?{urlencode(kept)}"


def _more(understood: Asked, tab: str, cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    at, number = cursor
    return address(understood, tab, after=f"{at.isoformat()}~{number}")


def _of_case(hit: CaseHit, understood: Asked) -> Row:
    case = hit.case
    return Row(
        key=f"fc-{case.pk}",
        case=case,
        message=None,
        person=_person(case.conversation.customer),
        name=hit.name,
        topic=hit.topic,
        lines=hit.found,
        when=clocks.brief(case.last_message_at),
        face=face_of(case.journey[-1]) if case.journey else None,
        icon="",
        author="",
        url=_open(understood, case),
    )


def _of_message(hit: MessageHit, understood: Asked, agent: Agent) -> Row:
    message, case = hit.message, hit.message.case
    person = _person(case.conversation.customer)
    return Row(
        key=f"fm-{message.pk}",
        case=case,
        message=message,
        person=person,
        name=excerpts.unmarked(person.name),
        topic=excerpts.unmarked(case.topic),
        lines=[hit.line],
        when=clocks.brief(message.sorted_at),
        face=face_of(message.channel.kind) if message.channel else None,
        icon=_icon(hit),
        author=_author(message, agent),
        url=_open(understood, case, m=str(message.pk)),
    )


def _person(customer: Customer) -> Person:
    known = sorted(customer.identities.all(), key=lambda identity: identity.pk)
    return people.of_customer(customer, people.address_of(known[0]) if known else "")


def _icon(hit: MessageHit) -> str:
    if hit.message.kind == Kind.NOTE:
        return "lock"
    return "file" if hit.source == "file" else ""


def _author(message: Message, agent: Agent) -> str:
    """Who wrote it, where it was not the customer."""
    if message.agent is None:
        return ""
    return str(_("You")) if message.agent == agent else people.of_agent(message.agent).first_name


def _open(understood: Asked, case: Case, **fields: str) -> str:
    query = urlencode({"q": understood.text, **fields})
    anchor = f"#m-{fields['m']}" if "m" in fields else ""
    return f"{reverse('inbox:found', args=[case.pk])}?{query}{anchor}"
