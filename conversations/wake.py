"""Wake a worker after commit. A wake that is lost costs seconds: the clock sweeps what is due."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)

PROCESS_RECEIPT = "conversations.process_receipt"
DELIVER = "conversations.deliver"
BULK = "conversations.bulk"
EXPORT = "conversations.export"
LOOK = "conversations.look"


def wake_on_commit(task: str, row: int) -> None:
    """Call a task by name with a row's id once the transaction commits. Never raises."""
    transaction.on_commit(lambda: wake(task, row), robust=True)


def wake(task: str, row: int) -> bool:
    """Call a task by name now. False when the broker could not be reached."""
    try:
        current_app.send_task(task, args=(row,), retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 -- kombu lets any transport error through
        log.warning("wake_lost", task=task, row=row, error=str(error))
        return False
    return True
