"""A tab of the desk as a program: its socket, and what a page asks for when something moved."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from websockets.sync.client import ClientConnection, connect

from conversations import presence
from conversations.models import Agent, Case

ROW = re.compile(r'id="c-(\d+)"')
ENTRY = re.compile(r'id="m-(\d+)" data-at="([^"]+)"')


class Tab:
    """One agent's, on one list and one case. Its socket may be cut and come back at any time."""

    def __init__(self, live: str, agent: Agent, client: Client | None = None) -> None:
        self.live = live
        self.client = client or Client(SERVER_NAME=urlsplit(live).hostname or "")
        self.client.force_login(agent)
        self.socket: ClientConnection | None = None
        self._open = ExitStack()

    @property
    def cookie(self) -> str:
        name = settings.SESSION_COOKIE_NAME
        return f"{name}={self.client.cookies[name].value}"

    def open(self, *, origin: str | None = "", cookie: str | None = None) -> ClientConnection:
        door = connect(
            self.live.replace("http", "ws") + "/ws/inbox/",
            origin=self.live if origin == "" else origin,  # type: ignore[arg-type]  # NewType of str
            additional_headers={"Cookie": self.cookie if cookie is None else cookie},
            compression=None,
            open_timeout=10,
        )
        self.socket = self._open.enter_context(door)
        return self.socket

    def cut(self) -> None:
        """Without a word, as a network does."""
        if self.socket is not None:
            self.socket.socket.shutdown(SHUT_RDWR)
            self.socket = None

    def shows(self, case: int | None = None, rows: list[int] | None = None) -> None:
        self.say({"type": "shows", "case": case, "rows": rows or []})

    def say(self, frame: object) -> None:
        assert self.socket is not None
        self.socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    def hear(self, seconds: float = 5, *, but: str = "") -> dict[str, Any] | None:
        """The next frame, but for those of a kind; none within so long."""
        assert self.socket is not None
        end = time.monotonic() + seconds
        while True:
            try:
                frame: dict[str, Any] = json.loads(self.socket.recv(max(0, end - time.monotonic())))
            except TimeoutError:
                return None
            if frame["type"] != but:
                return frame

    def until(self, kind: str) -> dict[str, Any]:
        """The next frame of a kind. Fails when there comes none."""
        while (frame := self.hear()) is not None:
            if frame["type"] == kind:
                return frame
        raise AssertionError(f"no frame of type {kind}")

    def close(self) -> None:
        self._open.close()


@contextmanager
def tab(live: str, agent: Agent) -> Iterator[Tab]:
    """A tab that listens."""
    opened = Tab(live, agent)
    try:
        opened.open()
        opened.until("hello")
        yield opened
    finally:
        opened.close()


def there(opened: Tab, case: Case, agent: Agent) -> Tab:
    """The tab shows the case, and it is known."""
    opened.shows(case.pk, [case.pk])
    wait_for(lambda: agent.pk in presence.at(case.pk, but=0).states)
    return opened


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)
