"""What a rearrangement moved, row by row, and the way back: last first, else it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import Q, QuerySet, Subquery

from conversations.models import Agent, Case, Rearrangement, RearrangementKind
from conversations.models.rearrangement import RearrangedRow, RearrangementQuerySet
from conversations.services.errors import Conflict, Refused

CAUSE_LENGTH = 200


def begin(
    kind: RearrangementKind, *, agent: Agent | None, cause: str, **between: Any
) -> Rearrangement:
    """The entry that rows are noted under; `between` whom or what it is."""
    text = " ".join(cause.split())[:CAUSE_LENGTH]
    return Rearrangement.objects.create(kind=kind, agent=agent, cause=text, **between)


def move(entry: Rearrangement, rows: QuerySet[Any], name: str, to: int) -> list[int]:
    """Move rows by a foreign key and note from where each came. Returns their ids.

    `name` says what moves: `message.case`.
    """
    column, model = name.partition(".")[2], cast("Any", rows.model)
    found = dict(rows.order_by("pk").values_list("pk", column))
    note(entry, name, found, to)
    model.objects.filter(pk__in=list(found)).update(**{column: to})
    return list(found)


def note(entry: Rearrangement, name: str, found: dict[int, int], to: int) -> None:
    RearrangedRow.objects.bulk_create(
        RearrangedRow(rearrangement=entry, model=name, row=row, moved_from=was, moved_to=to)
        for row, was in found.items()
    )


def noted(entry: Rearrangement, name: str) -> Subquery:
    """Ids of the rows of a model and column that were moved."""
    return Subquery(entry.rows.filter(model=name).values("row"))


def put_back(entry: Rearrangement, rows: QuerySet[Any], name: str, to: int) -> None:
    """Move those of these rows back that were noted; `rows` are where they were moved to."""
    rows.filter(pk__in=noted(entry, name)).update(**{name.partition(".")[2]: to})


def close(entry: Rearrangement, agent: Agent | None, at: Any) -> None:
    entry.undone_at, entry.undone_by = at, agent
    entry.save(update_fields=["undone_at", "undone_by"])


def refuse_unless_last(later: Iterable[Rearrangement]) -> None:
    """Raises Refused with the one that must be undone first: the latest that builds on this."""
    last = max(later, key=lambda other: other.pk, default=None)
    if last is not None:
        raise Refused("undo_other_first", **about(last))


def refuse_if_undone(entry: Rearrangement) -> None:
    if entry.undone_at is not None:
        raise Conflict("already_undone", who=name_of(entry.undone_by), **_when(entry))


def _when(entry: Rearrangement) -> dict[str, object]:
    return {"at": entry.undone_at.isoformat() if entry.undone_at else ""}


def about(entry: Rearrangement) -> dict[str, object]:
    """Which one it is, for a sentence: its kind, who did it and when, and the numbers."""
    return {
        "id": entry.pk,
        "kind": entry.kind,
        "who": name_of(entry.agent),
        "at": entry.done_at.isoformat(),
        "source": entry.source_id,
        "target": entry.target_id,
    }


def name_of(agent: Agent | None) -> str:
    return str(agent) if agent else ""


def later_than(entry: Rearrangement) -> RearrangementQuerySet:
    standing = Rearrangement.objects.standing().filter(pk__gt=entry.pk)
    return standing.select_related("agent")


def touching(cases: Iterable[Case | int | None]) -> Q:
    """Rearrangements out of or into one of these cases."""
    numbers = [case.pk if isinstance(case, Case) else case for case in cases]
    return Q(source__in=numbers) | Q(target__in=numbers)
