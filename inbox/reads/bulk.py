"""How far a job over many cases is, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.models import Agent, BulkJob, BulkRow, Case, RowState
from conversations.services import bulk
from inbox import texts

SHOWN = 200
"""Rows of a page; what went wrong comes first."""
BAD_FIRST = [
    RowState.REFUSED,
    RowState.KEPT,
    RowState.WAITING,
    RowState.RETURNING,
    RowState.UNDONE,
    RowState.DONE,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    total: int
    done: int
    refused: int
    waiting: int
    undone: int
    kept: int

    @property
    def is_over(self) -> bool:
        return not self.waiting

    @property
    def worked(self) -> int:
        return self.total - self.waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`topic` is empty where the agent may not see the case any more."""

    number: int
    topic: str
    state: str
    word: str
    why: str


def progress(job: BulkJob) -> Progress:
    states = bulk.summary(job)
    return Progress(
        total=job.total,
        done=states[RowState.DONE],
        refused=states[RowState.REFUSED],
        waiting=states[RowState.WAITING] + states[RowState.RETURNING],
        undone=states[RowState.UNDONE],
        kept=states[RowState.KEPT],
    )


def rows(job: BulkJob, agent: Agent) -> list[Row]:
    found: list[BulkRow] = []
    for state in BAD_FIRST:
        if len(found) < SHOWN:
            found += job.rows.filter(state=state).order_by("pk")[: SHOWN - len(found)]
    seen = Case.objects.visible_to(agent).filter(pk__in=[row.case_id for row in found])
    topics = dict(seen.values_list("pk", "topic"))
    return [_row(row, topics.get(row.case_id, "")) for row in found]


def _row(row: BulkRow, topic: str) -> Row:
    return Row(
        number=row.case_id,
        topic=topic,
        state=row.state,
        word=str(RowState(row.state).label),
        why=texts.refusal(row.code, row.params) if row.code else "",
    )
