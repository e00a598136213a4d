"""What programs do: by the services of the desk, once a key, and the loser is told."""

import base64
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from api import idempotency
from api.models import KeptAnswer
from conversations.models import Agent, Case, Channel, Delivery, Message, Team
from conversations.services import assignment, status
from tests.api.conftest import machine
from tests.api.test_frame import problem
from tests.paper import Provider
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


TOMORROW = (timezone.now() + timedelta(days=1)).isoformat()


def post(api: Client, path: str, said: Any = None, *, key: str = "", **headers: str) -> Any:
    sent = {**headers, **({"Idempotency-Key": key} if key else {})}
    return api.post(
        f"/api/v1/{path}", json.dumps(said or {}), content_type="application/json", headers=sent
    )


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@out.example", "Broken", subject="Massager").case


def test_a_case_is_worked(
    api: Client, case: Case, priya: Agent, support: Channel, warranty: Team
) -> None:
    path = f"cases/{case.pk}/"
    lena = make_agent("Lena Ortiz")
    steps: list[tuple[str, dict[str, Any], str, Any]] = [
        ("take", {}, "assignee", {"id": priya.pk, "name": "Priya Nair"}),
        ("assign", {"assignee": lena.pk}, "assignee", {"id": lena.pk, "name": "Lena Ortiz"}),
        ("assign", {"assignee": None}, "assignee", None),
        ("topic", {"topic": "A massager"}, "topic", "A massager"),
        ("tags", {"tags": ["Late", "late", "fragile"]}, "tags", ["fragile", "late"]),
        ("snooze", {"until": TOMORROW}, "status", "snoozed"),
        ("unsnooze", {}, "status", "open"),
        ("resolve", {}, "status", "resolved"),
        ("reopen", {}, "status", "open"),
        ("spam", {}, "status", "spam"),
        ("not-spam", {}, "status", "open"),
        ("move", {"team": warranty.pk}, "team", {"id": warranty.pk, "name": "Warranty"}),
    ]
    for name, said, field, value in steps:
        answered = post(api, f"{path}{name}/", said)
        if name == "move":
            assert answered.status_code in {200, 204}
            continue
        assert answered.status_code == 200, (name, answered.content)
        assert answered.json()[field] == value, name
        assert answered.headers["ETag"] == f'"{answered.json()["revision"]}"'
    case.refresh_from_db()
    assert case.team == warranty
    assert case.messages.filter(kind="activity", agent=priya).count() == len(steps)


def test_reading_is_noted(api: Client, case: Case, priya: Agent) -> None:
    up_to = timezone.now().isoformat()
    assert post(api, f"cases/{case.pk}/read/", {"up_to": up_to}).status_code == 204
    assert priya.read_marks.get().case == case


def test_what_another_team_works_is_read_and_noted_alone(
    case: Case, support: Channel, warranty: Team, api: Client
) -> None:
    other = make_channel(warranty, name="warranty")
    Channel.objects.update(is_own_topic=True)
    other.refresh_from_db()
    theirs = receive(other, "dana@out.example").case
    said = problem(post(api, f"cases/{theirs.pk}/take/"), 403, "not_your_team")
    assert said["params"] == {"team": "Warranty"}
    assert post(api, f"cases/{theirs.pk}/notes/", {"text": "Hm"}).status_code == 201
    unseen = receive(other, "eve@out.example").case
    problem(post(api, f"cases/{unseen.pk}/take/"), 404, "not_found")
    problem(post(api, f"cases/{unseen.pk}/notes/", {"text": "Hm"}), 404, "not_found")


def test_whoever_gives_a_case_away_for_good_sees_it_no_more(
    api: Client, case: Case, legal: Team
) -> None:
    assert post(api, f"cases/{case.pk}/move/", {"team": legal.pk}).status_code == 204
    problem(api.get(f"/api/v1/cases/{case.pk}/"), 404, "not_found")


@pytest.mark.parametrize("how", ["If-Match", "seen"])
def test_the_second_is_told_who_was_first_and_when(api: Client, case: Case, how: str) -> None:
    seen = api.get(f"/api/v1/cases/{case.pk}/")
    assignment.take(case_id=case.pk, agent=make_agent("Lena Ortiz"))
    if how == "seen":
        late = post(api, f"cases/{case.pk}/tags/", {"tags": ["x"], "seen": seen.json()["revision"]})
    else:
        late = post(api, f"cases/{case.pk}/take/", **{"If-Match": seen.headers["ETag"]})
    said = problem(late, 409, "changed_meanwhile")
    assert said["params"]["who"] == "Lena Ortiz"
    assert said["params"]["at"]
    case.refresh_from_db()
    assert str(case.assignee) == "Lena Ortiz"
    fresh = api.get(f"/api/v1/cases/{case.pk}/").headers["ETag"]
    assert post(api, f"cases/{case.pk}/take/", **{"If-Match": fresh}).status_code == 200
    problem(post(api, f"cases/{case.pk}/take/", **{"If-Match": '"x"'}), 400, "bad_etag")


