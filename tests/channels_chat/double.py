"""The hub's side of a frame's socket as docs/decisions/0100 tells it, for states that are hard to
bring about: a connection that drops, a token that ran out, somebody who was blocked."""

from __future__ import annotations

import json
import time
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

AT = "2026-11-28T13:0{}:00Z"
TEAM = {"state": "open", "opens_at": None, "wait": 240, "offers_email": False}
CASE = {
    "id": 7, "number": "1007", "topic": "Pro 2 shuts off", "state": "waiting", "agent": None,
    "unread": 0, "place": None, "rating": None, "left_to": "",
}  # fmt: skip
NOBODY = {"known": False, "name": "", "address": "", "address_state": "none", "identified": False}


def entry(number: int, who: str, text: str, **more: Any) -> dict[str, Any]:
    name = {"agent": "Priya", "visitor": "Dana"}.get(who, "")
    return {
        "id": number, "at": AT.format(number % 10), "from": who, "name": name, "text": text,
        "html": "", "channel": "chat", "client": "", "case": 7, "files": [], "redacted": False,
        **more,
    }  # fmt: skip


class Double:
    """Answers on its own to `hello`, `start` and `say`; a test says the rest."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.thread: list[dict[str, Any]] = []
        self.team: dict[str, Any] = dict(TEAM)
        self.case: dict[str, Any] | None = None
        self.visitor = {**NOBODY, "blocked": False}
        self.heard: list[dict[str, Any]] = []
        self.answers = True
        self.is_up = True
        self.expired = False
        self.socket: WebSocketRoute | None = None
        page.route_web_socket("**/socket", self._opened)

    def _opened(self, socket: WebSocketRoute) -> None:
        if not self.is_up:
            socket.close(code=1011)
            return
        self.socket = socket
        socket.on_message(lambda said: self._hear(json.loads(said)))

    def say(self, type: str, **fields: Any) -> None:  # noqa: A002 -- the protocol's word
        assert self.socket is not None
        self.socket.send(json.dumps({"type": type, **fields}))

    def drop(self, code: int = 1006) -> None:
        assert self.socket is not None
        self.is_up = False
        self.socket.close(code=1011 if code == 1006 else code)

    def last(self, type: str, **fields: Any) -> dict[str, Any]:  # noqa: A002 -- the protocol's word
        """The latest frame of a type with these fields, once it has come."""
        wanted = {"type": type, **fields}
        end = time.monotonic() + 10
        while not (found := [one for one in self.heard if {**one, **wanted} == one]):
            assert time.monotonic() < end, f"no {fields} of {self.heard}"
            self.page.evaluate("0")  # lets what has arrived be heard
        return found[-1]

    @property
    def revision(self) -> int:
        return len(self.thread)

    def bring(self, *entries: dict[str, Any]) -> None:
        self.thread += entries
        self.say("entries", entries=list(entries), revision=self.revision, reset=False, gone=[])

    def _hear(self, frame: dict[str, Any]) -> None:
        self.heard.append(frame)
        if frame["type"] == "hello":
            self._welcome(frame)
        elif frame["type"] == "start":
            self.say("token", token="t" * 43)
        elif frame["type"] == "claim":
            self.say("address", address="d•••@hey.example", state="claimed")
        elif frame["type"] == "confirm":
            self.say("code_sent", address="d•••@hey.example")
        elif frame["type"] == "code":
            self.say("error", code="wrong_code")
        elif frame["type"] == "rate":
            self.say(
                "case", case={**(self.case or CASE), "state": "resolved", "rating": frame["score"]}
            )
        elif frame["type"] == "say" and self.answers:
            self._take(frame)

    def _welcome(self, frame: dict[str, Any]) -> None:
        after = frame["after"]
        self.say(
            "welcome", visitor=self.visitor, revision=self.revision, entries=self.thread[after:],
            more=False, reset=after == 0, case=self.case, team=self.team, expired=self.expired,
        )  # fmt: skip

    def _take(self, frame: dict[str, Any]) -> None:
        known = next((one for one in self.thread if one["client"] == frame["id"]), None)
        if known is None:
            known = entry(self.revision + 1, "visitor", frame["text"], client=frame["id"])
            self.thread.append(known)
        self.say("ack", id=frame["id"], message=known["id"], at=known["at"], revision=self.revision)
