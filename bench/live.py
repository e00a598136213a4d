"""Open pages, cut at random while others write; what a socket weighs; how far a bell reaches.

    ./hub bench live [SOCKETS [CUTS [WRITERS]]]

Pages ask what a page asks, in this process and without drawing it; the server is one of its own.
Fails when a page misses a step, hears one twice, or ends with another list or thread than the
database has.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from channels_redis.core import RedisChannelLayer
from django.conf import settings
from django.db import connections
from django.http import QueryDict
from django.test import Client
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

import bench._setup  # noqa: F401  # Django is ready before models are read
from conversations import events, receipts
from conversations.live import Hub
from conversations.models import Agent, Case, Channel, Conversation, Message, Team
from conversations.services import intake, notes, queues
from inbox.reads import listing, replay, thread

if TYPE_CHECKING:
    from collections.abc import Iterator

with create_server(("127.0.0.1", 0)) as _found:
    PORT = _found.getsockname()[1]
AT_ONCE = 20
"""Pages that knock at the same moment, and threads that ask for them."""
LISTENS, AWAY = 4.0, 0.5
"""Seconds at most between two cuts, and until a page is back."""
WRITES_EVERY = 2.0
"""Seconds at most between two inserts of one writer."""
TOGETHER = 0.05
"""Seconds in which bells count as one."""
LONGEST = 300
"""Seconds in which every page has to have what was written last."""
HEARERS, BELLS = 100, 300


@contextmanager
def served() -> Iterator[int]:
    """A web process; its number."""
    where = f"127.0.0.1:{PORT}"
    quiet = subprocess.DEVNULL
    web = subprocess.Popen(
        [sys.executable, "-m", "omnihub.launcher.web", where], stdout=quiet, stderr=quiet
    )
    try:
        while not answers(f"http://{where}/accounts/login/"):
            time.sleep(0.1)
        yield web.pid
    finally:
        web.terminate()
        web.wait()


def answers(address: str) -> bool:
    try:
        urlopen(address, timeout=120).close()  # noqa: S310  # our own
    except OSError:
        return False
    return True


def resident(process: int) -> int:
    """KiB that a process holds."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def company(agents: int = 10, cases: int = 20) -> None:
    team = Team.objects.get(is_default=True)
    channel = Channel.objects.create(kind="email", name="support", team=team)
    for number in range(agents):
        name = f"agent-{number}"
        Agent.objects.create(username=name, email=f"{name}@bench.example")
    for number in range(cases):
        body = (
            f"From: c{number}@bench.example\r\nTo: support@kalma.example\r\n"
            f"Subject: Pro {number}\r\nMessage-ID: <{number}@bench.example>\r\n\r\nHello"
        ).encode()
        receipt = receipts.record(channel, receipts.content_key(body), body, wakes=False)
        intake.process(receipt.pk)