def test_an_answer_goes_where_the_desk_would_send_it(api: Client, case: Case, priya: Agent) -> None:
    file = {"name": "a.txt", "content": base64.b64encode(b"hi").decode()}
    said = {"text": "Sorry", "files": [file], "resolve": True}
    answered = post(api, f"cases/{case.pk}/messages/", said)
    assert answered.status_code == 201, answered.content
    message = Message.objects.get(pk=answered.json()["id"])
    assert answered.headers["Location"].endswith(f"/api/v1/messages/{message.pk}/")
    assert (message.text, message.agent) == ("Sorry", priya)
    assert message.attachments.get().blob.read() == b"hi"
    assert Delivery.objects.get(messages=message).recipients.get().address == "dana@out.example"
    case.refresh_from_db()
    assert case.status == "resolved"


def test_files_come_as_a_form_too(api: Client, case: Case) -> None:
    files = [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("b.txt", b"two")]
    for path, said in (
        ("notes", {"text": "See"}),
        ("messages", {"text": "See", "cc": ["a@b.example"]}),
    ):
        for file in files:
            file.seek(0)
        answered = api.post(f"/api/v1/cases/{case.pk}/{path}/", {**said, "files": files})
        assert answered.status_code == 201, answered.content
        names = [file["name"] for file in answered.json()["attachments"]]
        assert names == ["a.txt", "b.txt"]


def test_writing_to_somebody_opens_a_case(api: Client, support: Channel, priya: Agent) -> None:
    said = {"channel": support.pk, "to": ["eve@out.example"], "subject": "Hello", "text": "Hi"}
    answered = post(api, "cases/", said, key="one")
    assert answered.status_code == 201, answered.content
    case = Case.objects.get(pk=answered.json()["case"])
    assert (case.topic, case.assignee) == ("Hello", priya)
    assert post(api, "cases/", said, key="one").json() == answered.json()
    assert Case.objects.count() == 1


def test_a_held_message_is_taken_back(api: Client, case: Case, priya: Agent) -> None:
    priya.undo_seconds = 60
    priya.save()
    sent = post(api, f"cases/{case.pk}/messages/", {"text": "Oops"}).json()
    assert post(api, f"messages/{sent['id']}/cancel/").json()["cancelled_at"]
    problem(post(api, f"messages/{sent['id']}/cancel/"), 422, "too_late")


