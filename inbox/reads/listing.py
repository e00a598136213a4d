"""What the list pane shows: a queue, a tab of it, an order, a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conversations.models import Agent
from conversations.services.queues import Queue
from inbox.reads import rows
from inbox.reads.paging import SORTS, Sort
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

    @property
    def query(self) -> str:
        """The part of an address that keeps tab and order."""
        return self._query(self.tab, self.sort.key)

    def _query(self, tab: str, sort: str) -> str:
        kept = {"tab": tab} if tab != FIRST_TAB and self.queue.is_open else {}
        if sort != default_sort(self.queue, tab).key:
            kept["sort"] = sort
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def url(self) -> str:
        return reverse("inbox:queue", args=[self.queue.key])

    @property
    def next_url(self) -> str:
        mark = "&" if self.query else "?"
        return f"{self.url}{self.query}{mark}{urlencode({'after': self.page.next})}"

    @property
    def tabs(self) -> list[Choice]:
        if not self.queue.is_open:
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
    return SORTS["longest" if queue.is_open and tab == FIRST_TAB else "newest"]


def read(queue: Queue, asked: QueryDict, *, agent: Agent, counts: dict[str, str]) -> Listing:
    """One page of a queue as the address asks for it. Raises BadCursor."""
    tab = asked.get("tab", FIRST_TAB)
    tab = tab if tab in TABS else FIRST_TAB
    sort = SORTS.get(asked.get("sort", ""), default_sort(queue, tab))
    if not fits(sort, queue, tab):
        sort = default_sort(queue, tab)
    after = asked.get("after", "")
    page = rows.page(cases_of(queue, tab), agent=agent, sort=sort, after=after)
    return Listing(queue=queue, tab=tab, sort=sort, page=page, after=after, counts=counts)


def cases_of(queue: Queue, tab: str) -> CaseQuerySet:
    if not queue.is_open or tab == "all":
        return queue.cases
    return queue.waiting if tab == FIRST_TAB else queue.answered
