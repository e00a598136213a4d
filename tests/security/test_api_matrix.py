"""Who sees what at every address of the API: a new one without a rule here fails.

The same people and cases as at the desk, asked through tokens.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from api.views.base import Resource
from conversations.models import Agent, Case, Channel, Draft, Macro, Message, Rearrangement, Receipt
from conversations.services import split
from tests.api.conftest import machine, unlimited
from tests.people import make_agent
from tests.security.test_matrix import (
    CANARY,
    EXPECTED,
    PAIRS,
    cases,
    footprint,
    objects,
    people,
    restore,
)
from tests.security.test_nasty import NASTY, address, routes

__all__ = ["cases", "people", "unlimited"]

pytestmark = pytest.mark.django_db

OPEN = {"schema", "docs"}
"""To anybody: they tell nothing of anybody."""
LISTS = {
    "me", "cases", "conversations", "customers", "identities", "deliveries", "channels", "receipts",
    "views", "view-cases", "macros", "search-messages", "search-cases", "rearrangements",
    "drafts", "agents",
}  # fmt: skip
"""To every token, and never with a word of what its agent may not see."""
OF_CASE = {
    "case", "case-messages", "message", "attachment", "delivery", "receipt", "raw", "rearrangement",
    "participants", "case-history", "case-macro",
}  # fmt: skip
OF_THREAD = {
    "conversation", "conversation-messages", "changes", "customer", "identity", "customer-history",
}  # fmt: skip
OF_CHANNEL = {"channel"}
OWN = {("bulk-job", "get"), ("bulk-rows", "get"), ("bulk-undo", "post"), ("view-delete", "post"),
       ("bulk", "post"), ("views", "post"), ("view-change", "post"), ("view-restore", "post"),
       ("macro", "get"), ("macros", "post"), ("macro-change", "post"), ("macro-switch", "post"),
       ("message-draft", "get"), ("message-draft", "put"), ("message-draft", "delete"),
       ("me-availability", "post"),
       ("note-draft", "get"), ("note-draft", "put"), ("note-draft", "delete")}  # fmt: skip
"""About what the agent made themselves, or about no case: 404 for everybody else's."""
NOTES = {"case-notes", "read", "unread"}
"""POST: to who sees the case."""
WORKS = {
    "case-messages", "assign", "take", "move", "resolve", "reopen", "spam", "not-spam", "topic",
    "snooze", "unsnooze",
    "tags", "priority", "send-again", "cancel", "send-now", "redact",
    "split", "split-preview", "move-messages", "move-messages-preview", "merge-cases",
    "merge-cases-preview", "rearrangement-undo",
    "forward",
    "block", "unblock", "accept", "give", "take-back", "macro-run",
}  # fmt: skip
"""POST: to who works the case; 403 to others who see it."""
JOINS = {"merge-customers", "merge-customers-preview"}
"""POST: to who sees the customer, of whom they work a case then."""
PERSON = {"customer-change"}
"""POST: to who sees the customer."""
HOUSE = {
    ("webhooks", "get"), ("webhooks", "post"), ("webhook", "get"), ("webhook-change", "post"),
    ("webhook-delete", "post"), ("webhook-rotate", "post"), ("webhook-test", "post"),
    ("webhook-replay", "post"), ("webhook-events", "get"), ("webhook-event", "get"),
    ("webhook-event-replay", "post"), ("customer-export", "post"), ("customer-erase", "post"),
    ("export", "get"), ("export-file", "get"), ("erasure", "get"), ("erasure-call-off", "post"),
}  # fmt: skip
"""To admins alone, with a token of scope `admin`: 403 to everybody else, whatever is there."""
ADMIN = {"replay", "sharing"}
GETS = OF_CASE | OF_THREAD | OF_CHANNEL
POSTS = NOTES | WORKS | JOINS | PERSON | ADMIN
QUERIES = {"search-messages": {"q": "Words"}, "search-cases": {"q": "Topic"}}
SAID: dict[str, dict[str, Any]] = {
    "case-messages": {"text": "x", "to": ["eve@out.example"]},
    "case-notes": {"text": "x"},
    "forward": {"messages": [1], "to": ["third@parts.example"]},
    "redact": {"attachment": 10**15},  # none of it: what is taken out is not there for the next
    "read": {"up_to": "2026-01-01T00:00:00Z"},
    "assign": {"assignee": None},
    "topic": {"topic": "x"},
    "snooze": {"until": "2099-01-01T00:00:00Z"},
    "tags": {"tags": ["x"]},
    "priority": {"priority": "high"},
    **{name: {"messages": [10**15]} for name in ("split", "split-preview")},
    **{f"move-messages{one}": {"messages": [1], "to": 10**15} for one in ("", "-preview")},
    **{name: {"other": 10**15} for name in ("merge-cases", "merge-cases-preview", *JOINS)},
}
"""What is to be rearranged is not there: everything stays for the next."""
WORKED = {
    "rearrangement-undo": {200, 409},
    **{
        f"{name}{one}": {404}
        for name in ("move-messages", "merge-cases")
        for one in ("", "-preview")
    },
    "redact": {404},
}
"""To who works the case, where it is not the usual: what the body names is not there."""


