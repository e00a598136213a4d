"""What the list pane shows: a queue, a tab of it, an order, a page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conversations.models import Agent
from conversations.services import filtering, queues, views
from conversations.services.filtering import Wanted
from conversations.services.queues import Queue
from inbox.reads import filters, rows, snoozes
from inbox.reads.filters import Chip, Narrowed
from inbox.reads.paging import PAGE, SORTS, Sort
from inbox.reads.rows import Page

if TYPE_CHECKING:
    from conversations.models.case import CaseQuerySet

TABS: dict[str, Promise] = {
    "needs-reply": _("Needs reply"),
    "waiting": _("Waiting on customer"),
    "all": pgettext_lazy("tab", "All"),
}
FIRST_TAB = "needs-reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A tab or an order to choose."""

    key: str
    label: Promise
    url: str
    is_current: bool
    count: str = ""
    counts: bool = False
    """Whether it carries a count at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    queue: Queue
    tab: str
    sort: Sort
    page: Page
    after: str
    counts: dict[str, str]
    narrowed: Narrowed
    choices: dict[str, object] = field(default_factory=filters.choices)
    """What the menus of filters and of chosen rows offer; asked once for both."""

    @property
    def query(self) -> str:
        """The part of an address that keeps tab, order and filters."""
        return self._query(self.tab, self.sort.key)

    def _query(self, tab: str, sort: str) -> str:
        return self._narrowed_query(tab, sort, self.narrowed.wanted)

    def _narrowed_query(self, tab: str, sort: str, wanted: Wanted) -> str:
        kept = {"tab": tab} if tab != FIRST_TAB and self.queue.has_tabs else {}
        if sort != default_sort(self.queue, tab).key:
            kept["sort"] = sort
        kept.update(wanted.pairs())
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def kept(self) -> dict[str, str]:
        """What a form that changes the filters sends along."""
        return {"tab": self.tab, "sort": self.sort.key}

    @property
    def chips(self) -> list[Chip]:
        """The filters that are set, each with the address without it."""
        wanted = self.narrowed.wanted
        return [
            Chip(
                name=name,
                text=words,
                url=self.url
                + self._narrowed_query(self.tab, self.sort.key, filters.without(wanted, name)),
            )
            for name, words in self.narrowed.words
        ]

    @property
    def snoozes(self) -> list[snoozes.Choice]:
        return snoozes.choices()

    @property
    def client_id(self) -> str:
        """Makes asking twice asking once."""
        return str(uuid.uuid4())

    @property
    def to_save(self) -> Wanted:
        """What a view of this list would keep: the filters of the one that is open, and these."""
        view = self.queue.view
        if view is None:
            return self.narrowed.wanted
        return filters.joined(views.wanted_of(view), self.narrowed.wanted)

    @property
    def clear_url(self) -> str:
        return self.url + self._narrowed_query(self.tab, self.sort.key, Wanted())

    @property
    def url(self) -> str:
        return reverse("inbox:queue", args=[self.queue.key])

    @property
    def here(self) -> str:
        """The address of this very page of the list."""
        return self.url + self._from_here()

    @property
    def live_url(self) -> str:
        """Where its rows and counts are asked for again."""
        return reverse("inbox:live-rows", args=[self.queue.key]) + self._from_here()

    def _from_here(self) -> str:
        if not self.after:
            return self.query
        return f"{self.query}{'&' if self.query else '?'}{urlencode({'after': self.after})}"

    @property
    def next_url(self) -> str:
        mark = "&" if self.query else "?"
        return f"{self.url}{self.query}{mark}{urlencode({'after': self.page.next})}"

    @property
    def tabs(self) -> list[Choice]:
        if not self.queue.has_tabs:
            return []
        shown = {FIRST_TAB: self.queue.key, "waiting": f"{self.queue.key}.answered"}
        return [
            Choice(
                key=key,
                label=label,
                url=self.url + self._query(key, default_sort(self.queue, key).key),
                is_current=key == self.tab,
                count=self.counts.get(shown.get(key, ""), ""),
                counts=key in shown,
            )
            for key, label in TABS.items()
        ]

    @property
    def sorts(self) -> list[Choice]:
        return [
            Choice(
                key=sort.key,
                label=sort.label,
                url=self.url + self._query(self.tab, sort.key),
                is_current=sort.key == self.sort.key,
            )
            for sort in SORTS.values()
            if fits(sort, self.queue, self.tab)
        ]


def fits(sort: Sort, queue: Queue, tab: str) -> bool:
    """Orders by waiting make sense only where somebody may wait."""
    return sort.field == "last_message_at" or (queue.is_open and tab != "waiting")


def default_sort(queue: Queue, tab: str) -> Sort:
    kept = SORTS.get(queue.sort)
    if kept is not None and fits(kept, queue, tab):
        return kept
    return SORTS["longest" if queue.is_open and tab == FIRST_TAB else "newest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for of a queue."""

    tab: str
    sort: Sort
    after: str
    narrowed: Narrowed
    cases: CaseQuerySet


