"""Transmission by SMTP, once, with every answer of the server told apart.

The one moment that cannot be known is between the final dot and its answer: whatever breaks there
is OutcomeUnknown, everything before it is surely not sent (RFC 5321 4.5.4.2, 6.1).
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping

from channels_email import sasl, tokens
from channels_email.config import Server
from channels_email.oauth import Grant, OAuthFailure
from conversations.adapters import guard
from conversations.adapters.base import OutcomeUnknown, PermanentFailure, TransientFailure
from conversations.faults import failpoint

TOTAL_SECONDS, MOST_SECONDS = 30.0, 50.0
"""For the whole dialogue; the longer one for big mails, still within the outbox's lease."""
BYTES_A_SECOND = 1024 * 1024
LOGIN_PAUSE = 15 * 60.0
"""Seconds before a refused login is tried again: servers lock accounts that insist."""

Refused = Mapping[str, tuple[str, str]]


class _Client(smtplib.SMTP):
    """smtplib on guarded connections; the host's name stays the one that TLS verifies."""

    def __init__(self, server: Server, *, local_name: str, seconds: float) -> None:
        self.server = server
        super().__init__(local_hostname=local_name, timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = guard.connect(host, port)
        plain.settimeout(timeout)
        if self.server.security != "tls":
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)

    def open(self) -> None:
        """Connect, greet, secure and log in."""
        self._host = self.server.host  # starttls verifies this name
        self.connect(self.server.host, self.server.port)
        self.ehlo_or_helo_if_needed()
        if self.server.security == "starttls":
            self.starttls(context=ssl.create_default_context())
            self.ehlo()
        if self.server.grant:
            self._show_token(self.server.grant)
        elif self.server.user:
            self.login(self.server.user, self.server.password)

    def _show_token(self, grant: Grant) -> None:
        """Log in with a token; where the server refuses it, once more with a new one."""
        token = tokens.access_token(grant)
        try:
            self._authenticate(token)
        except smtplib.SMTPAuthenticationError:
            token = tokens.access_token(grant, refused=token)
            try:
                self._authenticate(token)
            except smtplib.SMTPAuthenticationError as error:
                tokens.note_refusal(grant, _words(error))
                raise

    def _authenticate(self, token: str) -> None:
        if not self.has_extn("auth"):
            raise smtplib.SMTPNotSupportedError("AUTH is not offered")
        offered = self.esmtp_features["auth"].upper().split()
        name, said = sasl.initial(offered, self.server.user, token)
        # an error comes as a challenge; its answer is empty, then the refusal follows
        self.auth(name, lambda challenge=None: said if challenge is None else sasl.GIVE_UP[name])


def deliver(
    server: Server, *, sender: str, recipients: tuple[str, ...], content: bytes, local_name: str
) -> Refused:
    """Hand a mail over. Returns the recipients that the server refused while it took the mail.

    Raises TransientFailure, PermanentFailure or OutcomeUnknown.
    """
    seconds = min(MOST_SECONDS, TOTAL_SECONDS + len(content) / BYTES_A_SECOND)
    with session(server, local_name=local_name, seconds=seconds) as client:
        refused = _envelope(client, sender, recipients, content)
        if len(refused) < len(recipients):
            _data(client, content)
            failpoint("email.after_data")
    return refused


@contextlib.contextmanager
def session(
    server: Server, *, local_name: str, seconds: float = TOTAL_SECONDS
) -> Iterator[_Client]:
    """A logged-in connection that is cut when `seconds` are over, whatever it is doing."""
    if server.is_unreadable:
        raise TransientFailure("secret_unreadable", retry_after=LOGIN_PAUSE)
    client = _Client(server, local_name=local_name, seconds=seconds)
    alarm = threading.Timer(seconds, _cut, [client])
    alarm.daemon = True
    alarm.start()
    try:
        with _faults():
            client.open()
            yield client
        with contextlib.suppress(OSError, smtplib.SMTPException):
            client.quit()
    finally:
        alarm.cancel()
        client.close()


def _cut(client: _Client) -> None:
    """A blocked read or write ends at once when its socket is shut down."""
    with contextlib.suppress(OSError, AttributeError):
        client.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """What goes wrong up to the final dot: surely not sent."""
    try:
        yield
    except guard.Blocked as error:
        raise PermanentFailure("host_blocked", words=str(error)) from error
    except OAuthFailure as error:
        pause = LOGIN_PAUSE if error.is_lasting else None
        raise TransientFailure(error.code, words=error.words, retry_after=pause) from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise failure_of(error) from error


