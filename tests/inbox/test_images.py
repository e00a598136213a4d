"""Pictures that a mail has elsewhere: never before they are asked for, then only through us."""

import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.adapters import fetch, guard
from conversations.models import Case, Channel, Message, Team
from inbox.views import files
from tests.people import receive

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
IMAGES = {"image/png", "image/gif"}
MADE: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "round": (302, b"", {"Location": "/round"}),
    "html": (200, b"<script>alert(1)</script>", {}),
    "large": (200, PNG + bytes(5000), {}),
    "packed": (200, PNG, {"Content-Encoding": "gzip"}),
    "gone": (404, PNG, {}),
}
RAW = {
    "endless": b"\r\n" + PNG + bytes(5000),
    "cut": b"Content-Length: 99\r\n\r\n" + PNG,
}


class Elsewhere(ThreadingHTTPServer):
    """A stranger's server, and what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def handle_error(self, *_: object) -> None:
        """Who was cut off has nothing to say."""


class Answers(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        kind = self.path.split("/")[1]
        if kind == "to":
            self.answer(302, Location=self.path.removeprefix("/to/"))
        elif kind == "trickle":
            for _ in range(100):
                self.wfile.write(b"H")
                time.sleep(0.05)
        elif kind in RAW:
            self.wfile.write(b"HTTP/1.0 200 OK\r\n" + RAW[kind])
        else:
            status, content, headers = MADE.get(kind, (200, PNG, {"Set-Cookie": "a=b"}))
            self.answer(status, content, **headers)

    def answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        sent = {"Content-Type": "image/png", "Content-Length": str(len(content)), **headers}
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Elsewhere]:
    """On the loopback, allowed under its name and not under its address."""
    settings.OMNIHUB_ALLOW_HOSTS = ["localhost"]
    with Elsewhere() as server:
        monkeypatch.setitem(fetch.PORTS, "http", server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refused(url: str, most: int = 1000) -> str:
    with pytest.raises(fetch.FetchFailure) as caught:
        fetch.fetch(url, most=most, types=IMAGES)
    return caught.value.code


def test_fetches_without_telling_who_looks(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    url = "http://localhost/to//ring ñ.png?size=1&x=%20#top"
    assert fetch.fetch(url, most=len(PNG), types=IMAGES) == fetch.Fetched(PNG, "image/png")
    assert [path for path, _ in elsewhere.asked][1:] == ["/ring%20%C3%B1.png?size=1&x=%20"]
    for _, headers in elsewhere.asked:
        assert headers == {
            "Host": "localhost", "User-Agent": "omnihub", "Accept": "image/*",
            "Accept-Encoding": "identity", "Connection": "close",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("html", "type"), ("large", "large"), ("endless", "large"), ("packed", "encoding"),
        ("cut", "unreachable"), ("gone", "status"), ("round", "redirects"),
        ("to/http://127.0.0.1/", "blocked"), ("to/http://10.0.0.1/", "blocked"),
        ("to/file:///etc/passwd", "address"), ("to/http://localhost:22/", "address"),
    ],
)  # fmt: skip
def test_refuses(elsewhere: Elsewhere, path: str, code: str) -> None:
    assert refused(f"http://localhost/{path}") == code
    assert len(elsewhere.asked) == (4 if path == "round" else 1)


def test_a_private_host_sees_no_connection(elsewhere: Elsewhere, settings: Settings) -> None:
    settings.OMNIHUB_ALLOW_HOSTS = []
    for host in ("localhost", "127.0.0.1", "[::1]", "2130706433", "[::ffff:127.0.0.1]"):
        assert refused(f"http://{host}/") == "blocked", host
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "url",
    ["ftp://localhost/", "//localhost/", "http://a:b@localhost/", "http://localhost:1/", "http://",
     "http://[/", "http://localhost:x/", "http://" + "a" * 70 + "/", "remote:http://localhost/"],
)  # fmt: skip
def test_other_addresses_are_none(elsewhere: Elsewhere, url: str) -> None:
    assert refused(url) == "address"
    assert elsewhere.asked == []


def test_has_an_end_in_time(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.3)
    began = time.monotonic()
    assert refused("http://localhost/trickle") == "slow"
    assert time.monotonic() - began < 2


def test_asks_tls_for_the_name(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def wrap(context: ssl.SSLContext, *_: object, server_hostname: str) -> None:
        asked.append((server_hostname, context.check_hostname, context.verify_mode))
        raise ssl.SSLCertVerificationError

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
    monkeypatch.setitem(fetch.PORTS, "https", elsewhere.server_port)
    assert refused("https://localhost/") == "unreachable"
    assert asked == [("localhost", True, ssl.CERT_REQUIRED)]


@pytest.fixture
def message(support: Channel) -> Message:
    message = receive(support, "dana@post.example")
    message.html = (
        '<p>Hi</p><img src="remote:http://localhost/1.png"><img src="remote:http://localhost/html">'
        '<img src="remote:http://127.0.0.1/2.png"><a href="remote:http://localhost/1.png">x</a>'
    )
    message.save()
    return message


def base(message: Message) -> str:
    return f"/inbox/c/{message.case_id}/m/{message.pk}"


@pytest.mark.django_db
def test_nothing_is_asked_for_before(
    desk: Client, message: Message, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "connect", None)
    frame = desk.get(f"{base(message)}/body")
    assert "<img>" in frame.content.decode()
    assert "localhost" not in frame.content.decode()
    assert "/images/" not in frame.headers["Content-Security-Policy"]
    thread = desk.get(f"/inbox/q/all/c/{message.case_id}/").content.decode()
    assert "3 remote images are blocked" in thread
    assert f'href="{base(message)}/body?images=1" target="mail-{message.pk}"' in thread
    assert "localhost" not in thread
    assert elsewhere.asked == []


@pytest.mark.django_db
def test_asked_for_they_come_from_us(desk: Client, message: Message, elsewhere: Elsewhere) -> None:
    frame = desk.get(f"{base(message)}/body?images=1")
    for number in range(3):
        assert f'<img src="{base(message)}/images/{number}/">' in frame.content.decode()
    assert "localhost" not in frame.content.decode()
    ours = f"http://testserver/inbox/attachments/ http://testserver{base(message)}/images/ data:;"
    assert f"img-src {ours}" in frame.headers["Content-Security-Policy"]
    assert elsewhere.asked == []
    answered = desk.get(f"{base(message)}/images/0/")
    assert answered.content == PNG
    assert answered.headers["Content-Type"] == "image/png"
    assert answered.headers["Cache-Control"] == "private, max-age=86400"
    assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert answered.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Set-Cookie" not in answered.headers
    for number in (1, 2, 3, 10**30):
        answered = desk.get(f"{base(message)}/images/{number}/")
        assert answered.status_code == 404
        assert b"alert" not in answered.content
    assert [path for path, _ in elsewhere.asked] == ["/1.png", "/html"]


@pytest.mark.django_db
def test_pictures_of_an_invisible_case_do_not_exist(
    desk: Client, message: Message, warranty: Team, elsewhere: Elsewhere
) -> None:
    assert desk.post(f"{base(message)}/images/0/").status_code == 405
    assert desk.get(f"/inbox/c/0/m/{message.pk}/images/0/").status_code == 404
    Case.objects.update(team=warranty)
    assert desk.get(f"{base(message)}/images/0/").status_code == 404
    assert elsewhere.asked == []


@pytest.mark.django_db
def test_a_larger_one_stays_away(
    desk: Client, message: Message, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", len(PNG) - 1)
    answered = desk.get(f"{base(message)}/images/0/")
    assert answered.status_code == 404
    assert "no-store" in answered.headers["Cache-Control"]