def asked_of(queue: Queue, asked: QueryDict, agent: Agent) -> Asked:
    tab = asked.get("tab", FIRST_TAB)
    tab = tab if tab in TABS and queue.has_tabs else FIRST_TAB
    sort = SORTS.get(asked.get("sort", ""), default_sort(queue, tab))
    if not fits(sort, queue, tab):
        sort = default_sort(queue, tab)
    narrowed = filters.read(asked, agent)
    cases = filtering.narrow(cases_of(queue, tab), agent, narrowed.wanted)
    if narrowed.problem:
        cases = cases.none()
    return Asked(tab=tab, sort=sort, after=asked.get("after", ""), narrowed=narrowed, cases=cases)


def read(queue: Queue, asked: QueryDict, *, agent: Agent, counts: dict[str, str]) -> Listing:
    """One page of a queue as the address asks for it. Raises BadCursor."""
    want = asked_of(queue, asked, agent)
    page = rows.page(want.cases, agent=agent, sort=want.sort, after=want.after)
    return _listing(queue, want, page, agent, counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A list that somebody has before them, as it is now. `listing` has the rows to draw."""

    listing: Listing
    order: list[int]
    lost: list[int]
    """Of those that moved, what the agent may not see any more."""


def again(
    queue: Queue,
    asked: QueryDict,
    *,
    agent: Agent,
    counts: dict[str, str],
    known: list[int],
    moved: set[int],
) -> Again:
    """As many rows as are `known`, a page at least. Drawn are those of them that `moved`, also
    when they have left the queue, and those that are new. Raises BadCursor."""
    want = asked_of(queue, asked, agent)
    size = max(PAGE, len(known))
    ahead = rows.ahead(want.cases, sort=want.sort, after=want.after, size=size)
    came = set(ahead.order) - set(known)
    drawn = [pk for pk in ahead.order if pk in moved or pk in came]
    left = moved & set(known) - set(ahead.order)
    found = rows.some([*drawn, *left], agent)
    return Again(
        listing=_listing(queue, want, Page(rows=found, next=ahead.next), agent, counts),
        order=ahead.order,
        lost=sorted(left - {row.case.pk for row in found}),
    )


def _listing(
    queue: Queue, want: Asked, page: Page, agent: Agent, counts: dict[str, str]
) -> Listing:
    wanted = want.narrowed.wanted
    return Listing(
        queue=queue,
        tab=want.tab,
        sort=want.sort,
        page=page,
        after=want.after,
        counts={**counts, **_counted(queue, agent, wanted)} if wanted else counts,
        narrowed=want.narrowed,
    )


def _counted(queue: Queue, agent: Agent, wanted: Wanted) -> dict[str, str]:
    """The tabs' counts under filters; the sidebar's are the whole queue's."""
    if not queue.has_tabs:
        return {}
    sets = {
        queue.key: filtering.narrow(queue.waiting, agent, wanted),
        f"{queue.key}.answered": filtering.narrow(queue.answered, agent, wanted),
    }
    return {key: str(number) for key, number in queues.count(sets).items()}


def cases_of(queue: Queue, tab: str) -> CaseQuerySet:
    if not queue.has_tabs or tab == "all":
        return queue.cases
    return queue.waiting if tab == FIRST_TAB else queue.answered
