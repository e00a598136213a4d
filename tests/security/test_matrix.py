"""Who sees what at every address of the inbox: a new one without a rule here fails.

Each address is asked by everybody about everything. What somebody may not see does not exist: 404
that says no more than for a number nobody has, whatever else is sent along.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern

from conversations import presence
from conversations.adapters import fetch
from conversations.models import (
    Agent,
    Attachment,
    Case,
    Channel,
    Delivery,
    Identity,
    Message,
    Participant,
    Team,
)
from conversations.presence import Place, State
from conversations.services import notes, status, tags
from portal import sessions
from tests.inbox.conftest import HTMX
from tests.people import answer, make_agent, make_channel, receive
from tests.security.test_nasty import address, inbox, routes

pytestmark = pytest.mark.django_db

CANARY = "canary"
"""In every word, name and tag of what Legal works on, and nowhere else."""
ANYBODY = {
    "customer", "change-customer", "add-address", "remove-address", "home", "signed-in",
    "queue", "live-rows", "here", "search", "palette", "new", "me", "keys", "theme", "availability",
    "news", "own-news",
    "macros", "macro", "switch-macro",
    "bulk", "bulk-job", "bulk-undo", "save-view",
    "change-view", "delete-view",
    "restore-view",
}  # fmt: skip
"""Pages about no case: open to every agent, and never with a word about what they may not see."""
SEES = {
    "case", "bare-case", "feed", "changes", "drafts", "draft", "read", "unread", "body",
    "attachment",
    "image", "found", "history", "offered-macros",
}  # fmt: skip
"""Open to who sees the case."""
NOTES = {"messages"}
"""Open to who sees the case, for notes; to who works it, for answers."""
WORKS = {
    "assign", "take", "move", "resolve", "reopen", "spam", "not-spam", "rename", "tags", "priority",
    "accept", "begin", "forward", "send-now", "run-macro", "redact",
    "snooze", "unsnooze", "block", "unblock", "give", "take-back", "send-again", "cancel",
    "arrived",
    "split", "merge", "merge-with", "put-back", "ask", "end-asking", "go-on",
}  # fmt: skip
"""Open to who works the case; to others who see it: 403."""
ADMINS = {"sharing"}
"""Open to admins, about an address of the case's own customer; here none is named: 404."""
HOUSE = {
    "export-customer", "export", "export-file", "erase-customer", "erasure", "keep-customer",
}  # fmt: skip
"""About whole persons, what restricted teams said with it: for admins, to others 403."""
ABOUT_TWO = {"run-macro", "merge-with", "put-back", "end-asking"}
"""About a second thing as well, which may not be there."""
POSTED = {
    "kind": "message", "text": "x", "to": "eve@out.example", "topic": "x", "tags": "x",
    "priority": "2", "up_to": "2026-01-01T00:00:00Z",
}  # fmt: skip


REMOTE = '<img src="remote:https://pictures.example/1.gif">'


