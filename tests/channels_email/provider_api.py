"""Mail providers' sending APIs on loopback, as far as they publish them; keeps what it is sent."""

import base64
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.channels_email.servers import free_port

KEY, ID = "key-canary-1", "id-canary-1"
TO = "ana@client.example"


def basic(user: str, password: str) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass(frozen=True)
class Api:
    """Where it listens, what proves who asks (None: in the body), and how it says yes."""

    path: str
    proof: tuple[str, str] | None
    answer: Any
    status: int = 200
    base: str = ""


APIS = {
    "amazon_ses": Api("/v2/email/outbound-emails", ("Authorization", ""), {"MessageId": "id-1"}),
    "brevo": Api("/smtp/email", ("api-key", KEY), {"messageId": "id-1"}, 201),
    "mailersend": Api("/v1/email", ("Authorization", f"Bearer {KEY}"), {}, 202, base="/v1"),
    "mailgun": Api(
        "/v3/kalma.example/messages",
        basic("api", KEY),
        {"id": "<id-1@kalma.example>", "message": "Queued. Thank you."},
        base="/v3",
    ),
    "mailjet": Api(
        "/v3.1/send",
        basic(ID, KEY),
        {
            "Messages": [
                {
                    "Status": "success",
                    "To": [{"Email": TO, "MessageUUID": "u", "MessageID": 1, "MessageHref": "h"}],
                    "Cc": [],
                    "Bcc": [],
                }
            ]
        },
        base="/v3.1",
    ),
    "mailtrap": Api("/send", ("Api-Token", KEY), {"success": True, "message_ids": ["id-1"]}),
    "mandrill": Api("/messages/send.json", None, [{"email": TO, "status": "sent", "_id": "id-1"}]),
    "postal": Api(
        "/api/v1/send/message",
        ("X-Server-API-Key", KEY),
        {"status": "success", "data": {"messages": {TO: {"id": "id-1", "token": "t"}}}},
    ),
    "postmark": Api(
        "/email",
        ("X-Postmark-Server-Token", KEY),
        {"To": TO, "MessageID": "id-1", "ErrorCode": 0, "Message": "OK"},
    ),
    "resend": Api("/emails", ("Authorization", f"Bearer {KEY}"), {"id": "id-1"}),
    "scaleway": Api(
        "/fr-par/emails",
        ("X-Auth-Token", KEY),
        {"emails": [{"id": "e", "message_id": "id-1", "mail_rcpt": TO, "status": "new"}]},
        base="/{region}",
    ),
    "sendgrid": Api("/mail/send", ("Authorization", f"Bearer {KEY}"), None, 202),
    "sparkpost": Api(
        "/transmissions/",
        ("Authorization", KEY),
        {
            "results": {
                "total_rejected_recipients": 0,
                "total_accepted_recipients": 1,
                "id": "id-1",
            }
        },
    ),
    "unisender_go": Api(
        "/email/send.json",
        ("X-API-KEY", KEY),
        {"status": "success", "job_id": "id-1", "emails": [TO]},
    ),
}


@dataclass
class Simulator:
    """`mood` is (status, headers, body), or `hang`, or None for the provider's usual yes."""

    mood: tuple[int, dict[str, str], bytes] | str | None = None
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = field(default_factory=free_port)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}{APIS[name].base}"

    def _answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        if isinstance(self.mood, tuple):
            return self.mood
        api = next(api for api in APIS.values() if api.path == path)
        body = b"" if api.answer is None else json.dumps(api.answer).encode()
        return api.status, {"Content-Type": "application/json", "X-Message-Id": "id-1"}, body

    def __enter__(self) -> Self:
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                simulator.seen.append((self.path, headers, body))
                if simulator.mood == "hang":
                    time.sleep(3)
                    return
                if simulator.mood == "cut":
                    self.connection.close()
                    return
                status, more, content = simulator._answer(self.path)
                self.send_response(status)
                for name, value in {**more, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                """The test's output stays its own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
