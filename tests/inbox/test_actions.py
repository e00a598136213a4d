import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import (
    Agent,
    Case,
    Channel,
    Conversation,
    Draft,
    Message,
    ReadMark,
    Status,
    Team,
)
from conversations.services import drafts, topics
from tests.people import answer, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "It stops", name="Dana", subject="Pro 2").case


def letter(**said: Any) -> dict[str, Any]:
    return {
        "kind": "message",
        "text": "On its way.",
        "to": "dana@post.example",
        "client_id": str(uuid.uuid4()),
        **said,
    }


def do(
    desk: Client, case: Case, what: str, said: dict[str, Any] | None = None, **kwargs: Any
) -> Any:
    return desk.post(f"/inbox/c/{case.pk}/{what}", said or {}, **kwargs)


def test_answers_without_scripts(desk: Client, case: Case, priya: Agent) -> None:
    answered = do(desk, case, "messages", letter(q="unassigned"))
    assert answered.headers["Location"] == f"/inbox/q/unassigned/c/{case.pk}/"
    message = Message.objects.get(case=case, agent=priya, kind="message")
    assert message.text == "On its way."
    case.refresh_from_db()
    assert case.assignee == priya


def test_sends_once_however_often_it_is_posted(desk: Client, case: Case) -> None:
    said = letter()
    for _ in range(3):
        do(desk, case, "messages", said)
    assert Message.objects.filter(case=case, agent__isnull=False, kind="message").count() == 1


def test_copies_files_and_subject_travel_along(desk: Client, case: Case) -> None:
    said = letter(
        cc="sam@post.example; eve@post.example",
        bcc="boss@post.example",
        subject="A replacement",
        sender="sales@kalma.example",
        files=[SimpleUploadedFile("label.txt", b"to", "text/plain")],
    )
    assert do(desk, case, "messages", said).status_code == 302
    message = Message.objects.get(case=case, agent__isnull=False, kind="message")
    roles = sorted((a["role"], a["address"]) for a in message.addressees)
    assert roles == [
        ("bcc", "boss@post.example"),
        ("cc", "eve@post.example"),
        ("cc", "sam@post.example"),
        ("to", "dana@post.example"),
    ]
    assert message.subject == "A replacement"
    assert [file.name for file in message.attachments.all()] == ["label.txt"]


def test_gives_back_what_was_typed_with_the_reason(desk: Client, case: Case) -> None:
    answered = do(desk, case, "messages", letter(to="nonsense", text="My long answer"))
    assert answered.status_code == 422
    text = answered.content.decode()
    assert "My long answer" in text
    assert "“nonsense” is not an address we can send to." in text


def test_says_the_reason_beside_the_composer_with_scripts(
    desk: Client, case: Case, htmx: dict[str, Any]
) -> None:
    answered = do(desk, case, "messages", letter(text=" "), **htmx)
    assert answered.status_code == 422
    assert answered.headers["HX-Retarget"] == "#composer-problem"
    assert "Write something first." in answered.content.decode()


def test_a_held_message_can_be_taken_back_into_the_draft(
    desk: Client, case: Case, priya: Agent
) -> None:
    Agent.objects.filter(pk=priya.pk).update(undo_seconds=10)
    page = desk.post(f"/inbox/c/{case.pk}/messages", letter(), follow=True).content.decode()
    assert "Paper to dana@post.example goes out" in page
    assert "Sends in" in page
    message = Message.objects.get(case=case, agent=priya, kind="message")
    page = desk.post(
        f"/inbox/c/{case.pk}/messages/{message.pk}/cancel", follow=True
    ).content.decode()
    assert "On its way." in page
    assert Draft.objects.get(case=case, agent=priya).text == "On its way."


def test_only_the_sender_is_offered_to_undo(
    desk: Client, case: Case, marco: Agent, client: Client
) -> None:
    Agent.objects.filter(pk=marco.pk).update(undo_seconds=10)
    marco.refresh_from_db()
    message = answer(case, marco)
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert "Sends in" in page
    assert "/cancel" not in page
    assert desk.post(f"/inbox/c/{case.pk}/messages/{message.pk}/cancel").status_code == 404


def test_sends_and_resolves_in_one(desk: Client, case: Case) -> None:
    answered = do(desk, case, "messages", letter(resolve="1"))
    case.refresh_from_db()
    assert case.status == Status.RESOLVED
    assert answered.headers["Location"] == "/inbox/q/mine/"