@pytest.fixture(autouse=True)
def pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is elsewhere is there."""
    monkeypatch.setattr(fetch, "fetch", lambda *_, **__: fetch.Fetched(b"GIF89a", "image/gif"))


def names() -> dict[str, URLPattern]:
    return {str(route.name): route for route in inbox()}


def test_every_address_has_a_rule() -> None:
    assert set(names()) <= ANYBODY | SEES | NOTES | WORKS | ADMINS | HOUSE


@pytest.fixture
def people(team: Team, warranty: Team, legal: Team, priya: Agent, marco: Agent) -> dict[str, Agent]:
    """Of no team, of another one, of the restricted one; who leads, who may everything."""
    boss = make_agent("Sue Pervisor", warranty, role="supervisor")
    return {
        "priya": priya,
        "marco": marco,
        "lex": make_agent("Lex Law", legal),
        "sue": boss,
        "lena": make_agent("Lena Ortiz", role="admin"),
    }


def furnish(channel: Channel, sender: str, author: Agent, *, word: str = "") -> Case:
    """A case with everything that may hang on one."""
    first = receive(
        channel, sender, f"Words {word}", subject=f"Topic {word}", name=f"Dana {word}",
        files={f"file-{word}.txt": word},
    )  # fmt: skip
    case = first.case
    Message.objects.filter(pk=first.pk).update(html=f"<p>Markup {word}</p>{REMOTE}")
    notes.add(case_id=case.pk, agent=author, text=f"Note {word}", client_id=uuid.uuid4())
    tags.replace(case_id=case.pk, agent=author, names=[f"tag {word}"])
    receive(channel, f"mal{word}@evil.example", f"I {word}", tokens=[case.reply_token])
    sent = answer(case, author, f"Answer {word}")
    Delivery.objects.filter(messages=sent).update(state="failed")
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def cases(
    support: Channel, warranty: Team, legal: Team, people: dict[str, Agent]
) -> dict[str, Case]:
    """Dana has a case with Support, one with Warranty, one with Legal; Eve only one with Legal."""
    others = make_channel(warranty, name="warranty")
    counsel = make_channel(legal, name="counsel")
    Channel.objects.update(is_own_topic=True)
    for channel in (support, others, counsel):
        channel.refresh_from_db()
    found = {
        "support": furnish(support, "dana@out.example", people["priya"]),
        "warranty": furnish(others, "dana@out.example", people["marco"]),
        "legal": furnish(counsel, "dana@out.example", people["lex"], word=CANARY),
        "eve": furnish(counsel, f"eve-{CANARY}@out.example", people["lex"], word=CANARY),
        "will": furnish(others, f"will-{CANARY}@out.example", people["marco"]),
    }
    Message.objects.filter(case=found["will"]).update(text=CANARY)
    # names are the whole conversation's; only these are Legal's own
    customer = found["support"].conversation.customer
    customer.name = "Dana"
    customer.save()
    customer.identities.update(name="Dana")
    return found


EXPECTED = {
    "priya": {"support": "works", "warranty": "sees"},
    "marco": {"support": "works", "warranty": "works", "will": "works"},
    "lex": {"support": "works", "warranty": "sees", "legal": "works", "eve": "works"},
    "sue": {"support": "works", "warranty": "works", "will": "works"},
    "lena": dict.fromkeys(("support", "warranty", "legal", "eve", "will"), "works"),
}


TELLING = {
    "priya": ("support", "warranty", "legal", "eve", "will"),
    "marco": ("will", "legal"),
    "lex": ("warranty", "legal"),
    "sue": ("support", "legal"),
    "lena": ("legal",),
}
"""Of the cases those that tell about somebody what no other pair does; the rest at length."""
PAIRS = [
    *(pytest.param(who, about, id=who) for who, about in TELLING.items()),
    *(
        pytest.param(who, tuple(TELLING["priya"]), id=f"{who}-all", marks=pytest.mark.slow)
        for who in TELLING
    ),
]


def objects(case: Case) -> dict[str, Any]:
    message = case.messages.filter(identity__isnull=False, is_unconfirmed=False).earliest("id")
    sent = case.messages.filter(kind="message", agent__isnull=False).earliest("id")
    return {
        "key": "all",
        "case_id": case.pk,
        "message_id": message.pk,
        "number": 0,
        "line_id": 0,
        "attachment_id": message.attachments.get().pk,
        "participant_id": Participant.objects.get(case=case).pk,
        "delivery_id": Delivery.objects.get(messages=sent).pk,
    }


def ask(browser: Client, url: str, *, headers: dict[str, str] | None = None, **extra: Any) -> Any:
    """As the address wants to be asked."""
    shown = browser.get(url, {"after": "0"} if url.endswith("changes") else {})
    said = {**POSTED, "client_id": str(uuid.uuid4()), **extra}
    return shown if shown.status_code != 405 else browser.post(url, said, headers=headers)


def allowed(name: str, right: str) -> set[int]:
    if name in ADMINS or not right or (name, right) == ("cancel", "sees"):
        return {404}  # only whoever wrote a message takes it back
    if name in WORKS | NOTES and right != "works":
        return {403}
    return {200, 204, 302, 422} | ({404} if name in ABOUT_TWO | {"cancel"} else set())


@pytest.mark.parametrize(("who", "telling"), PAIRS)
def test_by_everybody_about_everything(
    client: Client,
    people: dict[str, Agent],
    cases: dict[str, Case],
    who: str,
    telling: tuple[str, ...],
) -> None:
    client.force_login(people[who])
    known = {about: objects(cases[about]) for about in telling}
    wrong = [
        (name, about, fault)
        for about in telling
        for name, route in names().items()
        if name not in ANYBODY | HOUSE
        for fault in faults(
            client,
            name,
            address(route, "inbox", **known[about]),
            cases[about],
            EXPECTED[who].get(about, ""),
        )
    ]
    assert not wrong


def faults(browser: Client, name: str, url: str, case: Case, right: str) -> Iterator[str]:
    may_change = right == "works" or name in {"read", "unread", "draft"}
    before = () if may_change else footprint(case)
    # who sees the case learns nothing from the whole page that a refusal shows again
    answered = ask(browser, url, headers=HTMX if right else None)
    if answered.status_code not in allowed(name, right):
        yield str(answered.status_code)
    if not may_change and footprint(case) != before:
        yield "changed"
    if not right and CANARY in answered.content.decode(errors="replace"):
        yield "told"
    if right == "works" and name in WORKS | NOTES:
        restore(case)


@pytest.mark.parametrize("who", EXPECTED)
def test_whole_persons_are_for_admins(
    client: Client, people: dict[str, Agent], cases: dict[str, Case], who: str
) -> None:
    client.force_login(people[who])
    about = {"customer_id": cases["support"].conversation.customer_id}
    for name in HOUSE:
        answered = ask(client, address(names()[name], "inbox", **about))
        assert (answered.status_code != 403) == people[who].is_admin, name
        said = b"".join(answered.streaming_content) if answered.streaming else answered.content
        assert people[who].is_admin or CANARY not in said.decode()


def test_whoever_was_let_go_is_sent_to_the_door(
    client: Client, people: dict[str, Agent], cases: dict[str, Case], legal: Team
) -> None:
    lex = people["lex"]
    client.force_login(lex)
    url = f"/inbox/c/{cases['legal'].pk}/feed"
    assert client.get(url).status_code == 200
    legal.members.remove(lex)
    assert client.get(url).status_code == 404
    lex.is_active = False
    lex.save()
    assert client.get(url).headers["Location"].startswith("/accounts/login/")


def footprint(case: Case) -> tuple[Any, ...]:
    row = Case.objects.filter(pk=case.pk).values_list(
        "status", "assignee", "team", "topic", "conversation__revision"
    )
    return (row.get(), case.messages.count(), Delivery.objects.filter(messages__case=case).count())


def restore(case: Case) -> None:
    """As it was furnished."""
    Case.objects.filter(pk=case.pk).update(
        team=case.team, status=case.status, resolved_at=case.resolved_at, topic=case.topic
    )
    sent = case.messages.filter(kind="message", agent__isnull=False).earliest("id")
    Delivery.objects.filter(messages=sent).update(state="failed")
    Participant.objects.filter(case=case).update(state="unconfirmed")


@pytest.mark.parametrize("who", ["priya", "marco", "sue"])
def test_no_page_tells_of_what_is_restricted(
    client: Client, people: dict[str, Agent], cases: dict[str, Case], who: str
) -> None:
    """Counts, previews, titles, menus, the thread and its replay: a line, and nothing else."""
    client.force_login(people[who])
    Message.objects.filter(case=cases["will"]).update(text="")
    urls = [
        f"/inbox/q/{key}/?tab=all"
        for key in ("mine", "unassigned", "all", "resolved", "spam", "snoozed")
    ]
    for name in ("support", "warranty"):
        base = f"/inbox/c/{cases[name].pk}"
        urls += [f"/inbox/q/all/c/{cases[name].pk}/", f"{base}/feed", f"{base}/changes?after=0"]
        urls += [f"{base}/feed?beside=1"]
    every = ",".join(str(case.pk) for case in cases.values())
    for case in cases.values():
        presence.be(Place(case=case.pk, agent=people["lex"].pk, tab="a"), State.REPLY)
        urls += [f"/inbox/here?open={case.pk}&rows={every}"]
    urls += [f"/inbox/palette/?r={every}&q=" + said for said in ("", "Dana", "%23", "@out.example")]
    urls += ["/inbox/new/", "/inbox/me/"]
    for url in urls:
        page = client.get(url)
        assert page.status_code == 200, url
        words = page.content.decode().replace(f"will-{CANARY}", "")
        assert CANARY not in words, url
        assert "counsel" not in words, url
    thread = client.get(f"/inbox/q/all/c/{cases['support'].pk}/").content.decode()
    assert thread.count("A case with Legal") == 1
    assert "<dd>2</dd>" in thread


def test_replay_of_hidden_steps_is_empty(
    client: Client, people: dict[str, Agent], cases: dict[str, Case]
) -> None:
    case = cases["support"]
    after = Case.objects.get(pk=case.pk).conversation.revision
    notes.add(case_id=cases["legal"].pk, agent=people["lex"], text=CANARY, client_id=uuid.uuid4())
    status.resolve(case_id=cases["legal"].pk, agent=people["lex"])
    client.force_login(people["priya"])
    said = client.get(f"/inbox/c/{case.pk}/changes", {"after": after}).json()
    assert len(said["envelopes"]) >= 2
    assert {(e["type"], e["id"], e["html"]) for e in said["envelopes"]} == {("empty", "", "")}


FOREIGN: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "image": lambda hidden: {"message_id": hidden["message_id"]},
    "body": lambda hidden: {"message_id": hidden["message_id"]},
    "accept": lambda hidden: {"participant_id": hidden["participant_id"]},
    "arrived": lambda hidden: {"delivery_id": hidden["delivery_id"]},
    "send-again": lambda hidden: {"delivery_id": hidden["delivery_id"]},
    "cancel": lambda hidden: {"message_id": hidden["message_id"]},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_hidden_thing_under_a_seen_case_does_not_exist(
    desk: Client, cases: dict[str, Case], name: str, people: dict[str, Agent]
) -> None:
    given = {**objects(cases["support"]), **FOREIGN[name](objects(cases["legal"]))}
    before = footprint(cases["legal"])
    assert ask(desk, address(names()[name], "inbox", **given)).status_code == 404
    assert footprint(cases["legal"]) == before


def test_strangers_are_sent_to_the_door(client: Client, cases: dict[str, Case]) -> None:
    for name, route in names().items():
        if name == "theme":
            continue
        url = address(route, "inbox", **objects(cases["support"]))
        for answered in (client.get(url), client.post(url)):
            assert answered.status_code == 302, name
            assert answered.headers["Location"].startswith("/accounts/login/"), name
        fragment = client.get(url, headers={"HX-Request": "true"})
        assert (fragment.status_code, fragment.content) == (401, b"")


def test_what_is_private_is_kept_by_nobody(desk: Client, cases: dict[str, Case]) -> None:
    for name, route in names().items():
        if name not in {"theme", "image"}:
            answered = desk.get(address(route, "inbox", **objects(cases["support"])))
            # a page that is not there holds nothing private
            kept = answered.headers.get("Cache-Control", "")
            assert answered.status_code == 404 or "no-store" in kept, name


def test_no_form_works_without_its_token(priya: Agent, cases: dict[str, Case]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(priya)
    for name, route in names().items():
        url = address(route, "inbox", **objects(cases["support"]))
        assert browser.post(url, POSTED).status_code == 403, name


# -- customers' own pages
AT_THE_DOOR = {"home", "code", "go-on"}
"""Open to everybody, and about nobody."""
THEIRS = {"thread": 401, "say": 302, "file": 404, "film": 302, "out": 302}
"""For whoever has a customer's session, about that customer; what others are answered."""


