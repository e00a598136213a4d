"""A visitor writes and an agent's page hears of it, beside the least that this can take.

Then what an idle visitor weighs, how many come in a second, and how many messages are taken when
all write in the same moment.

    ./hub bench chat [VISITORS [SECONDS]]
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client
from websockets.asyncio.client import ClientConnection, connect

from bench._setup import p50_p95
from bench.live import resident
from channels_chat.models import ChatSettings
from conversations.models import Agent, Channel, Message, Team

if TYPE_CHECKING:
    from collections.abc import Iterator

HUB, FLOOR = 8798, 8797
WRITERS, EVERY = 20, 0.5
"""Visitors who write while it is measured, and seconds between two messages of one."""
AT_ONCE = 50
"""Sockets that knock at the same moment."""


@contextmanager
def served(*command: str) -> Iterator[int]:
    """A web process with a pool, and without the limits that one address has; its number."""
    free = {
        "OMNIHUB_DB_POOL": "10",
        "OMNIHUB_CHAT_PER_ADDRESS": "0",
        "OMNIHUB_CHAT_PER_CHANNEL": "0",
    }
    quiet = subprocess.DEVNULL
    web = subprocess.Popen(
        [sys.executable, "-m", *command], stdout=quiet, stderr=quiet, env={**os.environ, **free}
    )
    try:
        time.sleep(4)
        yield web.pid
    finally:
        web.terminate()
        web.wait()


async def door(port: int, path: str, **headers: str) -> ClientConnection:
    return await connect(
        f"ws://127.0.0.1:{port}{path}",
        origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]  # NewType of str
        additional_headers=headers,
        compression=None,
        open_timeout=120,
        ping_interval=None,
    )


async def until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(await socket.recv())
        if frame["type"] == kind:
            return frame


async def visitor(key: str, knocks: asyncio.Semaphore) -> ClientConnection:
    async with knocks:
        socket = await door(HUB, f"/w/{key}/socket")
        await socket.send(json.dumps({"type": "hello", "token": "", "locale": "en"}))
        await until(socket, "welcome")
    return socket


async def says(socket: ClientConnection, text: str) -> dict[str, Any]:
    """The acknowledgement: from here on it is safe."""
    await socket.send(json.dumps({"type": "say", "id": str(uuid.uuid4()), "text": text}))
    return await until(socket, "ack")


class Steps:
    """When an agent's page was told of each revision of a thread."""

    def __init__(self) -> None:
        self.known: dict[int, list[tuple[int, float]]] = {}
        self._more = asyncio.Condition()

    async def hear(self, agent: ClientConnection) -> None:
        async for said in agent:
            frame, at = json.loads(said), time.perf_counter()
            if frame["type"] == "changed":
                async with self._more:
                    self.known.setdefault(frame["conversation"], []).append((frame["revision"], at))
                    self._more.notify_all()

    async def when(self, thread: int, revision: int) -> float:
        """The moment at which the page first knew of this revision, or a later one."""
        async with self._more:
            while True:
                for known, at in self.known.get(thread, ()):
                    if known >= revision:
                        return at
                await self._more.wait()


class Heard:
    """When an agent's page was told of a writer, and how long after they wrote."""

    def __init__(self, writers: int) -> None:
        self.bells = [asyncio.Event() for _ in range(writers)]
        self.delays: list[float] = []

    async def wait(self, writer: int, since: float) -> None:
        await self.bells[writer].wait()
        self.bells[writer].clear()
        self.delays.append(time.perf_counter() - since)


async def through_floor(seconds: float) -> list[float]:
    agent = await door(FLOOR, "/agent")
    heard = Heard(WRITERS)

    async def listen() -> None:
        async for said in agent:
            heard.bells[int(said)].set()

    async def write(number: int) -> None:
        socket, end = await door(FLOOR, "/visitor"), time.monotonic() + seconds
        await asyncio.sleep(EVERY * number / WRITERS)
        while time.monotonic() < end:
            begun = time.perf_counter()
            await socket.send(str(number))
            await heard.wait(number, begun)
            await asyncio.sleep(EVERY)

    listening = asyncio.create_task(listen())
    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    listening.cancel()
    return heard.delays


async def through_hub(key: str, cookie: str, seconds: float) -> list[float]:
    agent = await door(HUB, "/ws/inbox/", Cookie=f"{settings.SESSION_COOKIE_NAME}={cookie}")
    steps, knocks, delays = Steps(), asyncio.Semaphore(AT_ONCE), list[float]()
    sockets = await asyncio.gather(*(visitor(key, knocks) for _ in range(WRITERS)))
    listening = asyncio.create_task(steps.hear(agent))

    async def write(number: int, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"type": "start"}))
        await until(socket, "token")
        first = await says(socket, "Hello")
        thread = (await Message.objects.aget(pk=first["message"])).conversation_id
        await asyncio.sleep(1 + EVERY * number / WRITERS)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.perf_counter()
            said = await says(socket, "How are you?")
            delays.append(await steps.when(thread, said["revision"]) - begun)
            await asyncio.sleep(EVERY)

    await asyncio.gather(*(write(*one) for one in enumerate(sockets)))
    listening.cancel()
    return delays


async def many(key: str, visitors: int, web: int) -> None:
    knocks, before, begun = asyncio.Semaphore(AT_ONCE), resident(web), time.perf_counter()
    sockets = await asyncio.gather(*(visitor(key, knocks) for _ in range(visitors)))
    took = time.perf_counter() - begun
    await asyncio.sleep(3)
    weight = (resident(web) - before) / visitors
    print(f"idle     {weight:8.1f} KiB a visitor, {visitors} of them")
    print(f"come     {visitors / took:8.0f} connects/s, each greeted")

    async def begin(socket: ClientConnection) -> None:
        async with knocks:
            await socket.send(json.dumps({"type": "start"}))
            await until(socket, "token")

    await asyncio.gather(*(begin(socket) for socket in sockets))
    begun = time.perf_counter()
    await asyncio.gather(*(says(socket, "Where is my order?") for socket in sockets))
    took = time.perf_counter() - begun
    print(f"at once  {visitors / took:8.0f} first messages/s, {visitors} sent in the same moment")


def main() -> None:
    wishes = [int(one) for one in sys.argv[1:]]
    visitors, seconds = [*wishes, *[1500, 20][len(wishes) :]]
    team = Team.objects.get(is_default=True)
    channel = Channel.objects.create(kind="chat", name="shop", team=team)
    chat = ChatSettings.objects.create(channel=channel)
    client = Client()
    client.force_login(Agent.objects.create(username="agent", email="agent@bench.example"))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    with served(
        "uvicorn", "bench._floor:application", "--port", str(FLOOR), "--ws", "websockets-sansio"
    ):
        floor = p50_p95(asyncio.run(through_floor(seconds)))
    with served("omnihub.launcher.web", f"127.0.0.1:{HUB}") as web:
        hub = p50_p95(asyncio.run(through_hub(chat.key, cookie, seconds)))
        print(f"floor    {floor[0]:8.1f} ms p50 {floor[1]:8.1f} ms p95")
        times = f"{hub[0] / floor[0]:.1f} x the floor"
        print(f"omnihub  {hub[0]:8.1f} ms p50 {hub[1]:8.1f} ms p95  {times}")
        asyncio.run(many(chat.key, visitors, web))


if __name__ == "__main__":
    main()