def test_what_failed_is_sent_again(api: Client, case: Case) -> None:
    sent = post(api, f"cases/{case.pk}/messages/", {"text": "Hi"}).json()
    delivery = sent["deliveries"][0]["id"]
    problem(post(api, f"deliveries/{delivery}/send-again/"), 422, "not_failed")
    found = Delivery.objects.filter(pk=delivery)
    found.update(state="failed")
    found.get().recipients.update(state="failed")
    assert post(api, f"deliveries/{delivery}/send-again/").json()["state"] == "queued"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"text": ""}, "empty"),
        ({"text": "x", "to": ["nobody"]}, "bad_address"),
        ({"text": "x", "to": ["support@kalma.example"]}, "own_address"),
        ({"text": "x", "channel": 999}, "no_channel"),
        ({"text": "x", "files": [{"name": "a", "content": "A" * 1_400_000}]}, "files_too_large"),
    ],
)
def test_what_cannot_be_sent_says_why(
    api: Client, case: Case, said: dict[str, Any], code: str
) -> None:
    problem(post(api, f"cases/{case.pk}/messages/", said), 422, code)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({}, "text", "required"),
        ({"text": ["x"]}, "text", "invalid"),
        ({"text": "x\x00"}, "text", "null_characters_not_allowed"),
        ({"text": "\ud800"}, "text", "surrogate_characters_not_allowed"),
        ({"text": "x", "agent": 1}, "agent", "unknown_field"),
        ({"text": "x", "channel": -1}, "channel", "min_value"),
        ({"text": "x", "channel": 10**40}, "channel", "max_value"),
        ({"text": "x", "to": "a@b.example"}, "to", "not_a_list"),
        ({"text": "x", "to": [{}]}, "to.0", "invalid"),
        ({"text": "x", "files": [{"name": "a"}]}, "files.0.content", "required"),
        ({"text": "x", "files": [{"name": "a", "content": "%"}]}, "files.0.content", "not_base64"),
        ({"text": "x", "files": [{"name": "a", "content": ""}] * 21}, "files", "max_length"),
        ([], "", "invalid"),
        ("x", "", "invalid"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_field_by_field(
    api: Client, case: Case, said: Any, field: str, code: str
) -> None:
    answered = api.post(
        f"/api/v1/cases/{case.pk}/messages/", json.dumps(said), content_type="application/json"
    )
    errors = problem(answered, 422, "invalid")["errors"]
    assert [(one["field"], one["code"]) for one in errors] == [(field, code)]


@pytest.mark.parametrize(
    ("body", "kind", "refused"),
    [
        (b"{", "application/json", (400, "bad_request")),
        (b"\xff", "application/json", (400, "bad_request")),
        (b'{"a": NaN}', "application/json", (400, "bad_request")),
        (b"[" * 100_000, "application/json", (400, "bad_request")),
        (b'{"a": ' + b"9" * 10_000 + b"}", "application/json", (400, "bad_request")),
        (b"a=b", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b"x", "text/plain", (415, "unsupported_media_type")),
        (b"x", "", (415, "unsupported_media_type")),
        (b"x" * (1024 * 1024 + 1), "application/json", (413, "too_large")),
    ],
)  # fmt: skip
def test_bodies_of_every_kind(
    api: Client, case: Case, body: bytes, kind: str, refused: tuple[int, str]
) -> None:
    answered = api.generic("POST", f"/api/v1/cases/{case.pk}/resolve/", body, content_type=kind)
    problem(answered, refused[0], refused[1])


def test_a_broken_form_is_a_problem(api: Client, case: Case) -> None:
    url, kind = f"/api/v1/cases/{case.pk}/notes/", "multipart/form-data; boundary=x"
    problem(api.post(url, b"--y", content_type="multipart/form-data"), 400, "bad_request")
    problem(api.post(url, b"nothing", content_type=kind), 422, "invalid")
    form = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    too_long = form + b"x" * (6 * 1024 * 1024) + b"\r\n--x--\r\n"
    problem(api.post(url, too_long, content_type=kind), 413, "too_large")


def test_a_body_too_large_to_be_read_is_not_read(api: Client, case: Case) -> None:
    url = f"/api/v1/cases/{case.pk}/notes/"
    headers = {"Content-Length": str(41 * 1024 * 1024)}
    problem(api.post(url, b"{}", content_type="application/json", headers=headers), 413,
            "too_large")  # fmt: skip
    chunked = {"Content-Length": "", "Transfer-Encoding": "chunked"}
    problem(api.post(url, b"{}", content_type="application/json", headers=chunked), 411,
            "length_required")  # fmt: skip


def test_a_reading_token_does_nothing(case: Case, priya: Agent) -> None:
    reader = machine(priya, "read")
    problem(post(reader, f"cases/{case.pk}/resolve/"), 403, "insufficient_scope")
    case.refresh_from_db()
    assert case.status == "open"


def test_once_a_key(api: Client, case: Case, provider: Provider) -> None:
    path = f"cases/{case.pk}/messages/"
    first = post(api, path, {"text": "Hi"}, key="k-1")
    again = post(api, path, {"text": "Hi"}, key="k-1")
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    problem(post(api, path, {"text": "Other"}, key="k-1"), 422, "idempotency_key_reused")
    problem(post(api, f"cases/{case.pk}/take/", key="k-1"), 422, "idempotency_key_reused")
    assert post(api, path, {"text": "Hi"}, key="k-2").json() != first.json()
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("nasty", ["a\x00", "\ud800", "\u2028", "x" * 10_000])
def test_what_is_no_text_is_told_and_kept(api: Client, case: Case, nasty: str) -> None:
    for said in ({nasty: 1}, {"assignee": nasty}, {"assignee": [nasty]}):
        key = f"k{len(KeptAnswer.objects.all())}"
        first = post(api, f"cases/{case.pk}/assign/", said, key=key)
        problem(first, 422, "invalid")
        again = post(api, f"cases/{case.pk}/assign/", said, key=key)
        assert again.json() == first.json()


def test_a_key_is_its_tokens_own_and_lasts_a_day(api: Client, case: Case, priya: Agent) -> None:
    path = f"cases/{case.pk}/messages/"
    post(api, path, {"text": "Hi"}, key="k")
    assert post(machine(priya), path, {"text": "Other"}, key="k").status_code == 201
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    post(api, path, {"text": "x"}, key="next")
    assert KeptAnswer.objects.count() == 1
    assert post(api, path, {"text": "Other"}, key="next").status_code == 422


def test_a_refusal_is_replayed_too(api: Client, case: Case, priya: Agent) -> None:
    path = f"cases/{case.pk}/assign/"
    for _ in range(2):
        problem(post(api, path, {"assignee": 999}, key="k"), 422, "no_such_agent")
    assert KeptAnswer.objects.count() == 1


def test_a_form_is_the_same_whatever_its_boundary(api: Client, case: Case) -> None:
    url = f"/api/v1/cases/{case.pk}/notes/"
    seen = set()
    for boundary in ("aaa", "bbb"):
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="text"\r\n\r\nSee\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n'
            f"Content-Type: text/plain\r\n\r\nhi\r\n--{boundary}--\r\n"
        )
        kind = f"multipart/form-data; boundary={boundary}"
        answered = api.post(url, body.encode(), content_type=kind, headers={"Idempotency-Key": "k"})
        assert answered.status_code == 201, answered.content
        seen.add(answered.json()["id"])
    assert len(seen) == 1
    assert Message.objects.get(pk=seen.pop()).attachments.get().blob.read() == b"hi"