class Page:
    """One case and the list of all, of an agent."""

    faults = 0
    asked = 0

    def __init__(self, case: Case, agent: Agent, cookie: str, readers: ThreadPoolExecutor) -> None:
        self.case, self.agent, self.cookie, self._readers = case, agent, cookie, readers
        self._chance = random.Random(id(self))
        self._socket: ClientConnection | None = None
        self.revision = 0
        self.entries: list[int] = []
        self.order: list[int] = []

    def load(self) -> None:
        self.revision = Conversation.objects.get(pk=self.case.conversation_id).revision
        self.entries = written(self.case)
        self.order = self.listed([])

    def listed(self, known: list[int]) -> list[int]:
        queue = queues.find("all", queues.everything(self.agent))
        asked = QueryDict("tab=all")
        now = listing.again(queue, asked, agent=self.agent, counts={}, known=known, moved=set())
        return now.order

    def look(self) -> None:
        Page.asked += 1
        now = thread.header(self.case.pk, self.agent)
        steps = replay.since(now.case, self.revision)
        for step in steps or ():
            Page.faults += step.revision != self.revision + 1
            self.revision = step.revision
            if step.type == "message":
                number = int(step.id[2:])
                if number not in self.entries and step.entry:
                    self.entries.append(number)
        Page.faults += steps is None or self.revision != now.revision
        self.order = self.listed(self.order)

    async def come(self, door: asyncio.Semaphore) -> None:
        async with door:
            self._socket = await connect(
                f"ws://127.0.0.1:{PORT}/ws/inbox/",
                origin=f"http://127.0.0.1:{PORT}",  # type: ignore[arg-type]  # NewType of str
                additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.cookie}"},
                compression=None,
                open_timeout=120,
                ping_interval=None,
            )
            await self._socket.recv()
        shows = {"type": "shows", "case": self.case.pk, "rows": self.order[:50]}
        await self._socket.send(json.dumps(shows))

    async def ask(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._readers, self.look)

    async def hear(self, seconds: float) -> bool:
        """What is said for so long, and asking for it; False once the socket has ended."""
        assert self._socket is not None
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                said = [json.loads(await asyncio.wait_for(self._socket.recv(), left))]
                while (more := await self._at_once()) is not None:
                    said.append(more)
            except TimeoutError:
                return True
            except ConnectionClosed:
                return False
            if not {"changed", "gap", "rights"}.isdisjoint(frame["type"] for frame in said):
                await self.ask()
        return True

    async def _at_once(self) -> Any:
        """A frame that came meanwhile: as a page does, one question is asked about all of them."""
        assert self._socket is not None
        try:
            return json.loads(await asyncio.wait_for(self._socket.recv(), TOGETHER))
        except TimeoutError:
            return None

    def cut(self) -> None:
        """Without a word, as a network does."""
        assert self._socket is not None
        self._socket.transport.abort()

    async def live(self, cuts: int, door: asyncio.Semaphore) -> None:
        for _ in range(cuts):
            await self.hear(self._chance.random() * LISTENS)
            self.cut()
            await asyncio.sleep(self._chance.random() * AWAY)
            await self.back(door)

    async def back(self, door: asyncio.Semaphore) -> None:
        await self.come(door)
        await self.ask()

    async def end(self, door: asyncio.Semaphore) -> None:
        """Until it knows of all that was written; nobody tells it but its socket."""
        last = await asyncio.to_thread(self._last)
        end = time.monotonic() + LONGEST
        while self.revision < last and time.monotonic() < end:
            if not await self.hear(1):
                await self.back(door)
        await self.hear(2)
        self.cut()

    def _last(self) -> int:
        return Conversation.objects.get(pk=self.case.conversation_id).revision


def written(case: Case) -> list[int]:
    """Entries of a case as they are now."""
    rows = Message.objects.filter(case=case, cancelled_at=None).in_order()
    return list(rows.values_list("pk", flat=True))