@pytest.mark.parametrize(
    ("what", "said", "text"),
    [
        ("resolve", {}, "Resolved: Pro 2"),
        ("spam", {}, "Marked as spam"),
        ("take", {}, "It is yours now"),
        ("reopen", {}, "Open again"),
    ],
)
def test_says_once_what_was_done(
    desk: Client, case: Case, what: str, said: dict[str, Any], text: str
) -> None:
    page = desk.post(f"/inbox/c/{case.pk}/{what}", said, follow=True).content.decode()
    assert text in page
    assert text not in desk.get("/inbox/q/mine/").content.decode()


def test_undo_of_resolving_opens_again(desk: Client, case: Case) -> None:
    desk.post(f"/inbox/c/{case.pk}/resolve", follow=True)
    do(desk, case, "reopen")
    case.refresh_from_db()
    assert case.status == Status.OPEN
    assert case.waiting_since is not None


def test_undo_of_assigning_gives_it_back(
    desk: Client, case: Case, marco: Agent, htmx: dict[str, Any]
) -> None:
    answered = do(desk, case, "assign", {"assignee": marco.pk, "was": ""}, **htmx)
    text = answered.content.decode()
    assert "Assigned to Marco Reyes" in text
    assert '<input type="hidden" name="assignee" value="">' in text
    do(desk, case, "assign", {"assignee": ""})
    case.refresh_from_db()
    assert case.assignee is None


def test_patches_the_parts_that_changed(desk: Client, case: Case, htmx: dict[str, Any]) -> None:
    htmx["headers"] = {**htmx["headers"], "X-Row-Shown": "yes"}
    answered = do(desk, case, "take", {"q": "unassigned"}, **htmx)
    text = answered.content.decode()
    parts = ["th-top", f"c-{case.pk}", "n-mine", "t-needs-reply", "t-waiting", "due", "toasts"]
    for part in [*parts, "j-tags", "facts"]:
        assert f'id="{part}"' in text
    assert "case:changed" in answered.headers["HX-Trigger"]
    assert "<textarea" not in text


def test_tells_the_second_of_two_agents_who_was_first(
    desk: Client, case: Case, marco: Agent, htmx: dict[str, Any]
) -> None:
    seen = desk.get(f"/inbox/q/all/c/{case.pk}/").context["thread"].revision
    topics.rename(case_id=case.pk, agent=marco, topic="Gearbox")
    answered = do(desk, case, "resolve", {"seen": seen}, **htmx)
    assert answered.status_code == 409
    assert answered.headers["HX-Retarget"] == "#th-problem"
    assert "Marco Reyes changed this" in answered.content.decode()
    case.refresh_from_db()
    assert case.status == Status.OPEN


def test_renames_tags_and_moves(desk: Client, case: Case, warranty: Team, priya: Agent) -> None:
    warranty.members.add(priya)
    do(desk, case, "topic", {"topic": "Gearbox"})
    do(desk, case, "tags", {"tags": "Warranty, pro 2"})
    do(desk, case, "move", {"team": warranty.pk})
    case.refresh_from_db()
    assert case.topic == "Gearbox"
    assert sorted(tag.name for tag in case.tags.all()) == ["pro 2", "warranty"]
    assert case.team == warranty


def test_moves_a_read_mark_forward(desk: Client, case: Case, priya: Agent) -> None:
    at = case.last_message_at.isoformat()
    assert do(desk, case, "read", {"up_to": at, "quiet": "1"}).status_code == 204
    assert ReadMark.objects.get(case=case, agent=priya).read_at == case.last_message_at


@pytest.mark.parametrize("up_to", ["", "yesterday", "2026-01-01T00:00:00"])
def test_refuses_a_read_mark_without_a_time(desk: Client, case: Case, up_to: str) -> None:
    assert do(desk, case, "read", {"up_to": up_to}).status_code == 400


def test_keeps_a_draft_and_its_partners(desk: Client, case: Case, priya: Agent) -> None:
    said = {"kind": "message", "text": "Hi D", "cc": "sam@post.example", "text_version": "0"}
    assert do(desk, case, "drafts", said).json() == {"version": 1}
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert "Hi D" in page
    assert "sam@post.example" in page


