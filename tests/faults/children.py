"""Run a step in a forked process of its own, so that it can be killed and nothing else with it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connections

KILLED = "killed"
RAISED = "raised"
DONE = "done"


def in_child(step: Callable[[], object], orders: Path | None = None) -> str:
    """How the step ended: done, raised or killed. The child connects to the database anew."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        _run_and_leave(step, orders)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return KILLED
    return DONE if os.WEXITSTATUS(status) == 0 else RAISED


def _run_and_leave(step: Callable[[], object], orders: Path | None) -> None:
    settings.FAILPOINTS = str(orders) if orders else ""
    code = 0
    try:
        step()
    except BaseException:  # noqa: BLE001 -- the child must end here, whatever happened
        if os.environ.get("SHOW_FAULTS"):
            traceback.print_exc()
        code = 1
    finally:
        connections.close_all()
        os._exit(code)
