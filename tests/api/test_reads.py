"""What programs read: the same as the desk shows, in few statements, and no secret."""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.models import tokens
from conversations.models import (
    Agent,
    Blob,
    Case,
    Change,
    Channel,
    Conversation,
    Customer,
    Identity,
    Message,
    Receipt,
    Team,
)
from conversations.services import (
    assignment,
    merge_cases,
    merge_customers,
    notes,
    queues,
    status,
    tags,
)
from tests.api.conftest import machine
from tests.api.test_frame import problem
from tests.people import answer, make_agent, make_channel, receive, record

pytestmark = pytest.mark.django_db


def get(api: Client, path: str, **query: Any) -> Any:
    answered = api.get(f"/api/v1/{path}", query)
    assert answered.status_code == 200, answered.content
    return answered.json()


def ids(api: Client, path: str, **query: Any) -> list[int]:
    return [row["id"] for row in get(api, path, **query)["results"]]


def test_a_case(api: Client, support: Channel, priya: Agent) -> None:
    message = receive(support, "dana@out.example", "Broken", subject="Re: Massager", name="Dana")
    tags.replace(case_id=message.case_id, agent=priya, names=["late", "fragile"])
    answered = api.get(f"/api/v1/cases/{message.case_id}/")
    case = Case.objects.select_related("conversation").get()
    said = answered.json()
    assert answered.headers["ETag"] == f'"{case.conversation.revision}"'
    assert said["id"] == case.number
    assert (said["topic"], said["status"], said["priority"]) == ("Massager", "open", "normal")
    assert said["tags"] == ["fragile", "late"]
    assert said["customer"] == {"id": case.conversation.customer_id, "name": "Dana"}
    assert said["team"]["id"] == case.team_id
    assert said["assignee"] is None
    assert said["can_act"] is True
    assert said["revision"] == case.conversation.revision
    assert said["waiting_since"].endswith("Z")
    assert not {"reply_token", "key"} & set(said)


def test_cases_by_every_filter(
    api: Client, support: Channel, warranty: Team, priya: Agent, marco: Agent
) -> None:
    first = receive(support, "dana@out.example").case
    other = make_channel(warranty, name="warranty")
    second = receive(other, "eve@out.example").case
    mine = receive(support, "mo@out.example").case
    assignment.take(case_id=mine.pk, agent=priya)
    status.resolve(case_id=first.pk, agent=priya)
    tags.replace(case_id=mine.pk, agent=priya, names=["late"])
    boss = machine(make_agent("Lena Ortiz", role="admin"))
    for query, found in (
        ({}, [mine, second, first]),
        ({"order": "oldest"}, [first, second, mine]),
        ({"status": "resolved"}, [first]),
        ({"team": warranty.pk}, [second]),
        ({"assignee": priya.pk}, [mine]),
        ({"assignee": "none"}, [second, first]),
        ({"channel": other.pk}, [second]),
        ({"tag": "Late"}, [mine]),
        ({"waiting": "true"}, [mine, second]),
        ({"waiting": "false"}, [first]),
        ({"customer": first.conversation.customer_id}, [first]),
        ({"conversation": second.conversation_id}, [second]),
        ({"status": "open", "team": support.team_id}, [mine]),
        ({"since": "2001-01-01"}, [mine, second, first]),
        ({"since": "2999-01-01"}, []),
        ({"until": "2001-01-01"}, []),
    ):
        assert ids(boss, "cases/", **query) == [case.pk for case in found], query
    assert ids(api, "cases/", assignee="me") == [mine.pk]


def test_days_are_the_agent_s_own(api: Client, support: Channel, priya: Agent) -> None:
    Agent.objects.filter(pk=priya.pk).update(time_zone="Pacific/Kiritimati")
    case = receive(support, "dana@out.example").case
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)  # two o'clock of the fifth there
    Case.objects.filter(pk=case.pk).update(last_message_at=noon)
    assert ids(api, "cases/", since="2026-03-05", until="2026-03-05") == [case.pk]
    assert ids(api, "cases/", since="2026-03-04", until="2026-03-04") == []
    problem(api.get("/api/v1/cases/?since=9999-12-31"), 422, "invalid")