def write(writers: int, until: threading.Event, counts: list[int]) -> None:
    """So many at once, each at its own pace, in threads of their own."""

    def one(seed: int) -> None:
        chance = random.Random(seed)
        agents, cases = list(Agent.objects.all()), list(Case.objects.all())
        while not until.wait(chance.random() * WRITES_EVERY):
            case, agent = chance.choice(cases), chance.choice(agents)
            notes.add(case_id=case.pk, agent=agent, text=f"n{seed}", client_id=uuid.uuid4())
            counts.append(seed)
        connections.close_all()

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(writers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


async def stay(pages: list[Page], cuts: int, writers: int, web: int) -> None:
    door = asyncio.Semaphore(AT_ONCE)
    await pages[0].come(door)  # what the first one loads is nobody's weight
    pages[0].cut()
    before = resident(web)
    await asyncio.gather(*(page.come(door) for page in pages))
    await asyncio.sleep(5)
    print(f"memory   {(resident(web) - before) / len(pages):8.1f} KiB a socket, idle, {len(pages)}")
    until, counts = threading.Event(), list[int]()
    at_work = asyncio.create_task(asyncio.to_thread(write, writers, until, counts))
    begun = time.perf_counter()
    await asyncio.gather(*(page.live(cuts, door) for page in pages))
    until.set()
    await at_work
    cut_for = time.perf_counter() - begun
    await asyncio.gather(*(page.end(door) for page in pages))
    took = time.perf_counter() - begun
    print(
        f"cuts     {len(pages) * cuts:8d} of {len(pages)} sockets in {cut_for:.0f} s,"
        f" while {writers} wrote {len(counts)}; all knew {took - cut_for:.1f} s later;"
        f" {Page.asked} questions"
    )


def wrong(pages: list[Page]) -> int:
    """Pages whose thread or list is not what the database has."""
    entries = {page.case.pk: written(page.case) for page in pages}
    orders = {page.agent.pk: page.listed([]) for page in pages}
    return sum(
        page.entries != entries[page.case.pk] or page.order != orders[page.agent.pk]
        for page in pages
    )


class Ear:
    """What a socket would send at once."""

    def __init__(self) -> None:
        self.heard = 0
        self.all = asyncio.Event()

    def put(self, hint: dict[str, Any]) -> None:  # noqa: ARG002  # a Box's
        self.heard += 1
        if self.heard == BELLS:
            self.all.set()

    def missed(self) -> None:
        """Nothing was."""


async def by_hub() -> float:
    hub, ears = Hub(), [Ear() for _ in range(HEARERS)]
    for ear in ears:
        await hub.join(ear)
    bell = Redis.from_url(settings.REDIS_URL)
    hint = json.dumps({"conversation": 1, "revision": 1, "case": 1})
    begun = time.perf_counter()
    for _ in range(BELLS):
        await bell.publish(events.hints(), hint)
    await asyncio.gather(*(ear.all.wait() for ear in ears))
    took = time.perf_counter() - begun
    for ear in ears:
        hub.leave(ear)
    await bell.aclose()
    return HEARERS * BELLS / took


async def by_plain_hub() -> float:
    """No Valkey, one process: the floor."""
    ears = [Ear() for _ in range(HEARERS)]
    hint = json.dumps({"conversation": 1, "revision": 1, "case": 1})
    begun = time.perf_counter()
    for _ in range(BELLS):
        said = json.loads(hint)
        for ear in ears:
            ear.put(said)
        await asyncio.sleep(0)
    await asyncio.gather(*(ear.all.wait() for ear in ears))
    return HEARERS * BELLS / (time.perf_counter() - begun)


async def by_layer() -> float:
    layer = RedisChannelLayer(hosts=[settings.REDIS_URL], capacity=BELLS * 2)
    names = [await layer.new_channel() for _ in range(HEARERS)]
    for name in names:
        await layer.group_add("all", name)

    async def hear(name: str) -> None:
        for _ in range(BELLS):
            await layer.receive(name)

    begun = time.perf_counter()
    ears = [asyncio.create_task(hear(name)) for name in names]
    for _ in range(BELLS):
        await layer.group_send("all", {"type": "hint", "conversation": 1, "revision": 1, "case": 1})
    await asyncio.gather(*ears)
    took = time.perf_counter() - begun
    await layer.close_pools()
    return HEARERS * BELLS / took


def main() -> None:
    wishes = [int(one) for one in sys.argv[1:]]
    sockets, cuts, writers = [*wishes, *[1000, 20, 50][len(wishes) :]]
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    ways = {"plain hub": by_plain_hub, "omnihub": by_hub, "layer": by_layer}
    rates = {name: asyncio.run(way()) for name, way in ways.items()}
    for name, rate in rates.items():
        print(
            f"{name:<9}{rate:8.0f} hints/s to {HEARERS}  {rate / rates['omnihub']:.2f} x omnihub's"
        )
    company()
    cookies = {}
    for agent in Agent.objects.all():
        client = Client()
        client.force_login(agent)
        cookies[agent.pk] = client.cookies[settings.SESSION_COOKIE_NAME].value
    agents, cases = list(Agent.objects.all()), list(Case.objects.all())
    readers = ThreadPoolExecutor(4)
    chance = random.Random(1)
    pages = []
    for _ in range(sockets):
        agent = chance.choice(agents)
        pages.append(Page(chance.choice(cases), agent, cookies[agent.pk], readers))
    for page in pages:
        page.load()
    with served() as web:
        asyncio.run(stay(pages, cuts, writers, web))
    bad = wrong(pages)
    print(f"faults   {Page.faults:8d} steps missed or doubled; {bad} pages other than the database")
    sys.exit(bool(bad or Page.faults))


if __name__ == "__main__":
    main()