def failure_of(error: Exception) -> TransientFailure:
    """A fault of connection, TLS, login or server, by the first name that fits."""
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    is_lasting = code in {"login_refused", "not_supported"}
    pause = LOGIN_PAUSE if is_lasting else None
    return TransientFailure(code, words=_words(error), retry_after=pause)


_CODES: tuple[tuple[type[Exception], str], ...] = (
    (UnicodeError, "login_refused"),  # smtplib logs in with ASCII alone
    (socket.gaierror, "host_unknown"),
    (ssl.SSLCertVerificationError, "tls_untrusted"),
    (ssl.SSLError, "tls_failed"),
    (smtplib.SMTPAuthenticationError, "login_refused"),
    (smtplib.SMTPNotSupportedError, "not_supported"),
    (smtplib.SMTPResponseException, "deferred"),
    (Exception, "unreachable"),
)


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return answer_words(error.smtp_code, error.smtp_error)
    if isinstance(error, UnicodeError):  # it quotes what it could not write
        return "not ASCII"
    return (str(error) or type(error).__name__)[:1000]


def answer_words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:1000].replace("\x00", "")


def _envelope(
    client: _Client, sender: str, recipients: tuple[str, ...], content: bytes
) -> dict[str, tuple[str, str]]:
    options = _mail_options(client, (sender, *recipients), content)
    _check(client.mail(sender, options), "sender_refused")
    answers = {address: client.rcpt(address) for address in recipients}
    refused = {address: a for address, a in answers.items() if not _is_good(a[0])}
    if len(refused) == len(recipients) and any(_is_temporary(a[0]) for a in refused.values()):
        raise TransientFailure("deferred", words=answer_words(*next(iter(refused.values()))))
    return {address: (_recipient_code(a[0]), answer_words(*a)) for address, a in refused.items()}


def _mail_options(client: _Client, addresses: tuple[str, ...], content: bytes) -> list[str]:
    """Extensions that this mail needs, as far as the server offers them (RFC 1870, RFC 6531)."""
    limit = client.esmtp_features.get("size", "")
    if limit.isdigit() and 0 < int(limit) < len(content):
        raise PermanentFailure("too_large", words=f"SIZE {limit}", size=len(content))
    options = [f"SIZE={len(content)}"] if "size" in client.esmtp_features else []
    if all(address.isascii() for address in addresses):
        return options
    if "smtputf8" not in client.esmtp_features:
        raise PermanentFailure("address_not_supported", words="SMTPUTF8")
    client.command_encoding = "utf-8"
    return [*options, "SMTPUTF8", "BODY=8BITMIME"]


def _is_good(code: int) -> bool:
    return code in {250, 251}


def _is_temporary(code: int) -> bool:
    return 400 <= code < 500  # noqa: PLR2004 -- RFC 5321 4.2.1


def _recipient_code(code: int) -> str:
    return "recipient_deferred" if _is_temporary(code) else "recipient_refused"


def _check(answer: tuple[int, bytes], code: str) -> None:
    if _is_good(answer[0]):
        return
    failure = TransientFailure if _is_temporary(answer[0]) or answer[0] < 0 else PermanentFailure
    raise failure("deferred" if failure is TransientFailure else code, words=answer_words(*answer))


def _data(client: _Client, content: bytes) -> None:
    """DATA in two halves, so that what breaks after the final dot is known as such."""
    client.putcmd("data")
    answer = client.getreply()
    if answer[0] != 354:  # noqa: PLR2004 -- "start mail input"
        _check((answer[0] if answer[0] >= 400 else 451, answer[1]), "content_refused")  # noqa: PLR2004
    client.send(_stuffed(content))
    try:
        answer = client.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown("outcome_unknown", words=str(error)) from error
    _check(answer, "content_refused")


def _stuffed(content: bytes) -> bytes:
    """Lines that start with a dot get another (RFC 5321 4.5.2); the end is a dot alone."""
    body = content if content.endswith(b"\r\n") else content + b"\r\n"
    stuffed = body.replace(b"\r\n.", b"\r\n..")
    return (b"." + stuffed if stuffed.startswith(b".") else stuffed) + b".\r\n"