def test_shows_the_newer_words_of_another_tab(desk: Client, case: Case, priya: Agent) -> None:
    for version in (0, 1):
        drafts.save(
            case_id=case.pk,
            agent=priya,
            kind="message",
            text=f"v{version}",
            fields={},
            version=version,
        )
    answered = do(desk, case, "drafts", {"kind": "message", "text": "old", "text_version": "1"})
    assert answered.status_code == 409
    assert answered.json()["text"] == "v1"
    assert "Another window" in answered.json()["problem"]


def test_a_note_draft_and_an_answer_draft_live_side_by_side(
    desk: Client, case: Case, priya: Agent
) -> None:
    do(desk, case, "drafts", {"kind": "message", "text": "Answer"})
    do(desk, case, "drafts", {"kind": "note", "note": "Aside"})
    kept = {draft.kind: draft.text for draft in Draft.objects.filter(case=case, agent=priya)}
    assert kept == {"message": "Answer", "note": "Aside"}


def test_writes_to_anybody(desk: Client, support: Channel, priya: Agent) -> None:
    said = {
        "from": f"{support.pk}:support@kalma.example",
        "to": "new@post.example",
        "subject": "Your order",
        "text": "It left today.",
        "client_id": str(uuid.uuid4()),
    }
    assert desk.post("/inbox/new/", said).status_code == 302
    case = Case.objects.get(topic="Your order")
    assert case.assignee == priya


def test_keeps_a_new_message_when_its_address_is_wrong(desk: Client, support: Channel) -> None:
    said = {"from": f"{support.pk}:support@kalma.example", "to": "nobody", "text": "My words"}
    answered = desk.post("/inbox/new/", said)
    assert answered.status_code == 422
    assert "My words" in answered.content.decode()


def test_offers_no_sender_of_a_foreign_team(desk: Client, warranty: Team, support: Channel) -> None:
    Channel.objects.filter(pk=support.pk).update(team=warranty)
    assert "No channel of your teams" in desk.get("/inbox/new/").content.decode()


@pytest.mark.parametrize(
    "what",
    [
        "assign",
        "take",
        "move",
        "resolve",
        "reopen",
        "spam",
        "not-spam",
        "topic",
        "tags",
        "read",
        "drafts",
        "messages",
    ],
)
def test_refuses_to_act_by_reading(desk: Client, case: Case, what: str) -> None:
    assert desk.get(f"/inbox/c/{case.pk}/{what}").status_code == 405


@pytest.mark.parametrize(
    "what",
    [
        "assign",
        "take",
        "move",
        "resolve",
        "reopen",
        "spam",
        "not-spam",
        "topic",
        "tags",
        "messages",
    ],
)
def test_an_invisible_case_does_not_exist_for_any_action(
    desk: Client, case: Case, warranty: Team, what: str
) -> None:
    Case.objects.filter(pk=case.pk).update(team=warranty)
    assert do(desk, case, what, letter(topic="x", tags="y", team=1)).status_code == 404


def test_an_answer_over_a_colleagues_comes_back_with_both(
    desk: Client, support: Channel, priya: Agent, marco: Agent
) -> None:
    case = receive(support, "dana@post.example", "First").case
    seen = Conversation.objects.get(pk=case.conversation_id).revision
    answer(case, marco, "Marco was faster")
    said = {"kind": "message", "text": "Mine", "to": "dana@post.example", "seen": str(seen)}
    first = {**said, "client_id": str(uuid.uuid4())}
    page = desk.post(f"/inbox/c/{case.pk}/messages", first)
    assert page.status_code == 409
    assert "Marco Reyes answered meanwhile: Marco was faster" in page.text
    assert ">Mine</textarea>" in page.text
    again = {**first, "seen": re.findall(r'name="seen" value="(\d+)"', page.text)[-1]}
    assert desk.post(f"/inbox/c/{case.pk}/messages", again).status_code == 302
    answer(case, marco, "And again")
    assert desk.post(f"/inbox/c/{case.pk}/messages", again).status_code == 302
    assert Message.objects.filter(case=case, text="Mine").count() == 1
    anyway = {**said, "text": "Still", "anyway": "1", "client_id": str(uuid.uuid4())}
    assert desk.post(f"/inbox/c/{case.pk}/messages", anyway).status_code == 302
