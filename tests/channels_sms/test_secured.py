"""A line that breaks below TLS: before the request it reached nobody, behind it it may have."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels_sms.models import SmsAccount
from conversations import outbox
from conversations.models import Agent, Delivery
from tests.channels_email.dovecot import write_certificate
from tests.channels_sms.phone import write
from tests.people import answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A listening socket, whose certificate is known to requests."""
    write_certificate(tmp_path)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "cert.pem"))
    monkeypatch.setattr("requests.adapters._preloaded_ssl_context", None, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


@pytest.fixture
def queued(account: SmsAccount, secured: socket.socket, priya: Agent) -> Delivery:
    account.api_url = f"https://127.0.0.1:{secured.getsockname()[1]}"
    account.save()
    return answer(write(account.channel, "Hello?").case, priya, "Once").deliveries.get()


def _take_and_babble(server: socket.socket, folder: Path, taken: list[bytes]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    plain, _ = server.accept()
    line = context.wrap_socket(plain, server_side=True)
    while b"Once" not in b"".join(taken):
        taken.append(line.recv(65536))
    with socket.socket(fileno=line.detach()) as bare:
        bare.sendall(b"HTTP/1.1 502 in the clear\r\n\r\n")


def test_what_breaks_behind_the_request_may_have_been_sent(
    queued: Delivery, secured: socket.socket, tmp_path: Path
) -> None:
    taken: list[bytes] = []
    provider = threading.Thread(target=_take_and_babble, args=(secured, tmp_path, taken))
    provider.start()
    assert outbox.deliver(queued.pk) == "unknown"
    provider.join()
    assert b"Messages.json" in b"".join(taken)


def test_what_breaks_before_it_reached_nobody(queued: Delivery, secured: socket.socket) -> None:
    def babble() -> None:
        with secured.accept()[0] as bare:
            bare.sendall(b"HTTP/1.1 400 in the clear\r\n\r\n")

    provider = threading.Thread(target=babble)
    provider.start()
    assert outbox.deliver(queued.pk) == "queued"
    provider.join()
