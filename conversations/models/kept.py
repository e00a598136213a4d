"""What the database keeps for search beside the columns that models read.

`search` (a tsvector) on messages and `plain` (words without accents and case, each behind one
blank) on customers, identities and cases are generated columns without a field: no query of a
page drags them along, and no code has to fill them. The functions are made by a migration.
"""

from __future__ import annotations

import copy
from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, Expression, Field, Func, TextField, Value
from django.db.models.expressions import Col
from django.db.models.sql.query import Query


class Kept(Expression):
    """A generated column of the query's own table, by name."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def resolve_expression(self, query: Query | None = None, *args: Any, **kwargs: Any) -> Col:  # type: ignore[override]  # a Col stands in its place
        assert query is not None  # noqa: S101  # the ORM always hands one
        field = copy.copy(self.output_field)
        field.set_attributes_from_name(self.name)
        return Col(query.get_initial_alias(), field)


def plain(text: str) -> Func:
    """Text as `search` holds it: lower case, no accents, blanks for punctuation."""
    return Func(Value(text), function="hub_plain", output_field=TextField())


def line(text: Any) -> Func:
    """Text as `plain` holds it. A name loses its apostrophes: O'Brien is one word."""
    return Func(text, function="hub_line", output_field=TextField())


def says(query: Func) -> Func:
    """Whether a message says this."""
    words = Kept("search", SearchVectorField())
    return _operator(words, "@@", query)


def reads(text: str, *, column: Expression | None = None) -> Func:
    """Whether a short line has this in it; one or two letters must begin a word."""
    sought = line(Value(text))
    found = Func(sought, function="btrim") if len(text) > 2 else sought  # noqa: PLR2004  # a trigram's length
    pattern = Func(
        Value("%"), found, Value("%"), template="(%(expressions)s)", arg_joiner=" || ",
        output_field=TextField(),
    )  # fmt: skip
    return _operator(column or Kept("plain", TextField()), "LIKE", pattern)


def phrase(text: str) -> Func:
    """These words beside one another, in this order."""
    return _query("phraseto_tsquery('pg_catalog.simple', %(expressions)s)", plain(text))


def beginning(word: str) -> Func:
    """Any word that begins so. What the function leaves holds neither quote nor operator."""
    return _query("to_tsquery('pg_catalog.simple', '''' || %(expressions)s || ''':*')", plain(word))


def followed(first: Func, second: Func) -> Func:
    return _query("tsquery_phrase(%(expressions)s)", first, second)


def every(queries: list[Func]) -> Func:
    return Func(
        *queries, template="(%(expressions)s)", arg_joiner=" && ", output_field=SearchQueryField()
    )


def no(query: Func) -> Func:
    return _query("(!! %(expressions)s)", query)


def _query(template: str, *sources: Func) -> Func:
    return Func(*sources, template=template, output_field=SearchQueryField())


def _operator(left: Any, sign: str, right: Any) -> Func:
    return Func(
        left, right, template="(%(expressions)s)", arg_joiner=f" {sign} ",
        output_field=BooleanField(),
    )  # fmt: skip
