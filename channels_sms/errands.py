"""What goes to the provider by itself, in a thread of its own: it may let one wait."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.db import DatabaseError, close_old_connections

from channels_sms import media, reach, reconciling

log = structlog.get_logger(__name__)

ERRANDS: tuple[Callable[[], int], ...] = (
    media.sweep,
    reconciling.pull_lost,
    reconciling.settle_unknown,
    reach.forget_old,
)
PAUSE = 3.0
"""Seconds between two looks."""


def run(stopping: Callable[[], bool]) -> None:
    while not stopping():
        for errand in ERRANDS:
            _guarded(errand)
        close_old_connections()
        time.sleep(PAUSE)


def _guarded(errand: Callable[[], int]) -> None:
    """One that fails must not keep the others from being run."""
    try:
        errand()
    except DatabaseError:
        raise
    except Exception:
        log.exception("errand_failed", errand=errand.__name__)
