"""The Sent folder: answers from somebody's own mail program, and nothing else of it.

It holds private mail, so a mail is stored only after its header alone has shown that it is ours to
take: it answers a message that we know, or goes to a customer. What shows neither is looked at
again for a day, because the mail that it answers may still be on its way in.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32

import structlog
from django.utils import timezone

from channels_email import addresses, forwards, threading, trial
from channels_email.filters import LOOP_MARK
from channels_email.headers import Headers
from channels_email.imap import Fetched, ImapFailure, Session
from channels_email.mailbox import Reader
from conversations.adapters.messages import IdentityKind
from conversations.models import Case, Identity, Message

log = structlog.get_logger(__name__)

BATCH = 50
"""Mails of one look, so that the inbox is never kept waiting."""
MOST_PENDING = 200
LOOK_AGAIN_FOR = timedelta(days=1)


class SentReader(Reader):
    """Reads a Sent folder beside the inbox, on the same connection and under a lease of its own."""

    @classmethod
    def beside(cls, inbox: Reader, session: Session) -> SentReader | None:
        """None where the channel does not want it, or the account has no such folder."""
        if not inbox.config.reads_sent:
            return None
        name = ""
        with _refusals(inbox):
            name = inbox.config.sent_folder or session.sent_folder()
            name = name if name and session.has_folder(name) else ""
        if not name or name == inbox.config.folder:
            log.info("no_sent_folder", channel=inbox.channel.pk)
            return None
        config = dataclasses.replace(inbox.config, folder=name, has_history=False)
        return cls(config, inbox.channel, inbox.owner, stopping=inbox.stopping)

    def visit(self, session: Session) -> None:
        """One look. The session is left in this folder, or in none."""
        if self.lease():
            with _refusals(self):
                self._look(session)

    def _look(self, session: Session) -> None:
        self.begin(session)
        self._look_again(session)
        uids = session.uids(self.box.last_uid + 1)[:BATCH]
        pending = self._take_ours(session, uids)
        if uids:
            kept = [*self.box.pending_uids, *pending][-MOST_PENDING:]
            self._write(last_uid=uids[-1], pending_uids=kept)
            self.box.last_uid, self.box.pending_uids = uids[-1], kept

    def _look_again(self, session: Session) -> None:
        if not self.box.pending_uids:
            return
        pending = self._take_ours(session, self.box.pending_uids)
        if pending != self.box.pending_uids:
            self._write(pending_uids=pending)
            self.box.pending_uids = pending

    def _take_ours(self, session: Session, uids: list[int]) -> list[int]:
        """Store those that are ours. Returns the ones that may still turn out to be."""
        pending: list[int] = []
        for header in session.headers(uids) if uids else ():
            headers = Headers(BytesHeaderParser(policy=compat32).parsebytes(header.body))
            if _is_from_here(headers, self.config.domain):
                continue
            if _is_known(headers):
                self._take(session, header.uid)
            elif header.arrived_at and header.arrived_at > timezone.now() - LOOK_AGAIN_FOR:
                pending.append(header.uid)
        return pending

    def _envelope(self, mail: Fetched) -> dict[str, object]:
        return {**super()._envelope(mail), "door": "imap_sent", "is_sent": True}


@contextlib.contextmanager
def _refusals(reader: Reader) -> Iterator[None]:
    """What the server will not do with this folder must not keep the inbox from being read."""
    try:
        yield
    except ImapFailure as failure:
        if failure.code not in {"server_refused", "folder_missing"}:
            raise
        log.warning("sent_folder_refused", channel=reader.channel.pk, words=failure.words)


def _is_from_here(headers: Headers, domain: str) -> bool:
    """A copy of what the hub sent, or a test of its own; some servers change the Message-ID."""
    if headers.raw(LOOP_MARK.lower()).strip() == domain or trial.MARK.lower() in headers:
        return True
    own = threading.message_id(headers)
    return bool(own) and Message.objects.filter(message_id=own, identity=None).exists()


def _is_known(headers: Headers) -> bool:
    """Whether a mail answers a message of ours, or goes to a customer. Machines' mail does not."""
    if headers.raw("auto-submitted").strip().lower() not in {"", "no"}:
        return False
    if _goes_to_a_customer(headers):
        return True
    is_passed_on = forwards.is_named_so(headers.text("subject"))  # to somebody else: no answer
    return not is_passed_on and _is_answer(headers)


def _is_answer(headers: Headers) -> bool:
    references = threading.references(headers)
    if references and Message.objects.filter(message_id__in=references).exists():
        return True
    tokens = threading.tokens(headers, references)
    return bool(tokens) and Case.objects.filter(reply_token__in=tokens).exists()


def _goes_to_a_customer(headers: Headers) -> bool:
    values = [
        address.value
        for name in ("to", "cc", "bcc")
        for field in headers.all(name)
        for address in addresses.parse_list(field)
    ]
    known = Identity.objects.filter(kind=IdentityKind.EMAIL, value__in=values, is_shared=False)
    return known.exists()
