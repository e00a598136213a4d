"""Many open pages, cut at random while others write: each ends as a fresh one begins."""

import random
import re
import threading
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import connections
from django.utils.html import strip_tags

from conversations.models import Agent, Case, Channel, Message, Status, Team
from conversations.services import assignment, notes, reply
from conversations.services import status as statuses
from tests.inbox.tab import ENTRY, ROW, Tab
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db(transaction=True)

READERS, STEPS, CUTS = 4, 16, 0.2
LIST = "/inbox/q/all/"
NEWEST = {"tab": "all"}


class Page(Tab):
    """A page as the scripts keep it: messages by their time, rows in the order they are told."""

    def load(self, case: Case) -> None:
        page = self.client.get(f"{LIST}c/{case.pk}/", NEWEST).text
        self.case = case
        self.revision = int(re.findall(r'data-revision="(\d+)"', page)[0])
        self.entries = entries_of(page)
        self.rows = rows_of(page)
        self.drawn: list[int] = []

    def look(self) -> None:
        """What a page does when it was told that something moved."""
        self.follow()
        self.ask(list(self.rows))

    def follow(self) -> None:
        url = f"/inbox/c/{self.case.pk}/changes"
        said = self.client.get(url, {"after": self.revision}).json()
        assert not said["reset"]
        for envelope in said["envelopes"]:
            assert envelope["previous"] == self.revision
            self.revision = envelope["revision"]
            if envelope["type"] == "message":
                self.draw(int(envelope["id"][2:]), envelope["html"])
        assert self.revision == said["revision"]

    def draw(self, number: int, html: str) -> None:
        self.entries.pop(number, None)
        if html:
            assert len(ENTRY.findall(html)) == 1
            self.entries.update(entries_of(html))

    def ask(self, moved: list[int]) -> None:
        known = ",".join(map(str, self.rows))
        asked = {**NEWEST, "known": known, "moved": ",".join(map(str, moved))}
        said = self.client.get(f"{LIST}rows", asked).json()
        have = {**self.rows, **rows_of(said["html"])}
        assert set(said["order"]) <= set(have)
        self.rows = {number: have[number] for number in said["order"]}

    def stay(self, stop: threading.Event, chance: random.Random) -> None:
        """Until told to stop, and then for as long as there is news: a busy machine's is late."""
        self.come()
        while True:
            over = stop.is_set()
            frame = self.hear(1.5 if over else 0.3)
            if frame is None:
                if over:
                    return
            elif frame["type"] == "changed":
                self.take(frame)
            elif frame["type"] in {"gap", "rights"}:
                self.look()
            if chance.random() < CUTS and not stop.is_set():
                self.cut()
                time.sleep(chance.random() / 2)
                self.come()

    def come(self) -> None:
        self.open()
        self.until("hello")
        self.shows(self.case.pk, list(self.rows))
        self.look()

    def take(self, frame: dict[str, object]) -> None:
        if frame["conversation"] == self.case.conversation_id:
            self.follow()
        cases = frame["cases"]
        assert isinstance(cases, list)
        self.ask(cases)

    @property
    def shown(self) -> list[int]:
        return sorted(self.entries, key=lambda number: (self.entries[number][0], number))


def entries_of(html: str) -> dict[int, tuple[str, str]]:
    """Messages by number: their time, and the words of those that somebody wrote."""
    found = {}
    feed, _, _ = html.partition('id="newer"')
    for part in feed.split('<div class="entry ')[1:]:
        number, at = ENTRY.findall(part)[0]
        words, mark, _rest = part.partition("</article>")
        found[int(number)] = (at, words_of(f"<{words}") if mark else "")
    return found


def rows_of(html: str) -> dict[int, str]:
    parts = [part.partition("</li>")[0] for part in html.split('<li class="row')[1:]]
    return {int(ROW.findall(part)[0]): words_of(part.partition(">")[2]) for part in parts}


def words_of(html: str) -> str:
    """What is read; of a wait only that there is one."""
    return " ".join(re.sub(r"<1m|\d+m\b", "", strip_tags(html)).split())


def in_thread(work: Callable[[], None], faults: list[BaseException]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except BaseException as fault:  # noqa: BLE001  # told by the test
            faults.append(fault)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def writer(seed: int, channels: list[Channel], writes: Agent, about: list[Case]) -> None:
    """Mail in, answers, notes, and cases that change hands, are resolved and opened again."""
    chance = random.Random(seed)  # a repeatable test

    def write(case: Case) -> None:
        notes.add(case_id=case.pk, agent=writes, text=f"n{seed}", client_id=uuid.uuid4())

    def mail(case: Case) -> None:
        name = chance.choice(["dana", "grace", "leon", f"new{chance.randrange(99)}"])
        receive(chance.choice(channels), f"{name}@post.example", f"m{seed}")

    def hand(case: Case) -> None:
        assignment.take(case_id=case.pk, agent=writes)

    def turn(case: Case) -> None:
        case.refresh_from_db()
        way = statuses.reopen if case.status == Status.RESOLVED else statuses.resolve
        way(case_id=case.pk, agent=writes)

    def reply_to(case: Case) -> None:
        to = reply.options(case=case).to
        reply.send(case_id=case.pk, agent=writes, text=f"a{seed}", to=to, client_id=uuid.uuid4())

    for _ in range(STEPS):
        chance.choice([write, mail, mail, hand, turn, reply_to])(chance.choice([about[0], *about]))


def test_no_gap_no_double_no_other_order(
    live: str, support: Channel, legal: Team, priya: Agent, marco: Agent
) -> None:
    lex = make_agent("Lex Law", legal)
    boss = make_agent("Ada Boss", role="admin")
    counsel = make_channel(legal, name="counsel")
    case = receive(support, "dana@post.example", "First").case
    about = [case, *(receive(support, f"{n}@post.example", "Hi").case for n in ("grace", "leon"))]
    secret = receive(counsel, "dana@post.example", "Hush").case
    seers = [priya, marco, lex]
    pages = [Page(live, seers[number % 3]) for number in range(READERS)]
    for page in pages:
        page.load(case)
    faults: list[BaseException] = []
    stop = threading.Event()
    readers = [
        in_thread(lambda page=page, seed=seed: page.stay(stop, random.Random(seed)), faults)  # type: ignore[misc]
        for seed, page in enumerate(pages)
    ]
    writers = [
        in_thread(lambda: writer(1, [support, counsel], boss, [*about, secret]), faults),
        in_thread(lambda: writer(2, [support, counsel], boss, [*about, secret]), faults),
    ]
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert faults == []
    for page in pages:
        fresh = Page(live, priya, page.client)
        fresh.client.force_login(seers[pages.index(page) % 3])
        fresh.load(case)
        assert page.revision == fresh.revision
        assert page.shown == fresh.shown == list(fresh.entries)
        assert page.entries == fresh.entries
        assert page.rows == fresh.rows
        assert list(page.rows) == list(fresh.rows)
        page.close()
    assert Message.objects.filter(case=case).count() > 4
