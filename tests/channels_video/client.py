"""tus by hand: one request at a time, straight into the application, cut where a test wants it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.test import TestCase

from omnihub.asgi import application

VERSION = {"Tus-Resumable": "1.0.0"}
T = TypeVar("T")
BYTES = "application/offset+octet-stream"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"])


def ask(
    method: str,
    path: str,
    *,
    body: Iterable[bytes] = (),
    is_cut: bool = False,
    is_silent: bool = False,
    headers: dict[str, str] | None = None,
) -> Answer:
    """`is_cut`: the client is gone after these bytes; `is_silent`: it stays, and says no more."""
    gone = {"type": "http.disconnect"}
    last = gone if is_cut else {"type": "http.request", "body": b"", "more_body": False}
    end = None if is_silent else last
    return committed(lambda: async_to_sync(_ask)(method, path, list(body), end, headers or VERSION))


def committed(step: Callable[[], T]) -> T:
    """With what a transaction does once it is over."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        return step()


async def _ask(
    method: str,
    path: str,
    body: list[bytes],
    end: dict[str, Any] | None,
    headers: dict[str, str],
) -> Answer:
    events: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in body
    ]
    events += [end] if end else []
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not events and end is None:
            await asyncio.Event().wait()
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "scheme": "http",
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
    }
    await application(scope, receive, send)
    heads = {k.decode(): v.decode("latin-1") for k, v in sent[0]["headers"]}
    content = b"".join(event.get("body", b"") for event in sent[1:])
    return Answer(sent[0]["status"], heads, content)


def create(token: str, length: int, *, name: str = "film.mp4") -> str:
    """The new upload's address."""
    said = base64.b64encode(name.encode("utf-8", "surrogatepass")).decode()
    headers = {**VERSION, "Upload-Length": str(length), "Upload-Metadata": f"filename {said}"}
    answer = ask("POST", f"/u/{token}/files", headers=headers)
    assert answer.status == 201, answer
    return answer.headers["location"]


def patch(path: str, offset: int, *body: bytes, is_cut: bool = False) -> Answer:
    headers = {**VERSION, "Upload-Offset": str(offset), "Content-Type": BYTES}
    return ask("PATCH", path, body=body, is_cut=is_cut, headers=headers)


def offset_of(path: str) -> int:
    answer = ask("HEAD", path)
    assert answer.status == 200, answer
    return int(answer.headers["upload-offset"])
