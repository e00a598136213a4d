"""Reading one folder: what was read is known by (folder, UIDVALIDITY, UID) and moves after commit.

A cursor alone is not trusted: once a day everything that the folder holds is compared with what we
hold. When UIDVALIDITY changes, the UIDs mean nothing any more (RFC 3501 2.3.1.1): the whole folder
is read again, and mails whose bytes we hold keep their receipt under their new name.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction

from channels_email.config import Config, edge_envelope
from channels_email.imap import Fetched, Folder, ImapFailure, MailRefused, Session
from channels_email.models import Mailbox
from conversations import receipts
from conversations.faults import failpoint
from conversations.models import Channel, ClockTimestamp, Receipt

log = structlog.get_logger(__name__)

HISTORY_BATCH = 25
ATTEMPTS = 3
"""Cuts at one mail after which the others go first; it is asked for again later."""
CLOCK_SLACK = timedelta(minutes=10)
"""Clocks differ: a mail this much older than our first contact is still taken for a new one."""
COMPARE_EVERY = timedelta(days=1)


class LeaseLost(Exception):
    """Another process reads this mailbox now."""


class Reader:
    """Reads one mailbox under a lease. Lives over reconnects, so that it can count failures."""

    def __init__(
        self,
        config: Config,
        channel: Channel,
        owner: uuid.UUID,
        *,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.config, self.channel, self.owner = config, channel, owner
        self.stopping = stopping
        self.cuts: Counter[int] = Counter()
        self.box = Mailbox()
        self.did_work = False

    # -- the lease
    def lease(self) -> bool:
        """Take the mailbox, or keep it. False while another process has it."""
        Mailbox.objects.get_or_create(account_id=self.config.account_id, folder=self.config.folder)
        mine = Mailbox.objects.lease(
            account_id=self.config.account_id, folder=self.config.folder, owner=self.owner
        )
        if mine is not None:
            self.box = mine
        return mine is not None

    def _write(self, **changes: object) -> None:
        """Every write says that the mailbox is still ours. Raises LeaseLost."""
        mine = Mailbox.objects.filter(pk=self.box.pk, lease_owner=self.owner)
        if not mine.update(leased_until=ClockTimestamp() + Mailbox.LEASE, **changes):
            raise LeaseLost

    def renew(self) -> None:
        self._write()

    def release(self) -> None:
        Mailbox.objects.filter(pk=self.box.pk, lease_owner=self.owner).update(leased_until=None)

    # -- where to start
    def begin(self, session: Session) -> None:
        """Open the folder; meet it for the first time, or after its UIDs were given anew."""
        folder = session.select(self.config.folder)
        if self.box.uidvalidity == 0:
            self._meet(folder)
        elif self.box.uidvalidity != folder.uidvalidity:
            self._begin_epoch(folder)
        self.box.refresh_from_db()

    def _meet(self, folder: Folder) -> None:
        self._write(
            uidvalidity=folder.uidvalidity,
            start_uid=folder.uidnext,
            last_uid=folder.uidnext - 1,
            history_uid=0,
            is_history_done=not self.config.has_history,
            started_at=ClockTimestamp(),
            compared_at=ClockTimestamp(),
        )

    def _begin_epoch(self, folder: Folder) -> None:
        log.warning("uidvalidity_changed", channel=self.channel.pk, folder=self.config.folder)
        self._write(
            uidvalidity=folder.uidvalidity,
            pending_uids=[],
            start_uid=1,
            last_uid=0,
            known_until=folder.uidnext - 1,
            is_history_done=True,  # the scan of the new epoch brings what was still missing
            refused_uids=[],
        )

    # -- reading
    def read_live(self, session: Session) -> int:
        """Everything above the cursor, ascending. Returns how many UIDs were seen."""
        found = session.uids(self.box.last_uid + 1)
        for uid in found:
            if self.stopping():
                break
            self._take(session, uid)
            failpoint("imap.before_cursor")
            self._write(last_uid=uid)
            self.box.last_uid = uid
            failpoint("imap.after_cursor")
        return len(found)

    def read_history(self, session: Session) -> int:
        """A batch of the mails from before we were connected. Returns how many are behind us."""
        if self.box.is_history_done:
            return 0
        first, last = self.box.history_uid + 1, self.box.start_uid - 1
        batch = session.uids(first, last)[:HISTORY_BATCH] if first <= last else []
        for uid in batch:
            self._take(session, uid, is_history=True)
            self._write(history_uid=uid)
            self.box.history_uid = uid
        if not batch:
            self._write(is_history_done=True)
            self.box.is_history_done = True
        return len(batch)

    def _take(self, session: Session, uid: int, *, is_history: bool = False) -> None:
        """Fetch and keep one mail. One that cannot be had is noted and passed over."""
        if self.cuts[uid] >= ATTEMPTS:
            self._refuse(uid, "cut")
            return
        try:
            mail = session.fetch(uid)
        except MailRefused as refusal:
            self._refuse(uid, str(refusal))
            return
        except ImapFailure:
            self.cuts[uid] += 1
            raise
        failpoint("imap.after_fetch")
        if mail is not None:
            self._keep(mail, is_history=is_history)
        failpoint("imap.after_record")

    def _refuse(self, uid: int, words: str) -> None:
        log.warning("mail_refused", channel=self.channel.pk, uid=uid, words=words)
        del self.cuts[uid]
        refused = sorted({*self.box.refused_uids, uid})
        self._write(refused_uids=refused)
        self.box.refused_uids = refused

    def _keep(self, mail: Fetched, *, is_history: bool) -> None:
        key = self._key(mail.uid)
        if mail.uid <= self.box.known_until:
            if self._rename_known(mail, key):
                return
            if self._is_older(mail):
                if not self.config.has_history:
                    return
                is_history = True
        try:
            receipts.record(
                self.channel, key, mail.body, envelope=self._envelope(mail), is_history=is_history
            )
        except OSError as error:  # the store is full: the cursor stays, the mail too
            raise ImapFailure("cannot_store", str(error)) from error

    def _key(self, uid: int) -> str:
        return f"{self._prefix()}{uid}"

    def _prefix(self) -> str:
        return f"imap:{self.config.folder}:{self.box.uidvalidity}:"

    def _envelope(self, mail: Fetched) -> dict[str, object]:
        return {
            **edge_envelope(self.config),
            "door": "imap",
            "folder": self.config.folder,
            "uid": mail.uid,
            "arrived_at": mail.arrived_at.isoformat() if mail.arrived_at else None,
        }

    def _rename_known(self, mail: Fetched, key: str) -> bool:
        """Bytes that we hold from an earlier epoch: their receipt gets the mail's new name."""
        digest = hashlib.sha256(mail.body).hexdigest()
        known = (
            Receipt.objects.filter(channel=self.channel, blob__sha256=digest)
            .exclude(external_id__startswith=self._prefix())
            .order_by("id")
            .first()
        )
        if known is None:
            return Receipt.objects.filter(channel=self.channel, blob__sha256=digest).exists()
        try:
            with transaction.atomic():
                Receipt.objects.filter(pk=known.pk).update(external_id=key)
        except IntegrityError:
            log.info("mail_already_named", receipt=known.pk)
        return True

    def _is_older(self, mail: Fetched) -> bool:
        """From before we were connected, by the server's clock."""
        return mail.arrived_at is not None and self._began_after(mail.arrived_at)

    def _began_after(self, arrived: datetime) -> bool:
        started = self.box.started_at
        return started is not None and arrived < started - CLOCK_SLACK

    # -- what slipped through
    def retry_refused(self, session: Session) -> None:
        """Ask again for mails that the server would not hand over, or was cut at."""
        for uid in list(self.box.refused_uids):
            self.box.refused_uids = [other for other in self.box.refused_uids if other != uid]
            self._take(session, uid, is_history=uid < self.box.start_uid)
            self._write(refused_uids=self.box.refused_uids)

    def is_compare_due(self) -> bool:
        return (
            Mailbox.objects.filter(pk=self.box.pk)
            .filter(compared_at__lt=ClockTimestamp() - COMPARE_EVERY)
            .exists()
        )

    def compare(self, session: Session) -> int:
        """Look for every mail of the folder among what we hold. Returns how many were missing."""
        first = 1 if self.config.has_history and self.box.is_history_done else self.box.start_uid
        there = [uid for uid in session.uids(max(1, first)) if uid <= self.box.last_uid]
        missing = self._wanted(session, sorted(set(there) - self._held()))
        for uid in missing:
            self._take(session, uid, is_history=uid < self.box.start_uid)
        self._write(compared_at=ClockTimestamp())
        return len(missing)

    def _held(self) -> set[int]:
        keys = Receipt.objects.filter(
            channel=self.channel, external_id__startswith=self._prefix()
        ).values_list("external_id", flat=True)
        return {int(key.rpartition(":")[2]) for key in keys.iterator()}

    def _wanted(self, session: Session, uids: list[int]) -> list[int]:
        """Of an epoch that began under way, what arrived before our first contact is not ours."""
        if self.config.has_history or not self.box.known_until:
            return uids
        arrived = session.arrivals(uids)
        return [u for u in uids if u not in arrived or not self._began_after(arrived[u])]
