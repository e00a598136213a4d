"""Open pages, cut at random while others write; what a socket weighs; how far a bell reaches.

    ./hub bench live [SOCKETS [CUTS [WRITERS]]]

Pages ask what a page asks, in processes of their own and without drawing it; the server is one.
Each agent's list holds the cases of their team. Fails when a page misses a step, hears one twice,
or ends with another list or thread than the database has.
"""

from __future__ import annotations

import multiprocessing
import random
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING
from urllib.request import urlopen

from django.conf import settings
from django.db import connections
from django.test import Client

import bench._setup  # noqa: F401  # Django is ready before models are read
from bench import _fanout
from bench._pages import Kept, Meeting, Share, keep_open
from conversations import receipts
from conversations.models import Agent, Case, Channel, Team
from conversations.services import intake, notes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier

with create_server(("127.0.0.1", 0)) as _found:
    PORT = _found.getsockname()[1]
TEAMS, AGENTS = 10, 4
"""So many people each: a process holds forty sockets of one agent, no more."""
PROCESSES = 4
"""That keep pages open."""
SETTLES = 5.0
"""Seconds until what opening the sockets took is let go of: weighed is what is idle."""
WRITES_EVERY = 10.0
"""Seconds at most between two inserts of one writer."""


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


def company(team: Team, *, agents: int = 2, cases: int = 20) -> None:
    """People of a team and what was written to it."""
    channel = Channel.objects.create(kind="email", name=f"support {team.pk}", team=team)
    for number in range(agents):
        name = f"agent-{team.pk}-{number}"
        team.members.add(Agent.objects.create(username=name, email=f"{name}@bench.example"))
    for number in range(cases):
        body = (
            f"From: c{team.pk}-{number}@bench.example\r\nTo: support@kalma.example\r\n"
            f"Subject: Pro {number}\r\nMessage-ID: <{team.pk}-{number}@bench.example>\r\n\r\nHello"
        ).encode()
        receipt = receipts.record(channel, receipts.content_key(body), body, wakes=False)
        intake.process(receipt.pk)


def write(writers: int, until: threading.Event, counts: list[int]) -> None:
    """So many at once, each at its own pace, in threads of their own."""

    def one(seed: int) -> None:
        chance = random.Random(seed)
        cases = list(Case.objects.all())
        while not until.wait(chance.random() * WRITES_EVERY):
            case = chance.choice(cases)
            agent = chance.choice(list(Agent.objects.filter(teams=case.team_id)))
            notes.add(case_id=case.pk, agent=agent, text=f"n{seed}", client_id=uuid.uuid4())
            counts.append(seed)
        connections.close_all()

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(writers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def shares(sockets: int, cuts: int) -> list[Share]:
    """Who looks at what: every agent has as many pages, each with a case of their team."""
    chance = random.Random(1)
    looks = []
    for agent in Agent.objects.filter(teams__is_default=False):
        client = Client()
        client.force_login(agent)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        cases = list(Case.objects.filter(team__members=agent).values_list("pk", flat=True))
        looks.append((agent.pk, cookie, cases))
    pages = []
    for number in range(sockets):
        agent_id, cookie, cases = looks[number % len(looks)]
        pages.append((agent_id, cookie, chance.choice(cases)))
    return [Share(PORT, cuts, pages[first::PROCESSES]) for first in range(PROCESSES)]


def stay(sockets: int, cuts: int, writers: int) -> list[Kept]:
    context = multiprocessing.get_context("spawn")
    together: Barrier = context.Barrier(PROCESSES + 1)
    pool = ProcessPoolExecutor(PROCESSES, context, Meeting.at, (together,))
    with served() as web, pool:
        before = resident(web)
        kept = [pool.submit(keep_open, share) for share in shares(sockets, cuts)]
        try:
            together.wait()
            time.sleep(SETTLES)
            weight = (resident(web) - before) / sockets
            print(f"memory   {weight:8.1f} KiB a socket, idle, {sockets}", flush=True)
            cut_for, wrote = cut(together, writers)
        except threading.BrokenBarrierError:
            for one in wait(kept, return_when=FIRST_EXCEPTION).done:
                one.result()  # says what broke
            raise
        ended = time.perf_counter()
        done = [one.result() for one in kept]
        later = time.perf_counter() - ended
    print(
        f"cuts     {sockets * cuts:8d} of {sockets} sockets in {cut_for:.0f} s,"
        f" while {writers} wrote {wrote}; all knew within {later:.1f} s;"
        f" {sum(one.asked for one in done)} questions"
    )
    return done


def cut(together: Barrier, writers: int) -> tuple[float, int]:
    """Seconds until every page has had its cuts, and how much was written meanwhile."""
    until, counts = threading.Event(), list[int]()
    at_work = threading.Thread(target=write, args=(writers, until, counts))
    together.wait()
    begun = time.perf_counter()
    at_work.start()
    try:
        together.wait()
    finally:
        until.set()
        at_work.join()
    took = time.perf_counter() - begun
    together.wait()
    return took, len(counts)


def main() -> None:
    wishes = [int(one) for one in sys.argv[1:]]
    sockets, cuts, writers = [*wishes, *[1000, 20, 50][len(wishes) :]]
    _fanout.compare()
    for number in range(TEAMS):
        company(Team.objects.create(name=f"Team {number}"), agents=AGENTS)
    done = stay(sockets, cuts, writers)
    faults, wrong = (sum(getattr(one, name) for one in done) for name in ("faults", "wrong"))
    print(f"faults   {faults:8d} steps missed or doubled; {wrong} pages other than the database")
    sys.exit(bool(faults or wrong))


if __name__ == "__main__":
    main()
