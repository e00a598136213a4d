"""One action over many cases: each row by the service of the single action, in a transaction of
its own, with an outcome of its own; and one undo for all of them.

A job works in pieces that a worker is woken for. What a killed worker leaves waiting is found by
the clock's sweep; a row is done in the transaction that notes it, so never twice.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django.utils.dateparse import parse_datetime

from conversations.models import (
    Agent,
    BulkJob,
    BulkRow,
    Case,
    ClockTimestamp,
    Macro,
    RowState,
    Tag,
)
from conversations.services import (
    assignment,
    header,
    macros,
    priority,
    snooze,
    status,
    tags,
    threads,
)
from conversations.services.errors import Refused
from conversations.wake import BULK, wake_on_commit

if TYPE_CHECKING:
    from conversations.models.case import CaseQuerySet

log = structlog.get_logger(__name__)

MOST = 10_000
"""Cases of one job."""
PIECE = 20.0
"""Seconds that a worker gives to a job before others have their turn."""
LEFT_ALONE = timedelta(seconds=10)
"""A job on which nobody worked for so long has lost its worker."""
TO_DO = (RowState.WAITING, RowState.RETURNING)

Do = Callable[..., object]


def _assign(*, to: int | None, **about: Any) -> object:
    return assignment.assign(assignee_id=to, **about)


def _move(*, to: int, **about: Any) -> object:
    return assignment.move(team_id=to, **about)


def _snooze(*, until: str, **about: Any) -> object:
    return snooze.snooze(until=parse_datetime(until), **about)


def _tag(*, name: str, case_id: int, agent: Agent) -> object:
    names = list(Tag.objects.filter(cases=case_id).values_list("name", flat=True))
    return tags.replace(case_id=case_id, agent=agent, names=[*names, name])


def _prioritise(*, to: int, **about: Any) -> object:
    return priority.prioritise(priority=to, **about)


ACTIONS: dict[str, Do] = {
    "assign": _assign,
    "move": _move,
    "snooze": _snooze,
    "tag": _tag,
    "priority": _prioritise,
    "resolve": status.resolve,
    "reopen": status.reopen,
    "spam": status.mark_spam,
    "macro": macros.run,
}
"""What can be done to many, each called with the case, the agent and the job's params."""


