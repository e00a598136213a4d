"""Keyset paging of a list: the same cost on the first page and on the thousandth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from conversations.models import Case
    from conversations.models.case import CaseQuerySet

PAGE = 50


class BadCursor(ValueError):
    """What stands behind `after=` is not one of our cursors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """An order of a list by one time and the case's number; cases without that time come last."""

    key: str
    label: _StrPromise
    field: str
    is_descending: bool = False

    def apply(self, cases: CaseQuerySet) -> CaseQuerySet:
        time = F(self.field)
        if self.is_descending:
            return cases.order_by(time.desc(nulls_last=True), "-id")
        return cases.order_by(time.asc(nulls_last=True), "id")

    def cursor(self, case: Case) -> str:
        at: datetime | None = getattr(case, self.field)
        return f"{at.isoformat() if at else ''}~{case.pk}"

    def after(self, cursor: str) -> Q:
        """The cases behind a cursor. Raises BadCursor."""
        at, number = parse(cursor)
        way = "lt" if self.is_descending else "gt"
        further = Q(**{f"id__{way}": number})
        if at is None:
            return Q(**{f"{self.field}__isnull": True}) & further
        step: dict[str, Any] = {f"{self.field}__{way}": at}
        same: dict[str, Any] = {self.field: at}
        return Q(**step) | Q(**same) & further | Q(**{f"{self.field}__isnull": True})


def moment(text: str) -> datetime | None:
    """A time with its zone as ISO 8601 writes it, in UTC; None when it is none that we can hold."""
    try:
        at = datetime.fromisoformat(text)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse(cursor: str) -> tuple[datetime | None, int]:
    """The time and number in a cursor. Raises BadCursor."""
    at, mark, number = cursor.partition("~")
    time = moment(at)
    if not mark or (at and time is None):
        raise BadCursor(cursor)
    try:
        return time, int(number)
    except ValueError as error:
        raise BadCursor(cursor) from error


def earlier(cursor: str) -> Q:
    """The messages above a cursor. Raises BadCursor."""
    at, number = parse(cursor)
    if at is None:
        raise BadCursor(cursor)
    return Q(sorted_at__lt=at) | Q(sorted_at=at, id__lt=number)


SORTS = {
    sort.key: sort
    for sort in (
        Sort(key="longest", label=_("Longest wait"), field="waiting_since"),
        Sort(key="soonest", label=_("Target soonest"), field="reply_due_at"),
        Sort(key="newest", label=_("Newest"), field="last_message_at", is_descending=True),
        Sort(key="oldest", label=_("Oldest"), field="last_message_at"),
    )
}
