"""What the command palette finds on the server; what the open page can do stands in the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.adapters.base import Face
from conversations.models import Agent, Case, Customer
from conversations.services import asked, excerpts, moments, search
from conversations.services.asked import Asked, bare
from conversations.services.errors import Refused
from conversations.services.excerpts import Line
from inbox import forms, spoken, texts
from inbox.reads import menus, people
from inbox.reads.faces import face_of
from inbox.reads.people import Person

MOST = 6
"""Lines of a group."""
SNOOZE = re.compile(r"(?:snooze|posponer|pospon|aplazar|put off)\b *(.*)", re.DOTALL)
TIME = re.compile(r"(?=.*\d)(?=.*[a-z])")
"""What may be a time without saying what it is for: a number and a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    case: Case
    name: Line
    topic: Line
    face: Face | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    customer: Customer
    person: Person
    name: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLine:
    name: str
    is_on: bool
    is_new: bool = False


@dataclass(slots=True, kw_only=True)
class Hits:
    """`case` is the open one, where the agent works it. `says` is one line on what cannot be."""

    text: str = ""
    case: Case | None = None
    until: datetime | None = None
    says: str | Promise = ""
    tags: list[TagLine] = field(default_factory=list)
    cases: list[CaseLine] = field(default_factory=list)
    people: list[PersonLine] = field(default_factory=list)

    @property
    def until_shown(self) -> str:
        """`Tue 2 Dec, 09:00` as the agent's clock has it."""
        local = timezone.localtime(self.until) if self.until else None
        return date_format(local, f"D {_('j M')}, H:i") if local else ""


def read(given: QueryDict, agent: Agent) -> Hits:
    """Hits of `q`, which may begin with >, # or @, on the open case `c`; with no words what was
    opened last, of the numbers `r`."""
    typed = " ".join(given.get("q", "")[: asked.MOST].split())
    sign, words = (typed[0], typed[1:].strip()) if typed[:1] in {">", "#", "@"} else ("", typed)
    number = forms.number(given.get("c"))
    hits = Hits(case=Case.objects.of_teams_of(agent).filter(pk=number).first() if number else None)
    if sign == "#":
        _tags(hits, agent, words)
    elif not typed:
        hits.cases = _recent(forms.numbers(given.get("r", "").split(",")), agent, apart=number)
    elif later := SNOOZE.fullmatch(bare(words)):
        _snooze(hits, later[1])
    elif sign != "@" and TIME.match(bare(words)):
        _snooze(hits, words)
        hits.says = ""  # it need not be one
    if typed and sign in {"", "@"}:
        _search(hits, asked.read(words), agent, only_people=sign == "@")
    return hits


def _snooze(hits: Hits, words: str) -> None:
    if hits.case is None or hits.case.is_closed or not words:
        return
    try:
        hits.until = moments.ahead(spoken.read(words, timezone.localtime()), timezone.now())
    except Refused as no:
        examples = _("Say it like “in 2 h”, “next tuesday 9am” or “mañana 9”.")
        hits.says = examples if no.code == "no_such_time" else texts.refusal(no.code, no.params)


def _tags(hits: Hits, agent: Agent, words: str) -> None:
    if hits.case is None:
        hits.says = _("Open a case of your teams to change its tags.")
        return
    own = set(hits.case.tags.values_list("name", flat=True))
    wanted, known = words.lower()[:60], sorted({*own, *menus.known_tags(agent)})
    fits = [name for name in known if bare(wanted) in bare(name)]
    fits.sort(key=lambda name: (not bare(name).startswith(bare(wanted)), name))
    hits.tags = [TagLine(name=name, is_on=name in own) for name in fits[:MOST]]
    if wanted and wanted not in known and not re.search(r"[,;]", wanted):
        hits.tags.append(TagLine(name=wanted, is_on=False, is_new=True))


def _recent(numbers: list[int], agent: Agent, *, apart: int | None) -> list[CaseLine]:
    wanted = [number for number in dict.fromkeys(numbers) if number != apart][:MOST]
    seen = Case.objects.visible_to(agent).select_related("conversation__customer")
    rows = seen.prefetch_related("conversation__customer__identities").in_bulk(wanted)
    nothing = asked.read("")
    return [_case(rows[number], nothing) for number in wanted if number in rows]


def _search(hits: Hits, query: Asked, agent: Agent, *, only_people: bool) -> None:
    hits.text = query.text
    found = [hit.case for hit in search.cases(query, agent=agent).hits]
    customers = {case.conversation.customer_id: case.conversation.customer for case in found}
    lines = [_person(customer, query) for customer in customers.values()]
    hits.people = [line for line in lines if any(part.is_hit for part in line.name)][:MOST]
    if not only_people:
        hits.cases = [_case(case, query) for case in found[:MOST]]


def _case(case: Case, query: Asked) -> CaseLine:
    return CaseLine(
        case=case,
        name=excerpts.whole(_known(case.conversation.customer).name, query),
        topic=excerpts.whole(case.topic, query),
        face=face_of(case.journey[-1]) if case.journey else None,
    )


def _person(customer: Customer, query: Asked) -> PersonLine:
    """The name and the first address that answers, else the first of all."""
    person = _known(customer)
    addresses = filter(None, map(people.address_of, customer.identities.all()))
    marked = [excerpts.whole(address, query) for address in addresses]
    answers = (line for line in marked if any(part.is_hit for part in line))
    address = next(answers, marked[0] if marked else ())
    name = excerpts.whole(person.name, query) if customer.name else ()
    gap = excerpts.unmarked(" ") if name and address else ()
    return PersonLine(customer=customer, person=person, name=(*name, *gap, *address))


def _known(customer: Customer) -> Person:
    known = sorted(customer.identities.all(), key=lambda identity: identity.pk)
    return people.of_customer(customer, people.address_of(known[0]) if known else "")
