"""Test connection: every step from the host's name to a mail that comes back, each with its time.

Writes to nobody but the channel's own address. The mails carry a signed mark, by which intake
knows them and lets them go.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from django.core.signing import BadSignature, Signer
from django.utils import timezone

from channels_email import compose, smtp, tokens, transport
from channels_email.config import Config
from channels_email.imap import ImapFailure, Session
from conversations.adapters import guard
from conversations.adapters.base import ChannelFailure, Step
from conversations.adapters.messages import (
    Address,
    Addressee,
    IdentityKind,
    OutboundMessage,
    RecipientRole,
)

MARK = "X-OmniHub-Test"
ARRIVAL_SECONDS = 30.0
PLUS_SECONDS = 15.0
_SIGNER = "channels_email.trial"


class Missing(Exception):
    """A step found nothing; `code` names the explanation."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_test_mail(mark: str) -> bool:
    """Whether a mail's mark is ours: nobody else can make a mail that we overlook."""
    if not mark.strip():
        return False
    try:
        Signer(salt=_SIGNER).unsign(mark.strip())
    except BadSignature:
        return False
    return True


def run(config: Config) -> Iterator[Step]:
    """Each step when it is done, up to the first that fails and makes the next ones pointless."""
    if config.imap.grant:
        tokens.forgive(config.account_id)
    with ExitStack() as stack:
        for code, action in _Trial(config, stack).steps():
            step = _timed(code, action)
            yield step
            if not step.ok:
                return


def _timed(code: str, action: Callable[[], None]) -> Step:
    start = time.monotonic()

    def step(*, ok: bool, words: str = "", fix: str = "") -> Step:
        seconds = round(time.monotonic() - start, 2)
        return Step(code=code, ok=ok, seconds=seconds, words=words, fix=fix)

    try:
        action()
    except (ChannelFailure, ImapFailure) as failure:
        return step(ok=False, words=failure.words, fix=failure.code)
    except Missing as missing:
        return step(ok=False, fix=missing.code)
    except guard.Blocked as error:
        return step(ok=False, words=str(error), fix="host_blocked")
    except OSError as error:
        return step(ok=False, words=str(error), fix="host_unknown")
    return step(ok=True)


class _Trial:
    """The steps share a connection and remember what they sent."""

    def __init__(self, config: Config, stack: ExitStack) -> None:
        self.config, self.stack = config, stack
        self.nonce = secrets.token_hex(8)

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        if self.config.sends_by_provider and not self.config.imap.host:
            yield "provider", self.send_one
            return
        yield "dns", self.find_hosts
        yield "tls", self.connect
        yield "login", self.log_in
        yield "folder", self.open_folder
        if not self.config.sends_by_provider:
            yield "smtp", self.reach_smtp
        yield "round_trip", self.send_to_myself
        if self.config.plus_addressing:
            yield "plus", self.see_the_plus_mail

    def find_hosts(self) -> None:
        servers = [self.config.imap]
        if not self.config.sends_by_provider:
            servers.append(self.config.smtp)
        for server in servers:
            if not server.host:
                raise Missing("not_connected")
            guard.resolve_public(server.host, server.port)

    def connect(self) -> None:
        self.session = self.stack.enter_context(Session.connect(self.config.imap))

    def log_in(self) -> None:
        self.session.log_in(self.config.imap)

    def open_folder(self) -> None:
        self.first_uid = self.session.select(self.config.folder).uidnext

    def reach_smtp(self) -> None:
        with smtp.session(self.config.smtp, local_name=self.config.domain):
            pass

    def send_one(self) -> None:
        """What comes in by a webhook cannot be waited for here: the log shows it."""
        self.send(self.config.address, f"{self.nonce}.plain")

    def send_to_myself(self) -> None:
        self.send(self.config.address, f"{self.nonce}.plain")
        if self.config.plus_addressing:
            local, _, domain = self.config.address.rpartition("@")
            self.send(f"{local}+{self.nonce}@{domain}", f"{self.nonce}.plus")
        self.see(f"{self.nonce}.plain", ARRIVAL_SECONDS, "not_arrived")

    def see_the_plus_mail(self) -> None:
        self.see(f"{self.nonce}.plus", PLUS_SECONDS, "plus_not_arrived")

    def send(self, to: str, mark: str) -> None:
        letter = _letter(self.config, to, mark)
        mail = compose.build(letter, self.config, at=timezone.now())
        mail[MARK] = Signer(salt=_SIGNER).sign(mark)
        if transport.transmit(self.config, letter, mail).refused:
            raise Missing("plus_not_arrived" if "+" in to else "recipient_refused")

    def see(self, mark: str, seconds: float, code: str) -> None:
        deadline = time.monotonic() + seconds
        while not self.session.with_header(self.first_uid, MARK, mark):
            if time.monotonic() > deadline:
                raise Missing(code)
            time.sleep(0.5)


def _letter(config: Config, to: str, mark: str) -> OutboundMessage:
    def address(value: str) -> Address:
        return Address(kind=IdentityKind.EMAIL, value=value)

    return OutboundMessage(
        key=f"<{mark}.test@{config.domain}>",
        sender=address(config.address),
        addressees=(Addressee(role=RecipientRole.TO, address=address(to)),),
        subject="Connection test",
        text="This mail was sent by a connection test. It can be deleted.",
        is_automatic=True,
    )
