"""The mailboxes' listeners: one thread a mailbox, the set of channels read again all the time."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog
from django.db import Error, connections

from channels_email.config import Config, config_of
from channels_email.imap import ImapFailure, Session
from channels_email.mailbox import LeaseLost, Reader
from channels_email.models import EmailAccount
from channels_email.sent import SentReader
from conversations.models import Channel

log = structlog.get_logger(__name__)

LOOK_EVERY = 10.0
POLL_EVERY = 60.0
"""Seconds of silence after which the folder is searched, IDLE or not: connections go stale."""
RENEW_EVERY = 15.0
RETRY_EVERY = 600.0
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
LOGIN_PAUSE, LONGEST_LOGIN_PAUSE = 60.0, 900.0
LEASE_PAUSE = 5.0
"""Seconds between two tries to take a mailbox that another process reads."""
STOP_SECONDS = 5.0


@dataclass(slots=True)
class Watcher:
    """One mailbox's thread, and the settings that it was started with."""

    config: Config
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self, stopping: Callable[[], bool]) -> None:
        def over() -> bool:
            return self.stop.is_set() or stopping()

        self.thread = threading.Thread(
            target=watch,
            args=(self.config, over),
            name=f"imap-{self.config.channel_id}",
            daemon=True,
        )
        self.thread.start()

    @property
    def is_alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


def run(stopping: Callable[[], bool]) -> None:
    """Watch every connected mailbox until `stopping()`; follow what admins change."""
    watchers: dict[int, Watcher] = {}
    try:
        while not stopping():
            with _database_away_is_waited_for():
                _adjust(watchers, stopping)
            _sleep(LOOK_EVERY, stopping)
    finally:
        for watcher in watchers.values():
            watcher.stop.set()
        for watcher in watchers.values():
            if watcher.thread is not None:
                watcher.thread.join(STOP_SECONDS)


def _adjust(watchers: dict[int, Watcher], stopping: Callable[[], bool]) -> None:
    """Stop watchers whose channel is gone or changed, start those that are missing."""
    wanted = {config.account_id: config for config in _connected()}
    for key, watcher in list(watchers.items()):
        if wanted.get(key) != watcher.config:
            watcher.stop.set()
        if not watcher.is_alive:
            del watchers[key]
    for key, config in wanted.items():
        if key not in watchers:
            watchers[key] = Watcher(config)
            watchers[key].start(stopping)


def _connected() -> list[Config]:
    accounts = EmailAccount.objects.select_related("grant", "channel__mail_provider")
    accounts = accounts.filter(channel__is_active=True).exclude(imap_host="")
    return [config_of(account) for account in accounts.order_by("pk") if account.is_listening]


@contextlib.contextmanager
def _database_away_is_waited_for() -> Iterator[None]:
    """A thread keeps no database connection while it waits: the pool is small."""
    try:
        yield
    except Error as error:
        log.warning("database_away", error=str(error))
    finally:
        connections.close_all()


def watch(config: Config, stopping: Callable[[], bool]) -> None:
    """Read one mailbox for ever; every fault is noted on the channel, and waited out."""
    failures = 0
    owner = uuid.uuid4()
    reader: Reader | None = None
    while not stopping():
        failure: ImapFailure | None = None
        with _database_away_is_waited_for():
            reader = reader or _reader(config, owner, stopping)
            failure = _attempt(reader, stopping)
            failures = 0 if failure is None else 1 if reader.did_work else failures + 1
        _sleep(pause_after(failure, failures) if failure else LEASE_PAUSE, stopping)
    if reader is not None:
        with _database_away_is_waited_for():
            reader.release()


def _attempt(reader: Reader, stopping: Callable[[], bool]) -> ImapFailure | None:
    """One connection's life. Returns what ended it, None when nothing went wrong."""
    reader.did_work = False
    try:
        if reader.lease():
            _read(reader, stopping)
    except LeaseLost:
        log.info("lease_lost", channel=reader.channel.pk)
    except ImapFailure as failure:
        return _noted(reader.channel, failure)
    except Error:
        raise
    except Exception as error:
        log.exception("mailbox_crashed", channel=reader.channel.pk)
        return _noted(reader.channel, ImapFailure("crashed", type(error).__name__))
    return None


def _reader(config: Config, owner: uuid.UUID, stopping: Callable[[], bool]) -> Reader:
    return Reader(config, Channel.objects.get(pk=config.channel_id), owner, stopping=stopping)


def pause_after(failure: ImapFailure, failures: int) -> float:
    """Seconds to wait: doubling; a refused login up to a quarter of an hour, against lock-outs."""
    first, longest = (
        (LOGIN_PAUSE, LONGEST_LOGIN_PAUSE) if failure.is_lasting else (FIRST_PAUSE, LONGEST_PAUSE)
    )
    doubled: float = first * 2 ** min(failures - 1, 10)
    return min(doubled, longest)


def _noted(channel: Channel, failure: ImapFailure) -> ImapFailure:
    log.warning("mailbox_trouble", channel=channel.pk, code=failure.code)
    channel.note_trouble(failure.code, failure.words)
    return failure


def _read(reader: Reader, stopping: Callable[[], bool]) -> None:
    """Catch up, then wait for more, as long as the connection lives. Live mail goes first."""
    retried = 0.0
    with Session.open(reader.config.imap) as session:
        sent = SentReader.beside(reader, session)
        reader.begin(session)
        while not stopping():
            reader.read_live(session)
            reader.channel.note_contact()
            reader.did_work = True
            if reader.read_history(session):
                continue
            if reader.is_compare_due():
                reader.compare(session)
            if reader.box.refused_uids and time.monotonic() - retried > RETRY_EVERY:
                retried = time.monotonic()
                reader.retry_refused(session)
            if sent is not None:
                sent.visit(session)
                reader.begin(session)
                reader.read_live(session)  # what came meanwhile would not end the wait
            connections.close_all()
            session.wait(POLL_EVERY, _still(reader, stopping))


def _still(reader: Reader, stopping: Callable[[], bool]) -> Callable[[], bool]:
    """Asked while the server is silent: goes on unless told to stop, and keeps the lease."""
    renewed = time.monotonic()

    def goes_on() -> bool:
        nonlocal renewed
        if time.monotonic() - renewed > RENEW_EVERY:
            renewed = time.monotonic()
            reader.renew()
            connections.close_all()
        return not stopping()

    return goes_on


def _sleep(seconds: float, stopping: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stopping():
        time.sleep(min(0.2, max(0.0, end - time.monotonic())))
