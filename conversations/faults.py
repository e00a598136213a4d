"""Fail points: named places where a test can kill, stop or disturb a running process.

Does nothing unless `settings.FAILPOINTS` names a file. Its lines read
`name:nth:action`, where action is kill, raise or `sleep=SECONDS`; a process obeys the nth
passage counted over all processes, since each passage is appended to `<file>.log`.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from pathlib import Path

from django.conf import settings

NAMES = (
    "blob.before_rename",
    "receipt.before_commit",
    "receipt.after_commit",
    "intake.before_normalize",
    "intake.after_normalize",
    "intake.after_identity",
    "intake.after_case",
    "intake.after_message",
    "intake.before_commit",
    "intake.after_commit",
    "merge.after_locks",
    "merge.after_rows",
    "merge.before_commit",
    "merge.after_commit",
    "reply.before_commit",
    "reply.after_commit",
    "outbox.before_claim",
    "outbox.after_claim",
    "outbox.before_call",
    "outbox.after_call",
    "outbox.before_settle",
    "outbox.after_settle",
    "email.after_data",
    "imap.after_fetch",
    "imap.after_record",
    "imap.before_cursor",
    "imap.after_cursor",
    "hook.before_record",
    "hook.after_record",
    "pipe.before_record",
    "pipe.after_record",
    "clock.before_sweep",
    "upload.after_write",
    "upload.after_sync",
    "upload.before_commit",
    "upload.after_commit",
    "upload.before_keep",
    "upload.before_finish",
    "upload.after_finish",
)


class Failpoint(RuntimeError):
    """Raised on a test's order."""


def failpoint(name: str) -> None:
    path = settings.FAILPOINTS
    if path:
        _obey(name, Path(path))


def _obey(name: str, orders: Path) -> None:
    if name not in NAMES:
        raise LookupError(name)
    passage = _count(name, orders)
    for line in orders.read_text().split():
        wanted, nth, action = line.split(":")
        if wanted == name and int(nth) == passage:
            _act(name, action)


def _count(name: str, orders: Path) -> int:
    with orders.with_suffix(".log").open("a+") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        log.seek(0)
        passage = log.read().split().count(name) + 1
        log.write(f"{name}\n")
    return passage


def _act(name: str, action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action.startswith("sleep="):
        time.sleep(float(action.removeprefix("sleep=")))
    if action == "raise":
        raise Failpoint(name)