def api() -> list[URLPattern]:
    return list(routes("api/"))


def names() -> dict[str, URLPattern]:
    return {str(route.name): route for route in api()}


def methods(route: URLPattern) -> set[str]:
    kind = getattr(route.callback, "view_class", Resource)
    return {name for name in ("get", "post", "put", "patch", "delete") if hasattr(kind, name)}


def test_every_address_has_a_rule() -> None:
    known = {(name, "get") for name in LISTS | GETS} | {(name, "post") for name in POSTS}
    known |= {("cases", "post"), ("messages", "post"), *OWN, *HOUSE}
    found = {(n, method) for n, route in names().items() for method in methods(route)}
    assert found == known
    assert set(names()) - {name for name, _ in found} == OPEN


def every(case: Case) -> dict[str, Any]:
    message = case.messages.filter(identity__isnull=False, is_unconfirmed=False).earliest("id")
    return {
        "rearrangement_id": split_off(case).pk,
        "macro_id": Macro.objects.get_or_create(name="Late", add_tags="late")[0].pk,
        **objects(case),
        "conversation_id": case.conversation_id,
        "customer_id": case.conversation.customer_id,
        "identity_id": message.identity_id,
        "channel_id": message.channel_id,
        "receipt_id": message.receipt_id,
    }


def split_off(case: Case) -> Rearrangement:
    """What was split off a case once: its note."""
    done = Rearrangement.objects.filter(source=case).first()
    return done or split.split(
        case_id=case.pk,
        agent=Agent.objects.get(username="lena"),
        message_ids=[case.messages.get(kind="note").pk],
        cause=f"Because of {case.topic}",
    )


def readable(name: str, who: str, about: str) -> bool:
    """Whether a GET is answered."""
    rights = EXPECTED[who]
    if name in OF_CASE:
        return about in rights
    if name in OF_CHANNEL:
        return about not in {"legal", "eve"} or "legal" in rights
    return about in rights or (about == "legal" and "support" in rights)


def allowed(name: str, who: str, about: str) -> set[int]:
    """Statuses of a POST."""
    right = EXPECTED[who].get(about, "")
    if name in ADMIN:
        return {403}  # nobody's token here has the scope
    if name in PERSON:
        return {200} if readable("customer", who, about) else {404}
    if not right or name in JOINS:
        return {404}  # of the two customers one is not there, for everybody
    if name == "cancel":
        return {404, 422, 200} if right == "works" else {404}
    if name in NOTES:
        return {201, 204}
    return WORKED.get(name, {200, 201, 204, 422}) if right == "works" else {403}


@pytest.mark.parametrize(("who", "telling"), PAIRS)
def test_by_everybody_about_everything(
    people: dict[str, Agent], cases: dict[str, Case], who: str, telling: tuple[str, ...]
) -> None:
    client = machine(people[who])
    known = {about: every(cases[about]) for about in telling}
    wrong = [
        (name, about, fault)
        for about in telling
        for name, route in names().items()
        if name not in OPEN | LISTS | {own for own, _ in OWN | HOUSE}
        for fault in faults(
            client, name, address(route, "api", **known[about]), (about, cases[about]), who
        )
    ]
    assert not wrong


def faults(client: Client, name: str, url: str, what: tuple[str, Case], who: str) -> Iterator[str]:
    about, case = what
    right = EXPECTED[who].get(about, "")
    if name in GETS:
        answered = client.get(url + ("?after=0" if name == "changes" else ""))
        expected = 200 if readable(name, who, about) else 404
        if answered.status_code != expected:
            yield f"get {answered.status_code}"
        if not right and about != "will" and CANARY in answered.content.decode(errors="replace"):
            yield "told"
    if name in POSTS:
        before = footprint(case)
        body = {"team": case.team_id} if name == "move" else SAID.get(name, {})
        answered = client.post(url, json.dumps(body), content_type="application/json")
        if answered.status_code not in allowed(name, who, about):
            yield f"post {answered.status_code}"
        if answered.status_code >= 400 and footprint(case) != before:
            yield "changed"
        if not right and CANARY in answered.content.decode(errors="replace"):
            yield "told"
        restore(case)


