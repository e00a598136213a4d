"""Twilio's API for texts on loopback, with moods; keeps what it accepted."""

import json
import threading
import time
from base64 import b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

from tests.channels_sms import published

ACCOUNT, TOKEN = published.ACCOUNT, "token-canary-1"
LOGIN = "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


@dataclass
class Gateway:
    """`moods` are used up one a request: (status, body) or `hang`, which takes it and is silent,
    or `cut`, which takes it and closes the connection.

    What the published API does not know is refused, and stands in `faults`.
    """

    moods: list[Any] = field(default_factory=list)
    accepted: list[dict[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path with query, and body, as they came."""
    faults: list[str] = field(default_factory=list)
    is_judged: bool = True
    listed: list[dict[str, Any]] = field(default_factory=list)
    next_page: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                gateway.get(self)

            def do_POST(self) -> None:
                gateway.post(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def post(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        fields = {name: values[0] for name, values in parse_qs(body, True).items()}
        self.asked.append(("POST", request.path, dict(request.headers), fields))
        if not self.takes(request, body):
            return
        mood = self.moods.pop(0) if self.moods else None
        if isinstance(mood, tuple):
            self.answer(request, *mood)
            return
        if request.headers["Authorization"] != LOGIN:
            self.answer(request, 401, {"code": 20003, "message": "Authenticate"})
            return
        self.accepted.append(fields)
        if mood == "hang":
            self.released.wait(5)
        elif mood == "cut":
            request.connection.close()
        else:
            self.answer(request, 201, {"sid": f"SM{len(self.accepted):032d}", "status": "queued"})

    def get(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(("GET", request.path, dict(request.headers), {}))
        if not self.takes(request, ""):
            return
        if request.path in self.files:
            status, headers, content = self.files[request.path]
            self.answer(request, status, content, headers)
        elif "/Messages.json" in request.path:
            page, self.next_page = self.next_page or None, ""
            rows = [] if "?Page=" in request.path else self.listed
            self.answer(request, 200, {"messages": rows, "next_page_uri": page})
        elif request.path.endswith("/Media.json"):
            self.answer(request, 200, {"media_list": self.parts})
        else:
            self.answer(request, 200, {"sid": ACCOUNT})

    def takes(self, request: BaseHTTPRequestHandler, body: str) -> bool:
        self.sent.append((request.command, request.path, body))
        elsewhere = request.path in self.files and not request.path.startswith("/2010-04-01/")
        found = [] if elsewhere or not self.is_judged else published.faults(*self.sent[-1])
        self.faults += found
        if found:
            self.answer(request, 400, {"code": 20001, "message": "; ".join(found)})
        return not found

    def answer(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        body: Any,
        headers: dict[str, str] | None = None,
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


def wait_for(count: int, gateway: Gateway, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while len(gateway.accepted) < count and time.monotonic() < end:
        time.sleep(0.01)