@pytest.mark.parametrize("key", ["x" * 256, "ä", "a b"])
def test_a_key_is_visible_ascii(api: Client, case: Case, key: str) -> None:
    problem(post(api, f"cases/{case.pk}/take/", key=key), 400, "bad_idempotency_key")


def test_a_fault_of_ours_leaves_nothing_behind(
    api: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = idempotency._keep
    monkeypatch.setattr(idempotency, "_keep", lambda *_: 1 / 0)
    problem(post(api, f"cases/{case.pk}/messages/", {"text": "Hi"}, key="k"), 500, "internal_error")
    assert not Delivery.objects.exists()
    assert not KeptAnswer.objects.exists()
    monkeypatch.setattr(idempotency, "_keep", keep)
    assert post(api, f"cases/{case.pk}/messages/", {"text": "Hi"}, key="k").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one(
    support: Channel, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second does not wait for the first: 409, and afterwards the first's answer."""
    case = receive(support, "dana@out.example").case
    api, inside, go = machine(priya), threading.Event(), threading.Event()
    really = status.resolve

    def slowly(**said: Any) -> Case:
        inside.set()
        assert go.wait(20)
        return really(**said)

    monkeypatch.setattr("api.views.actions.Resolve.do", staticmethod(slowly))
    found: list[Any] = []

    def first() -> None:
        found.append(post(api, f"cases/{case.pk}/resolve/", key="k"))
        connections.close_all()

    running = threading.Thread(target=first)
    running.start()
    assert inside.wait(20)
    late = post(api, f"cases/{case.pk}/resolve/", key="k")
    go.set()
    running.join(20)
    problem(late, 409, "still_running")
    assert late.headers["Retry-After"] == "1"
    assert found[0].status_code == 200
    again = post(api, f"cases/{case.pk}/resolve/", key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert case.messages.filter(code="resolved").count() == 1


def test_a_message_is_handed_on(
    api: Client, case: Case, support: Channel, provider: Provider
) -> None:
    first = case.messages.get()
    said = {"to": ["supplier@parts.example"], "messages": [first.pk], "text": "Please look"}
    made = post(api, f"cases/{case.pk}/forward/", said, key="f1")
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["is_aside"]
    assert body["subject"] == "Fwd: Massager"
    assert "Broken" in body["folded"]
    assert post(api, f"cases/{case.pk}/forward/", said, key="f1").json() == body
    sent = Message.objects.get(pk=body["id"])
    receive(support, "supplier@parts.example", "A fuse", references=[sent.message_id])
    listed = api.get(f"/api/v1/cases/{case.pk}/messages/").json()["results"]
    assert [one["is_aside"] for one in listed if one["kind"] == "message"] == [False, True, True]
    case.refresh_from_db()
    assert case.waiting_since == first.sorted_at


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"to": ["dana@out.example"]}, 422, "aside_to_customer"),
        ({"messages": [10**12]}, 422, "not_quotable"),
        ({"attachments": [10**12]}, 422, "not_quotable"),
        ({"messages": []}, 422, "invalid"),
    ],
)
def test_what_cannot_be_handed_on(
    api: Client, case: Case, wish: dict[str, Any], status: int, code: str
) -> None:
    said = {"to": ["supplier@parts.example"], "messages": [case.messages.get().pk], **wish}
    answered = post(api, f"cases/{case.pk}/forward/", said)
    assert (answered.status_code, answered.json()["code"]) == (status, code)
    assert not Delivery.objects.exists()
