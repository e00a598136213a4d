"""A receiver of webhooks: a real server that verifies what it gets with the standard's library."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook


class Receiver(ThreadingHTTPServer):
    """Answers with `status` and `headers`; `mood` may be to hang or to cut the line."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.status = 204
        self.headers: Mapping[str, str] = {}
        self.answer = b""
        self.mood = ""
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?shop=1"

    def types(self, secret: str) -> list[str]:
        return [said["type"] for said in self.read(secret)]

    def read(self, secret: str) -> list[dict[str, Any]]:
        """Every body, verified. Raises WebhookVerificationError."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.got]

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.shutdown()
        self.server_close()


class Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.got.append((dict(self.headers.items()), self.rfile.read(length)))
        if self.server.mood == "hang":
            time.sleep(2)
        if self.server.mood:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        said = {**self.server.headers, "Content-Length": str(len(self.server.answer))}
        for name, value in said.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *args: object) -> None:
        """The test's output stays its own."""