def test_every_customers_page_has_a_rule() -> None:
    assert {route.name for route in routes("p/")} == AT_THE_DOOR | set(THEIRS)


@pytest.mark.parametrize("who", ["nobody", "an agent", "a customer"])
def test_customers_pages_show_others_nothing(
    client: Client, people: dict[str, Agent], cases: dict[str, Case], who: str
) -> None:
    """An agent's session is none here; a customer's shows another's words to nobody."""
    if who == "an agent":
        client.force_login(people["lena"])
    if who == "a customer":
        receive(cases["support"].messages.earliest("id").channel, "noa@out.example", "Own words")  # type: ignore[arg-type]  # mail came by it
        noa = Identity.objects.get(value="noa@out.example")
        sessions.begin(HttpRequest(), answer := HttpResponse(), noa)
        client.cookies[sessions.cookie()] = answer.cookies[sessions.cookie()].value
    files = Attachment.objects.values_list("pk", flat=True)
    for route in routes("p/"):
        known = {"number": uuid.uuid4(), "token": "A" * 43}
        abouts = [{"attachment_id": pk} for pk in files] if route.name == "file" else [{}]
        for about in abouts:
            url = address(route, "portal", **known, **about)
            for said in (client.get(url), client.post(url, POSTED)):
                words = said.content.decode(errors="replace")
                assert "Words" not in words, url
                assert CANARY not in words, url
                if who != "a customer" and route.name in THEIRS and said.status_code != 405:
                    assert said.status_code == THEIRS[route.name], url
        if route.name == "thread" and who == "a customer":
            assert "Own words" in client.get(url).content.decode()
