"""The clock: finds by database time what is due, and does it itself while nobody else can.

One plain loop, and beside it the channels' listeners, each in a thread of its own. Several clocks
do no harm: one holds the heartbeat and sweeps, the others wait for it to stop.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from conversations import outbox, rooms
from conversations.adapters import registry
from conversations.faults import failpoint
from conversations.models import Heartbeat, Tally
from conversations.services import (
    bulk,
    doors,
    duty,
    erasure,
    exporting,
    failover,
    giving,
    intake,
    looks,
    notice_mail,
    pruning,
    relay,
    snooze,
    targets,
)
from conversations.wake import DELIVER, wake

log = structlog.get_logger(__name__)

TICK = 1.0
"""Seconds between two looks: a held message leaves at most this much late."""
HANDS = 4
"""Deliveries that the clock makes at once while the broker is away."""
LONG_PAUSE = 3.0
"""Seconds between two looks at what may take longer than a tick."""
LISTENER_PAUSE = 5.0
"""Seconds before a listener that crashed is started again."""


class Clock:
    """The loop's own state; everything that must last is in the database."""

    def __init__(self) -> None:
        self._holder = uuid.uuid4()
        self._stop = threading.Event()
        self._woken: dict[int, float] = {}
        self._busy: dict[int, Future[object]] = {}
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="deliver")
        self._next: dict[str, float] = {}
        self._watch = duty.Watch()

    def stop(self) -> None:
        self._stop.set()

    def stopping(self) -> bool:
        return self._stop.is_set()

    def run(self) -> None:
        """Until `stop`. A database that is away is waited for."""
        listeners = [self._listen(listener) for listener in _listeners()]
        while not self._stop.wait(TICK):
            self.tick()
        self._hands.shutdown(wait=True, cancel_futures=True)
        for thread in listeners:
            thread.join(timeout=5)
        Heartbeat.objects.release("clock", self._holder)

    def tick(self) -> None:
        try:
            if Heartbeat.objects.beat("clock", self._holder):
                self._sweep()
        except (DatabaseError, InterfaceError) as error:
            log.warning("database_away", error=str(error))
            connections.close_all()

    def _sweep(self) -> None:
        failpoint("clock.before_sweep")
        self._deliver_due()
        self._every(TICK / 2, "changes", relay.relay)
        self._every(2.0, "receipts", intake.sweep)
        self._every(5.0, "snoozed", snooze.wake_due)
        self._every(5.0, "bulk", bulk.sweep)
        self._every(2.0, "failover", failover.sweep)
        self._every(5.0, "reports", outbox.hear_late)
        self._every(2.0, "targets", targets.note_passed)
        self._every(1.0, "reckoned", targets.reckon_stale)
        self._every(2.0, "duty", self._watch)
        self._every(TICK / 2, "giving", giving.sweep)
        self._every(10.0, "tallies", Tally.objects.fold)
        self._every(3600.0, "pruning", pruning.prune)
        for adapter in registry.adapters():
            for name, sweep in adapter.sweeps().items():
                self._every(10.0, f"{adapter.kind}.{name}", sweep)
        for room in rooms.rooms():
            for name, (seconds, sweep) in room.sweeps().items():
                self._every(seconds, name, sweep)

    def _every(self, seconds: float, name: str, sweep: Callable[[], int]) -> None:
        now = time.monotonic()
        if self._next.get(name, 0.0) > now:
            return
        self._next[name] = now + seconds
        try:
            sweep()
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            log.exception("sweep_failed", sweep=name)

    def _deliver_due(self) -> None:
        """Wake a worker for what is due; what stays due is done here."""
        now = time.monotonic()
        due = outbox.due()
        self._woken = {pk: at for pk, at in self._woken.items() if pk in set(due)}
        for pk in due:
            woken_at = self._woken.setdefault(pk, now)
            if woken_at == now:
                wake(DELIVER, pk)
            elif now - woken_at > settings.WAKE_GRACE.total_seconds():
                self._by_hand(pk)

    def _by_hand(self, pk: int) -> None:
        self._busy = {key: job for key, job in self._busy.items() if not job.done()}
        if pk not in self._busy and len(self._busy) < HANDS:
            self._busy[pk] = self._hands.submit(_deliver, pk)

    def _listen(self, listener: Callable[[Callable[[], bool]], None]) -> threading.Thread:
        thread = threading.Thread(target=self._keep_listening, args=(listener,), daemon=True)
        thread.start()
        return thread

    def _keep_listening(self, listener: Callable[[Callable[[], bool]], None]) -> None:
        while not self.stopping():
            try:
                listener(self.stopping)
            except Exception:
                log.exception("listener_crashed")
            finally:
                connections.close_all()
            self._stop.wait(LISTENER_PAUSE)


def _listeners() -> list[Callable[[Callable[[], bool]], None]]:
    channels = [listener for adapter in registry.adapters() for listener in adapter.listeners()]
    others = [listener for room in rooms.rooms() for listener in room.listeners()]
    return [_long_sweeps, _notice_mails, _looks, _films, *channels, *others]


def _long_sweeps(stopping: Callable[[], bool]) -> None:
    """What may take longer than a tick, in a thread of its own."""
    while not stopping():
        erasure.sweep()
        exporting.sweep()
        close_old_connections()
        time.sleep(LONG_PAUSE)


def _notice_mails(stopping: Callable[[], bool]) -> None:
    """In a thread of their own as well: a mail server may let one wait."""
    while not stopping():
        notice_mail.sweep()
        close_old_connections()
        time.sleep(LONG_PAUSE)


def _looks(stopping: Callable[[], bool]) -> None:
    """What no worker looked at."""
    doors.look()
    while not stopping():
        looks.sweep()
        close_old_connections()
        time.sleep(LONG_PAUSE)


def _films(stopping: Callable[[], bool]) -> None:
    """One film at a time: each takes as much as a processor gives, for minutes."""
    while not stopping():
        if not looks.sweep_long(stopping):
            close_old_connections()
            time.sleep(TICK)


def _deliver(pk: int) -> None:
    close_old_connections()
    try:
        outbox.deliver(pk)
    except Exception:
        log.exception("delivery_crashed", delivery=pk)
    finally:
        connections.close_all()


def age_of_last_beat() -> timedelta | None:
    """How long ago the clock was last alive, by database time; None when it never was."""
    from conversations.models import ClockTimestamp

    beat = Heartbeat.objects.filter(name="clock").annotate(now=ClockTimestamp()).first()
    return None if beat is None else beat.now - beat.at
