"""Keyset paging: the next page begins behind a row, not at a number, so writes shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

USUAL, MOST = 50, 200
DIGITS = 9
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A total order of rows by fields that never change; the last one is unique."""

    fields: tuple[str, ...] = ("id",)
    is_descending: bool = False

    def apply(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        sign = "-" if self.is_descending else ""
        return rows.order_by(*(sign + field for field in self.fields))

    def behind(self, at: Sequence[Any]) -> Q:
        """What comes after a row with these values."""
        way = "lt" if self.is_descending else "gt"
        found = Q()
        for place, field in enumerate(self.fields):
            same = {name: at[n] for n, name in enumerate(self.fields[:place])}
            found |= Q(**same, **{f"{field}__{way}": at[place]})
        return found

    def cursor(self, row: Model) -> str:
        """Where a row stands; opaque to clients."""
        return self.encode([getattr(row, field) for field in self.fields])

    def encode(self, values: Sequence[Any]) -> str:
        text = json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in values])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def parse(self, cursor: str) -> list[Any]:
        """The values in a cursor. Raises ValidationError for what is none of ours."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            values = json.loads(base64.b64decode(padded.encode("ascii"), b"-_", validate=True))
            return [_value(field, v) for field, v in zip(self.fields, values, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
            raise bad("after", "Not a cursor of this list.") from error


NEWEST = Order(is_descending=True)
OLDEST = Order()


def bad(field: str, message: str, code: str = "invalid") -> ValidationError:
    return ValidationError({field: [ErrorDetail(message, code)]})


def _value(field: str, value: Any) -> Any:
    if field.endswith("_at"):
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(value)
        return at
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise ValueError(value)
    return value


def answer(results: Any, following: str | None) -> Response:
    """One page as `{results, next}`, the next one in a Link header too (RFC 8288)."""
    headers = {"Link": f'<{following}>; rel="next"'} if following else {}
    return Response({"results": results, "next": following}, headers=headers)


def page(request: Request, rows: QuerySet[Row], order: Order, serializer: Any) -> Response:
    """The page of rows that a request asks for."""
    limit = limit_of(request)
    if after := request.query_params.get("after"):
        rows = rows.filter(order.behind(order.parse(after)))
    found = list(order.apply(rows)[: limit + 1])
    shown = found[:limit]
    following = link(request, order.cursor(shown[-1])) if len(found) > limit else None
    results = serializer(shown, many=True, context={"agent": request.user}).data
    return answer(results, following)


def limit_of(request: Request) -> int:
    asked = request.query_params.get("limit", str(USUAL))
    digits = asked[:DIGITS] if asked.isascii() and asked.isdecimal() else "0"
    if not 1 <= int(digits) <= MOST:
        raise bad("limit", f"A number from 1 to {MOST}.")
    return int(digits)


def link(request: Request, cursor: str) -> str:
    """The address of the page behind a cursor."""
    query = {**request.query_params.dict(), "after": cursor}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
