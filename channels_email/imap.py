"""One IMAP connection to one folder, read-only, with a deadline on every command."""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError, ProtocolError

from channels_email import tokens
from channels_email.config import Server
from channels_email.oauth import Grant, OAuthFailure
from conversations.adapters import guard

COMMAND_SECONDS = 60.0
FETCH_SECONDS = 300.0
IDLE_CHUNK = 2.0
"""Seconds between two looks at whether somebody wants us to stop while the server is silent."""


SENT_NAMES = (
    "sent", "sent items", "sent mail", "sent messages", "enviados", "elementos enviados",
    "correo enviado", "mensajes enviados", "gesendet", "gesendete elemente", "gesendete objekte",
    "envoyés", "éléments envoyés", "messages envoyés", "enviadas", "itens enviados",
    "mensagens enviadas", "inviati", "posta inviata", "verzonden", "verzonden items",
)  # fmt: skip


class ImapFailure(Exception):
    """The connection is of no more use. `is_lasting`: trying again soon makes it worse."""

    def __init__(self, code: str, words: str = "", *, is_lasting: bool = False) -> None:
        super().__init__(f"{code}: {words}")
        self.code, self.words, self.is_lasting = code, words[:1000], is_lasting


class MailRefused(Exception):
    """The server will not hand over this one mail; the connection lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What SELECT says. `uidnext` is the UID that the next mail will have at least."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    uid: int
    body: bytes = field(repr=False)
    arrived_at: datetime | None


class _Imap4(imaplib.IMAP4):
    """imaplib on a guarded connection; TLS verifies the name, not the address."""

    def __init__(self, server: Server) -> None:
        self.server = server
        super().__init__(server.host, server.port, timeout=COMMAND_SECONDS)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        plain = guard.connect(self.server.host, self.server.port)
        plain.settimeout(timeout)
        if self.server.security != "tls":
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.server.host)


class _Client(IMAPClient):
    def __init__(self, server: Server) -> None:
        self.server = server
        seconds = SocketTimeout(guard.CONNECT_SECONDS, COMMAND_SECONDS)
        super().__init__(server.host, server.port, ssl=server.security == "tls", timeout=seconds)
        self.normalise_times = False  # aware datetimes

    def _create_IMAP4(self) -> _Imap4:  # noqa: N802 -- imapclient's name
        return _Imap4(self.server)


class Session:
    """A logged-in connection. Every fault of it is an ImapFailure."""

    def __init__(self, client: _Client) -> None:
        self._client = client
        self.can_idle = False

    @classmethod
    @contextlib.contextmanager
    def open(cls, server: Server) -> Iterator[Self]:
        """Connect, secure and log in; closed at the end. Raises ImapFailure."""
        with cls.connect(server) as session:
            session.log_in(server)
            yield session

    @classmethod
    @contextlib.contextmanager
    def connect(cls, server: Server) -> Iterator[Self]:
        """Connect and secure. Raises ImapFailure."""
        with faults():
            client = _Client(server)
        session = cls(client)
        try:
            if server.security == "starttls":
                with session._command():
                    client.starttls(ssl.create_default_context())
            yield session
        finally:
            with contextlib.suppress(Exception):
                client.shutdown()

    def log_in(self, server: Server) -> None:
        if server.is_unreadable:
            raise ImapFailure("secret_unreadable", is_lasting=True)
        with self._command():
            if server.grant:
                self._show_token(server.grant, server.user)
            else:
                self._client.login(server.user, server.password)
            self.can_idle = bool(self._client.has_capability("IDLE"))

    def _show_token(self, grant: Grant, user: str) -> None:
        """Log in with a token; where the server refuses it, once more with a new one."""
        token = tokens.access_token(grant)
        try:
            self._authenticate(user, token)
        except LoginError:
            token = tokens.access_token(grant, refused=token)
            try:
                self._authenticate(user, token)
            except LoginError as error:
                tokens.note_refusal(grant, str(error))
                raise

    def _authenticate(self, user: str, token: str) -> None:
        can = self._client.has_capability
        is_standard = can("AUTH=OAUTHBEARER") and not can("AUTH=XOAUTH2")
        shown = self._client.oauthbearer_login if is_standard else self._client.oauth2_login
        try:
            shown(user, token)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise LoginError(str(error)) from error

    @contextlib.contextmanager
    def _command(self, seconds: float = COMMAND_SECONDS) -> Iterator[None]:
        """A deadline for a whole command: a server that drips bytes is cut as a silent one is."""
        alarm = threading.Timer(seconds, self._cut)
        alarm.daemon = True
        alarm.start()
        try:
            with faults():
                yield
        finally:
            alarm.cancel()

    def _cut(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            self._client.socket().shutdown(socket.SHUT_RDWR)

    # -- commands
    def select(self, folder: str) -> Folder:
        """Open a folder without touching its flags."""
        try:
            with self._command():
                said: dict[bytes, Any] = self._client.select_folder(folder, readonly=True)
        except ImapFailure as failure:
            if failure.code == "server_refused":
                raise ImapFailure("folder_missing", failure.words, is_lasting=True) from failure
            raise
        uidnext = said.get(b"UIDNEXT") or max(self.uids(1), default=0) + 1
        return Folder(uidvalidity=int(said.get(b"UIDVALIDITY", 1)), uidnext=int(uidnext))

    def uids(self, first: int, last: int | None = None) -> list[int]:
        """UIDs of the folder from `first` to `last`, ascending. `n:*` names the newest mail even
        where that lies below n (RFC 3501 6.4.8), so what is out of the range is left out.
        """
        with self._command():
            self._client.noop()  # a long-lived connection may not know yet what arrived
            found = self._client.search(["UID", f"{first}:{last or '*'}"])
        return sorted(uid for uid in map(int, found) if first <= uid <= (last or uid))

    def fetch(self, uid: int) -> Fetched | None:
        """One mail, its flags untouched; None when it is gone. Raises MailRefused."""
        with self._refusals(), self._command(FETCH_SECONDS):
            said = self._client.fetch([uid], ["BODY.PEEK[]", "INTERNALDATE"]).get(uid, {})
        body = said.get(b"BODY[]")
        if body is None:
            return None
        arrived = said.get(b"INTERNALDATE")
        return Fetched(
            uid=uid, body=bytes(body), arrived_at=arrived if isinstance(arrived, datetime) else None
        )

    def headers(self, uids: list[int]) -> list[Fetched]:
        """The headers alone of these mails, their flags untouched, ascending; gone ones are left
        out."""
        with self._command(FETCH_SECONDS):
            said = self._client.fetch(uids, ["BODY.PEEK[HEADER]", "INTERNALDATE"])
        found = []
        for uid, values in sorted(said.items()):
            arrived = values.get(b"INTERNALDATE")
            found.append(
                Fetched(
                    uid=uid,
                    body=bytes(values.get(b"BODY[HEADER]") or b""),
                    arrived_at=arrived if isinstance(arrived, datetime) else None,
                )
            )
        return found

    def sent_folder(self) -> str:
        """The folder of sent mail: by its special use (RFC 6154), else by a likely name."""
        with self._command():
            folders = self._client.list_folders()
        for flags, _separator, name in folders:
            if b"\\sent" in {flag.lower() for flag in flags}:
                return str(name)
        named = {_last_part(name, separator): str(name) for _flags, separator, name in folders}
        return next((named[likely] for likely in SENT_NAMES if likely in named), "")

    def has_folder(self, name: str) -> bool:
        with self._command():
            return bool(self._client.folder_exists(name))

    def with_header(self, first: int, name: str, value: str) -> list[int]:
        """UIDs from `first` on whose header `name` contains `value`."""
        with self._command():
            self._client.noop()
            found = self._client.search(["UID", f"{first}:*", "HEADER", name, value])
        return [uid for uid in map(int, found) if uid >= first]

    def arrivals(self, uids: list[int]) -> dict[int, datetime]:
        """When the server took these mails, as far as it says."""
        found: dict[int, datetime] = {}
        for start in range(0, len(uids), 500):
            with self._command(FETCH_SECONDS):
                said = self._client.fetch(uids[start : start + 500], ["INTERNALDATE"])
            found.update(
                {uid: v[b"INTERNALDATE"] for uid, v in said.items() if b"INTERNALDATE" in v}
            )
        return found

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except ImapFailure as failure:
            if failure.code == "server_refused":
                raise MailRefused(failure.words) from failure
            raise

    def wait(self, seconds: float, goes_on: Callable[[], bool]) -> None:
        """Until the server says something, `seconds` are over, or `goes_on()` is false."""
        end = time.monotonic() + seconds
        if not self.can_idle:
            while time.monotonic() < end and goes_on():
                time.sleep(min(IDLE_CHUNK, max(0.0, end - time.monotonic())))
            return
        with self._command():
            self._client.idle()
        self._listen(end, goes_on)
        with self._command():
            self._client.idle_done()

    def _listen(self, end: float, goes_on: Callable[[], bool]) -> None:
        while (left := end - time.monotonic()) > 0 and goes_on():
            chunk, start = min(IDLE_CHUNK, left), time.monotonic()
            with faults():
                said = self._client.idle_check(timeout=chunk)
            # silence that ends early is a connection that ended: the next command says so
            if said or time.monotonic() - start < chunk / 2:
                return


def _last_part(name: object, separator: bytes | None) -> str:
    text = str(name)
    return text.rpartition(separator.decode())[2].lower() if separator else text.lower()


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """Everything that imaplib, imapclient, TLS and the network raise, as one failure."""
    try:
        yield
    except OAuthFailure as error:
        raise ImapFailure(error.code, error.words, is_lasting=error.is_lasting) from error
    except (IMAPClientError, ProtocolError, OSError, ValueError, AttributeError, EOFError) as error:
        raise failure_of(error) from error
    except (IndexError, KeyError, TypeError, AssertionError) as error:  # nonsense on the line
        raise ImapFailure("protocol", repr(error)) from error


_CODES: tuple[tuple[type[Exception], str], ...] = (
    (LoginError, "login_refused"),
    (ProtocolError, "protocol"),
    (imaplib.IMAP4.abort, "unreachable"),
    (imaplib.IMAP4.error, "server_refused"),
    (guard.Blocked, "host_blocked"),
    (socket.gaierror, "host_unknown"),
    (ssl.SSLCertVerificationError, "tls_untrusted"),
    (ssl.SSLError, "tls_failed"),
    (OSError, "unreachable"),
    (Exception, "protocol"),
)


def failure_of(error: Exception) -> ImapFailure:
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    words = str(error) or type(error).__name__
    return ImapFailure(code, words, is_lasting=code in {"login_refused", "host_blocked"})
