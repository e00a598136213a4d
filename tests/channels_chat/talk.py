"""A visitor's frame as a program: by calls that need no server, and over a real socket."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack
from socket import SHUT_RDWR
from typing import Any

from websockets.sync.client import ClientConnection, connect

from channels_chat import desk
from channels_chat.desk import Session
from channels_chat.errors import Problem
from channels_chat.models import ChatSettings, Visitor

Frame = dict[str, Any]


class Talk:
    """What a socket does with each frame, in this very thread and transaction."""

    def __init__(self, chat: ChatSettings, token: str = "", **hello: Any) -> None:
        self.token = token
        self.session = Session(settings=chat, remote="203.0.113.9")
        [self.welcome] = self._run(desk.hello, {"type": "hello", "token": token, **hello})

    def _run(self, does: Any, *args: Any) -> list[Frame]:
        self.session, frames = does(self.session, *args)
        for frame in frames:
            if frame["type"] == "token":
                self.token = frame["token"]
        return json.loads(json.dumps(frames))  # type: ignore[no-any-return]

    def do(self, kind: str, **said: Any) -> list[Frame]:
        """The answers; an error is one."""
        frame = {"type": kind, **said}
        try:
            return self._run(desk.DOES[kind], frame, json.dumps(frame))
        except Problem as problem:
            return [{"type": "error", "code": problem.code}]

    def say(self, text: str, **said: Any) -> Frame:
        """In a visit that has begun; the `ack` or the error."""
        if not self.token:
            self.do("start")
        return self.do("say", id=str(uuid.uuid4()), text=text, **said)[0]

    def news(self) -> list[Frame]:
        return self._run(lambda session: desk.news(session, is_beat=False))

    @property
    def texts(self) -> list[str]:
        """All that a frame that opens now shows."""
        again = Talk(self.session.settings, self.token)
        return [entry["text"] for entry in again.welcome["entries"]]

    @property
    def visitor(self) -> Visitor:
        found = desk.whose(self.session)
        assert found is not None
        return found


class Socket:
    """Over a real server, as a browser's frame: remembers what it is shown."""

    def __init__(self, live: str, chat: ChatSettings, token: str = "") -> None:
        self.live, self.key, self.token = live, chat.key, token
        self.shown: dict[int, Frame] = {}
        self.revision = 0
        self._open = ExitStack()
        self._socket: ClientConnection | None = None

    def open(self, *, origin: str | None = "", hello: bool = True) -> ClientConnection:
        door = connect(
            f"{self.live.replace('http', 'ws')}/w/{self.key}/socket",
            origin=self.live if origin == "" else origin,  # type: ignore[arg-type]  # NewType of str
            compression=None,
            open_timeout=10,
        )
        self._socket = self._open.enter_context(door)
        if hello:
            self.send("hello", token=self.token, after=self.revision, locale="en")
            self.until("welcome")
        return self._socket

    def begin(self) -> None:
        self.send("start")
        self.until("token")

    def cut(self) -> None:
        """Without a word, as a network does."""
        assert self._socket is not None
        self._socket.socket.shutdown(SHUT_RDWR)
        self._socket = None

    def send(self, kind: str, **said: Any) -> None:
        assert self._socket is not None
        self._socket.send(json.dumps({"type": kind, **said}))

    def say(self, text: str, client: str = "") -> str:
        client = client or str(uuid.uuid4())
        self.send("say", id=client, text=text)
        return client

    def hear(self, seconds: float = 10) -> Frame:
        assert self._socket is not None
        frame: Frame = json.loads(self._socket.recv(timeout=seconds))
        if frame["type"] == "token":
            self.token = frame["token"]
        if "entries" in frame and not frame.get("older"):
            if frame["reset"]:
                self.shown.clear()
            for gone in frame["gone"]:
                self.shown.pop(gone, None)
            self.shown.update({entry["id"]: entry for entry in frame["entries"]})
            self.revision = frame["revision"]
        return frame

    def until(self, kind: str, **wanted: Any) -> Frame:
        """The next frame of a type, with these values."""
        while True:
            frame = self.hear()
            if frame["type"] == kind and all(frame.get(k) == v for k, v in wanted.items()):
                return frame

    def until_shown(self, text: str) -> None:
        while text not in self.texts:
            self.hear()

    @property
    def texts(self) -> list[str]:
        order = sorted(self.shown.values(), key=lambda entry: (entry["at"], entry["id"]))
        return [entry["text"] for entry in order]

    def close(self) -> None:
        self._open.close()