def test_cases_that_changed_since(api: Client, support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@out.example").case
    receive(support, "eve@out.example")
    Change.objects.update(at=timezone.now() - timedelta(days=2))
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    assert ids(api, "cases/", updated_since=since) == []
    status.resolve(case_id=first.pk, agent=priya)
    assert ids(api, "cases/", updated_since=since) == [first.pk]


def test_a_conversation_its_messages_and_files(api: Client, support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@out.example", "Look", name="Dana", files={"a.txt": "content"})
    case = first.case
    notes.add(case_id=case.pk, agent=priya, text="Hm", client_id=uuid.uuid4())
    sent = answer(case, priya, "Sorry")
    Message.objects.filter(kind="activity").delete()
    path = f"conversations/{case.conversation_id}/"
    assert get(api, path)["cases"][0]["id"] == case.pk
    rows = get(api, f"{path}messages/")["results"]
    assert [row["kind"] for row in rows] == ["message", "note", "message"]
    assert rows == get(api, f"cases/{case.pk}/messages/")["results"]
    assert rows[::-1] == get(api, f"cases/{case.pk}/messages/", order="newest")["results"]
    assert ids(api, f"{path}messages/", kind="note") == [rows[1]["id"]]
    assert rows[0]["author"] == {
        "kind": "identity", "id": first.identity_id, "name": "Dana", "address": "dana@out.example",
    }  # fmt: skip
    assert rows[2]["author"]["id"] == priya.pk
    assert rows[2]["addressees"][0]["address"] == "dana@out.example"
    delivery = get(api, f"deliveries/{rows[2]['deliveries'][0]['id']}/")
    assert (delivery["messages"], delivery["recipients"][0]["role"]) == ([sent.pk], "to")
    assert ids(api, "deliveries/", message=sent.pk, state=delivery["state"]) == [delivery["id"]]
    assert get(api, f"messages/{first.pk}/")["text"] == "Look"
    file = rows[0]["attachments"][0]
    raw = api.get(f"/api/v1/attachments/{file['id']}/", headers={"Accept": "*/*"})
    assert (raw.content, raw.headers["Content-Type"]) == (b"content", "application/octet-stream")
    assert raw.headers["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert hashlib.sha256(raw.content).hexdigest() == file["sha256"]


def test_customers_and_identities(api: Client, support: Channel) -> None:
    case = receive(support, "dana@out.example", name="Dana").case
    receive(support, "eve@out.example", name="Eve")
    customer = case.conversation.customer_id
    dana = Identity.objects.get(value="dana@out.example")
    assert ids(api, "customers/", address="Dana@out.example") == [customer]
    assert ids(api, "customers/", name="Dana", kind="email") == [customer]
    said = get(api, f"customers/{customer}/")
    assert said["conversation"] == case.conversation_id
    assert [row["value"] for row in said["identities"]] == ["dana@out.example"]
    assert ids(api, "identities/", value="dana@out.example") == [dana.pk]
    assert get(api, f"identities/{dana.pk}/")["customer"] == customer


def test_what_changed_after_a_revision(api: Client, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@out.example").case
    path = f"conversations/{case.conversation_id}/changes/"
    before = Case.objects.get().conversation.revision
    status.resolve(case_id=case.pk, agent=priya)
    said = get(api, path, after=before)
    assert (said["reset"], said["more"], said["revision"]) == (False, False, before + 2)
    assert [step["kind"] for step in said["changes"]] == ["message", "case"]
    assert [step["previous"] for step in said["changes"]] == [before, before + 1]
    assert get(api, path, after=said["revision"])["changes"] == []
    assert get(api, path, after=said["revision"] + 1)["reset"] is True
    Change.objects.filter(revision__lte=before).delete()
    assert get(api, path, after=0)["reset"] is True
    assert get(api, path, after=before)["reset"] is False


def test_many_changes_come_in_parts(
    api: Client, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = receive(support, "dana@out.example").case
    monkeypatch.setattr("api.changes.MOST", 1)
    path, seen, after = f"conversations/{case.conversation_id}/changes/", [], 0
    while True:
        said = get(api, path, after=after)
        seen += said["changes"]
        after = seen[-1]["revision"]
        if not said["more"]:
            break
    assert [step["revision"] for step in seen] == list(range(1, said["revision"] + 1))


def test_channels_tell_no_secret(api: Client, support: Channel) -> None:
    said = get(api, f"channels/{support.pk}/")
    assert said["name"] == "support"
    assert support.key not in json.dumps(get(api, "channels/"))


def test_receipts_raw_and_replay(api: Client, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@out.example").case
    broken = record(support, {"from": "eve@out.example"})
    Receipt.objects.filter(pk=broken.pk).update(state="quarantined", reason_code="crashed")
    receipt = Receipt.objects.get(case=case)
    assert ids(api, "receipts/") == [receipt.pk]
    said = get(api, f"receipts/{receipt.pk}/")
    raw = api.get(f"/api/v1/receipts/{receipt.pk}/raw/").content
    assert said["sha256"] == hashlib.sha256(raw).hexdigest()
    assert said["case"] == case.pk
    problem(api.get(f"/api/v1/receipts/{broken.pk}/"), 404, "not_found")
    boss = make_agent("Lena Ortiz", role="admin")
    assert ids(machine(boss), "receipts/", state="quarantined") == [broken.pk]
    url = f"/api/v1/receipts/{broken.pk}/replay/"
    lacking = problem(machine(boss).post(url), 403, "insufficient_scope")
    assert "admin" in lacking["detail"]
    problem(machine(priya, "admin").post(url), 403, "admins_only")
    said = machine(boss, "admin").post(url).json()
    assert (said["state"], said["reason_code"]) == ("processed", "")
    problem(machine(boss, "admin").post(f"/api/v1/receipts/{receipt.pk}/replay/"), 422,
            "not_quarantined")  # fmt: skip


def test_bytes_that_were_let_go_are_gone(api: Client, support: Channel) -> None:
    receive(support, "dana@out.example")
    receipt = Receipt.objects.select_related("blob").get()
    receipt.blob.let_go()
    problem(api.get(f"/api/v1/receipts/{receipt.pk}/raw/"), 410, "gone")
    assert get(api, f"receipts/{receipt.pk}/")["is_kept"] is False
    assert Blob.objects.exists()


def test_what_is_restricted_is_a_line_and_empty_steps(
    api: Client, support: Channel, legal: Team
) -> None:
    case = receive(support, "dana@out.example").case
    counsel = make_channel(legal, name="counsel")
    counsel.is_own_topic = True
    counsel.save()
    after = Case.objects.get().conversation.revision
    secret = receive(counsel, "dana@out.example", "Canary", subject="Canary").case
    assert secret.conversation == case.conversation
    path = f"conversations/{case.conversation_id}/"
    lines = get(api, path)["cases"]
    hidden = {"id": None, "topic": None, "status": None, "team": "Legal"}
    assert hidden in lines
    steps = get(api, f"{path}changes/", after=after)["changes"]
    assert steps
    assert {(s["kind"], s["case"], s["message"], s["at"]) for s in steps} == {
        ("empty", None, None, None)
    }
    assert "Canary" not in json.dumps(get(api, f"{path}messages/"))
    problem(api.get(f"/api/v1/cases/{secret.pk}/"), 404, "not_found")


def test_numbers_of_what_was_merged_lead_on(api: Client, support: Channel, priya: Agent) -> None:
    first = receive(support, "dana@out.example").case
    second = receive(support, "dana@work.example").case
    older, younger = first.conversation, second.conversation
    merge_customers.merge(case_id=first.pk, agent=priya, other_case_id=second.pk)
    assert get(api, f"conversations/{younger.pk}/")["id"] == older.pk
    assert get(api, f"customers/{younger.customer_id}/")["id"] == older.customer_id
    assert get(api, f"conversations/{younger.pk}/changes/", after=1)["reset"] is True
    merge_cases.merge(case_id=first.pk, agent=priya, other_id=second.pk)
    assert get(api, f"cases/{second.pk}/")["id"] == get(api, f"cases/{first.pk}/")["id"]
    assert [row["id"] is None for row in get(api, f"conversations/{older.pk}/")["cases"]] == [False]
    problem(api.get("/api/v1/conversations/999999/"), 404, "not_found")
    problem(api.get("/api/v1/customers/999999/"), 404, "not_found")


def test_search_finds_what_the_desk_finds(api: Client, support: Channel, legal: Team) -> None:
    case = receive(support, "dana@out.example", "It is a massager\nthat hums", name="Dana").case
    receive(make_channel(legal, name="counsel"), "eve@out.example", "massager")
    said = get(api, "search/messages/", q="mass")
    assert [(hit["case"], hit["source"], hit["line"]) for hit in said["results"]] == [
        (case.pk, "text", "It is a massager")
    ]
    assert ids(api, "search/cases/", q="dana") == [case.pk]
    assert get(api, "search/cases/", q="-")["results"] == []
    for wrong in ({}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "after": "x"}):
        problem(api.get("/api/v1/search/messages/", wrong), 422, "invalid")


def test_search_goes_on_by_pages(api: Client, support: Channel) -> None:
    numbers = [receive(support, f"p{n}@out.example", "massager").case_id for n in range(26)]
    for path in ("search/messages/", "search/cases/"):
        query = "massager" if "messages" in path else "out.example"
        first = get(api, path, q=query)
        second = api.get(first["next"]).json()
        key = "case" if "messages" in path else "id"
        assert [row[key] for row in first["results"] + second["results"]] == numbers[::-1]
        assert second["next"] is None


def test_views_are_the_lists_of_the_desk(api: Client, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@out.example").case
    other = receive(support, "eve@out.example").case
    assignment.take(case_id=case.pk, agent=priya)
    views = {view["key"]: view for view in get(api, "views/")["results"]}
    shown = {queue.key for queue in (*queues.everything(priya), *queues.attention(priya))}
    assert set(views) == {*shown, f"team-{support.team_id}"}
    mine = {"key": "mine", "title": "My queue", "count": 1, "more": False}
    assert views["mine"] == {**mine, "made_of": None, "team": None, "filters": {}}
    assert views["spam"]["count"] is None
    assert ids(api, "views/mine/cases/") == [case.pk]
    assert ids(api, "views/unassigned/cases/", waiting="true") == [other.pk]
    problem(api.get("/api/v1/views/team-999/cases/"), 404, "not_found")


LISTS: dict[str, Callable[[Case], str]] = {
    "cases": lambda _: "cases/",
    "conversations": lambda _: "conversations/",
    "customers": lambda _: "customers/",
    "identities": lambda _: "identities/",
    "deliveries": lambda _: "deliveries/",
    "receipts": lambda _: "receipts/",
    "messages": lambda case: f"cases/{case.pk}/messages/",
    "thread": lambda case: f"conversations/{case.conversation_id}/messages/",
    "view": lambda _: "views/all/cases/",
    "changes": lambda case: f"conversations/{case.conversation_id}/changes/?after=0",
}


def multiply(case: Case, message: Message, times: int) -> None:
    """As many further customers, each with a thread, a case and a message, and files in ours."""
    at = case.opened_at
    customers = Customer.objects.bulk_create(Customer(name=f"P {n}") for n in range(times))
    Identity.objects.bulk_create(
        Identity(kind="email", value=f"p{one.pk}@many.example", customer=one) for one in customers
    )
    threads = Conversation.objects.bulk_create(Conversation(customer=one) for one in customers)
    found = Case.objects.bulk_create(
        Case(conversation=one, team=case.team, opened_at=at, last_message_at=at) for one in threads
    )
    common: dict[str, Any] = {"channel": message.channel, "identity": message.identity}
    Message.objects.bulk_create(
        Message(conversation=one.conversation, case=one, sorted_at=at, **common)
        for one in [*found, *([case] * times)]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # else the planner takes the tables for empty


def test_statements_are_as_many_for_few_rows_as_for_many(
    api: Client, support: Channel, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "USE_GRAIN", timedelta(days=1))  # noted once, not in between
    first = receive(support, "dana@out.example", files={"a": "b"})
    case = first.case

    def counted() -> dict[str, int]:
        found = {}
        for name, path in LISTS.items():
            mark = "&" if "?" in path(case) else "?"
            limit = "" if name == "changes" else f"{mark}limit=200"
            with CaptureQueriesContext(connection) as seen:
                get(api, path(case) + limit)
            found[name] = len(seen)
        return found

    for n in range(10):
        other = receive(support, f"p{n}@out.example", files={"a": str(n)}).case
        answer(other, priya)
    counted()
    few = counted()
    multiply(case, first, 400)
    for n in range(10, 30):
        answer(receive(support, f"p{n}@out.example", files={"a": str(n)}).case, priya)
    assert counted() == few
    assert max(few.values()) <= 12