@pytest.mark.parametrize("who", ["priya", "marco", "sue"])
def test_no_list_tells_of_what_is_restricted(
    people: dict[str, Agent], cases: dict[str, Case], who: str
) -> None:
    client = machine(people[who])
    hidden = [cases["legal"].pk, cases["eve"].pk]
    Message.objects.filter(case=cases["will"]).update(text="")
    for case in cases.values():
        split_off(case)
    for name in sorted(LISTS):
        said = client.get(address(names()[name], "api", key="all"), QUERIES.get(name, {}))
        assert said.status_code == 200, said.content
        words = said.content.decode().replace(f"will-{CANARY}", "")
        assert CANARY not in words, name
        assert '"counsel"' not in words, name
    for query in ("case", "message"):
        for number in hidden:
            url = address(names()["deliveries"], "api")
            assert client.get(url, {query: number}).json()["results"] == []
    shown = client.get(address(names()["receipts"], "api")).json()["results"]
    receipts = {row["id"] for row in shown}
    secret = Receipt.objects.filter(case__in=hidden).values_list("pk", flat=True)
    assert not receipts & set(secret)


@pytest.mark.parametrize("who", EXPECTED)
def test_the_house_is_kept_by_admins_alone(people: dict[str, Agent], who: str) -> None:
    for scope in ("read", "write", "admin"):
        client = machine(people[who], scope)
        answers = {
            getattr(client, method)(address(names()[name], "api")).status_code
            for name, method in HOUSE
        }
        may = scope == "admin" and people[who].is_admin
        assert (403 not in answers) if may else answers == {403}


@pytest.mark.parametrize("who", EXPECTED)
def test_drafts_are_for_who_sees_the_case_and_their_own(
    people: dict[str, Agent], cases: dict[str, Case], who: str
) -> None:
    client = machine(people[who])
    for about, case in cases.items():
        draft = {"case": case, "text": CANARY, "version": 5}
        Draft.objects.create(agent=make_agent(f"{about} Other"), **draft)
        for name in ("message-draft", "note-draft"):
            url = address(names()[name], "api", case_id=case.pk)
            assert client.get(url).status_code == 404
            body = {"text": "x", "version": 0}
            right = EXPECTED[who].get(about)
            kept = client.put(url, body, content_type="application/json")
            assert kept.status_code == (200 if right else 404)
            assert client.get(url).status_code == (200 if right else 404)
            gone = client.delete(f"{url}?version=1")
            assert gone.status_code == (204 if right else 404)
    assert client.get(address(names()["drafts"], "api")).json()["results"] == []


def test_strangers_get_nothing(client: Client, cases: dict[str, Case]) -> None:
    for name, route in names().items():
        if name in OPEN:
            continue
        url = address(route, "api", **every(cases["support"]))
        for method in methods(route):
            answered = getattr(client, method)(url)
            assert (answered.status_code, answered.json()["code"]) == (401, "not_authenticated")


@pytest.mark.slow
@pytest.mark.parametrize("route", api(), ids=lambda route: str(route.name))
def test_nonsense_is_refused_or_taken_as_text(
    route: URLPattern, support: Channel, people: dict[str, Agent], cases: dict[str, Case]
) -> None:
    client = machine(people["lena"], "admin")
    url = address(route, "api", **every(cases["support"]))
    found: list[tuple[str, str, int]] = []
    for nasty in NASTY:
        fields = ("after", "limit", "status", "assignee", "tag", "address", "value", "sha256", "q")
        tried = [dict.fromkeys(fields, nasty), *({name: nasty} for name in fields)]
        found += [("get", nasty, client.get(url, one).status_code) for one in tried]
        if "post" not in methods(route):
            continue
        for body in ({"text": nasty, "to": [nasty]}, {"topic": nasty}, {"tags": [nasty]},
                     {"assignee": nasty}, {"team": nasty}, {"up_to": nasty}, nasty, [nasty],
                     {nasty: nasty}, {"text": "x", "channel": support.pk, "to": [nasty]},
                     {"text": "x", "files": [{"name": nasty, "content": "QUJD"}]}):  # fmt: skip
            answered = client.post(url, json.dumps(body), content_type="application/json")
            found.append(("post", nasty, answered.status_code))
    assert not {(how, nasty[:40], status) for how, nasty, status in found if status >= 500}