def start(
    *,
    agent: Agent,
    action: str,
    params: Mapping[str, Any],
    cases: CaseQuerySet,
    client_id: uuid.UUID,
    wakes: bool = True,
) -> BulkJob:
    """Note a job over the cases that the agent sees; `run` does it. The same id is the same job.

    Without `wakes` the caller runs it at once; the sweep takes up what it leaves.

    Raises Refused("no_such_action"), Refused("choose_cases") and Refused("too_many_cases").
    """
    if action not in ACTIONS:
        raise Refused("no_such_action")
    with transaction.atomic():
        job, is_new = BulkJob.objects.get_or_create(
            agent=agent, client_id=client_id, defaults={"action": action, "params": dict(params)}
        )
        if not is_new:
            return job
        seen = Case.objects.visible_to(agent).filter(pk__in=cases.order_by().values("pk"))
        found = list(seen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if not found:
            raise Refused("choose_cases")
        if len(found) > MOST:
            raise Refused("too_many_cases", most=MOST)
        BulkRow.objects.bulk_create([BulkRow(job=job, case_id=pk) for pk in found], 2000)
        BulkJob.objects.filter(pk=job.pk).update(total=len(found))
        if wakes:
            wake_on_commit(BULK, job.pk)
    job.refresh_from_db()
    return job


def run_macro(
    *, agent: Agent, case_id: int, macro_id: int, client_id: uuid.UUID, seen: int | None = None
) -> BulkJob:
    """Do what a macro does to one case now, to be undone as any job.

    Raises what its actions refuse, and Macro.DoesNotExist.
    """
    with transaction.atomic():
        _conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        macro = Macro.objects.usable_by(agent).get(pk=macro_id)
        job = start(
            agent=agent,
            action="macro",
            params={"macro_id": macro.pk},
            cases=Case.objects.filter(pk=case.pk),
            client_id=client_id,
            wakes=False,
        )
        run(job.pk)
        row = job.rows.get()
        if row.state == RowState.REFUSED:
            raise Refused(row.code, **row.params)
        return job


def undo(*, job_id: int, agent: Agent) -> BulkJob:
    """Put every row back whose case nobody changed since. Raises BulkJob.DoesNotExist."""
    with transaction.atomic():
        job = BulkJob.objects.select_for_update().get(pk=job_id, agent=agent)
        if job.undone_at is None:
            job.rows.filter(state=RowState.WAITING).update(state=RowState.UNDONE)
            job.rows.filter(state=RowState.DONE).update(state=RowState.RETURNING)
            BulkJob.objects.filter(pk=job.pk).update(undone_at=Now())
            wake_on_commit(BULK, job.pk)
    job.refresh_from_db()
    return job


def run(job_id: int, *, seconds: float = PIECE) -> bool:
    """Work on a job for a while. True when nothing of it is left; else a worker is woken again."""
    job = BulkJob.objects.select_related("agent").filter(pk=job_id).first()
    if job is None:
        return True
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not _next(job):
            return not job.rows.filter(state__in=TO_DO).exists()
    wake_on_commit(BULK, job_id)
    return False


def sweep() -> int:
    """Take up jobs whose worker was killed or never woken. Returns how many."""
    left = BulkJob.objects.filter(
        rows__state__in=TO_DO, worked_at__lt=ClockTimestamp() - LEFT_ALONE
    )
    found = list(left.order_by("pk").values_list("pk", flat=True).distinct()[:5])
    for job_id in found:
        run(job_id, seconds=1.0)
    return len(found)


def summary(job: BulkJob) -> Counter[str]:
    """How many rows are in each state."""
    return Counter(job.rows.values_list("state", flat=True))


def _next(job: BulkJob) -> bool:
    """Do the next row; False when none is free."""
    with transaction.atomic():
        # the job first and its row then, as `undo` takes them
        BulkJob.objects.filter(pk=job.pk).update(worked_at=ClockTimestamp())
        rows = job.rows.select_for_update(skip_locked=True)
        row = rows.filter(state__in=TO_DO).order_by("pk").first()
        if row is None:
            return False
        if row.state == RowState.WAITING:
            _do(job, row)
        else:
            _put_back(job, row)
        row.save()
        return True


def _do(job: BulkJob, row: BulkRow) -> None:
    if not job.agent.is_active:
        return _refuse(row, "no_such_agent")
    try:
        with transaction.atomic():
            row.before = _header(row.case_id)
            do = ACTIONS[job.action]
            do(case_id=row.case_id, agent=job.agent, **job.params)
            row.after = _header(row.case_id)
            row.state = RowState.DONE
    except DatabaseError:
        raise
    except Refused as no:
        _refuse(row, no.code, no.params)
    except (Case.DoesNotExist, Macro.DoesNotExist):
        _refuse(row, "gone")
    except Exception:
        # one row must not hold up the others, nor the jobs behind it
        log.exception("bulk_row_failed", job=job.pk, case=row.case_id)
        _refuse(row, "crashed")


def _refuse(row: BulkRow, code: str, params: Mapping[str, Any] | None = None) -> None:
    row.state, row.before, row.after = RowState.REFUSED, {}, {}
    row.code, row.params = code, dict(params or {})


def _put_back(job: BulkJob, row: BulkRow) -> None:
    try:
        with transaction.atomic():
            row.state = RowState.UNDONE if _restore(job, row) else RowState.KEPT
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 -- as above; what could not be put back is kept
        log.warning("bulk_row_kept", job=job.pk, case=row.case_id, error=type(error).__name__)
        row.state = RowState.KEPT


def _restore(job: BulkJob, row: BulkRow) -> bool:
    """Set the header to what it was; False when somebody changed what the job had changed."""
    conversation, case = threads.case_for_work(row.case_id, job.agent)
    now = _header(case.pk)
    changed = [name for name in row.after if row.after[name] != row.before.get(name)]
    if any(now[name] != row.after[name] for name in changed):
        return False
    if not changed:
        return True
    header.put_back(case, row.before, row.after)
    if "team_id" in changed:
        case.team_id = row.before["team_id"]
    if "tags" in changed:
        case.tags.set(Tag.objects.filter(name__in=row.before["tags"]))
    case.reckon_wait()
    threads.add_activity(
        conversation, case, "bulk_undone", agent=job.agent, params={"action": job.action}
    )
    return True


def _header(case_id: int) -> dict[str, Any]:
    case = Case.objects.get(pk=case_id)
    names: Sequence[str] = sorted(case.tags.values_list("name", flat=True))
    return {**header.of(case), "team_id": case.team_id, "tags": names}
