import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import events, outbox
from conversations.adapters.base import PermanentFailure
from conversations.models import (
    Agent,
    Case,
    ChangeKind,
    Channel,
    Conversation,
    Delivery,
    Identity,
    Message,
    Participant,
    Team,
)
from conversations.services import intake, notes, reading, status
from tests import paper
from tests.inbox.test_list import fill
from tests.people import answer, receive, record

pytestmark = pytest.mark.django_db


def url(case: Case, queue: str = "all") -> str:
    return f"/inbox/q/{queue}/c/{case.pk}/"


def page(desk: Client, case: Case) -> str:
    answered = desk.get(url(case))
    assert answered.status_code == 200
    return answered.content.decode()


def statements(desk: Client, case: Case, **kwargs: Any) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert desk.get(url(case), **kwargs).status_code == 200
    return len(caught)


def long_thread(support: Channel, priya: Agent, rounds: int) -> Case:
    case = receive(support, "dana@post.example", name="Dana Whitfield", subject="Pro 2").case
    for _ in range(rounds):
        receive(support, "dana@post.example", "And?", files={"a.txt": "x"})
        answer(case, priya, "Soon.")
        notes.add(case_id=case.pk, agent=priya, text="Batch 11", client_id=uuid.uuid4())
    return case


def test_costs_the_same_statements_at_any_size(
    desk: Client, support: Channel, priya: Agent, team: Team
) -> None:
    case = long_thread(support, priya, 2)
    receive(support, "leon@post.example")
    desk.get(url(case))  # a process reads the calendars with its first page
    few = statements(desk, case)
    for _ in range(20):
        receive(support, "dana@post.example", "More", files={"b.txt": "y"})
        answer(case, priya, "Yes.")
    fill(team, 1990)
    assert statements(desk, case) == few
    assert few <= 34


def test_a_pane_costs_less_than_the_page(desk: Client, support: Channel, priya: Agent) -> None:
    case = long_thread(support, priya, 2)
    pane = {"HX-Request": "true", "HX-Target": "pane"}
    answered = desk.get(url(case), headers=pane)
    assert 'id="list"' not in answered.content.decode()
    assert statements(desk, case, headers=pane) < statements(desk, case)


def test_shows_words_notes_answers_and_their_state(
    desk: Client, support: Channel, priya: Agent
) -> None:
    case = long_thread(support, priya, 1)
    text = page(desk, case)
    for part in ("Dana Whitfield", "Soon.", "Batch 11", "Note, team only", "a.txt", "Sending"):
        assert part in text


def test_pages_back_through_a_long_thread(desk: Client, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", "The very first", subject="Pro 2").case
    for number in range(60):
        notes.add(case_id=case.pk, agent=priya, text=f"note {number}", client_id=uuid.uuid4())
    shown = desk.get(url(case)).context["thread"]
    assert "The very first" not in {entry.message.text for entry in shown.entries}
    feed = desk.get(f"/inbox/c/{case.pk}/feed", {"before": shown.earlier}).content.decode()
    assert "The very first" in feed
    assert "Earlier messages" not in feed


def test_hides_a_case_of_a_team_the_agent_is_not_in(
    desk: Client, support: Channel, warranty: Team
) -> None:
    case = receive(support, "dana@post.example").case
    Case.objects.filter(pk=case.pk).update(team=warranty)
    assert desk.get(url(case)).status_code == 404
    assert desk.get(f"/inbox/c/{case.pk}/").status_code == 404


def test_names_a_restricted_case_by_its_team_alone(
    desk: Client, support: Channel, legal: Team
) -> None:
    case = receive(support, "dana@post.example", "Hello").case
    secret = Case.objects.create(
        conversation=case.conversation,
        team=legal,
        topic="The lawsuit",
        opened_at=timezone.now(),
        last_message_at=timezone.now(),
    )
    text = page(desk, case)
    assert "A case with Legal" in text
    assert "The lawsuit" not in text
    assert desk.get(url(secret)).status_code == 404


def test_offers_only_a_note_on_another_teams_case_of_a_shared_conversation(
    desk: Client, support: Channel, warranty: Team, priya: Agent
) -> None:
    case = receive(support, "dana@post.example", "Hello").case
    theirs = Case.objects.create(
        conversation=case.conversation,
        team=warranty,
        topic="Gearbox",
        opened_at=timezone.now(),
        last_message_at=timezone.now(),
    )
    text = page(desk, theirs)
    assert 'value="note"' in text
    assert 'value="message"' not in text
    assert "Warranty works this case" in text
    assert desk.post(f"/inbox/c/{theirs.pk}/resolve").status_code == 403
    said = {"kind": "note", "note": "Seen", "client_id": str(uuid.uuid4())}
    assert desk.post(f"/inbox/c/{theirs.pk}/messages", said).status_code == 302
    assert Message.objects.filter(case=theirs, kind="note", agent=priya).exists()


def test_folds_other_cases_under_one_line_and_opens_them(
    desk: Client, support: Channel, priya: Agent
) -> None:
    old = receive(support, "dana@post.example", "The plug is wrong", subject="Wrong plug").case
    status.resolve(case_id=old.pk, agent=priya)
    Case.objects.filter(pk=old.pk).update(resolved_at=timezone.now() - timedelta(days=30))
    case = receive(support, "dana@post.example", "It stops", subject="Pro 2 stops").case
    assert case != old
    text = page(desk, case)
    assert "Wrong plug" in text
    assert "The plug is wrong" not in text
    assert "The plug is wrong" in desk.get(f"/inbox/c/{old.pk}/feed?beside=1").content.decode()


@pytest.mark.parametrize(
    ("grade", "words"),
    [
        ("none", "sender not checked"),
        ("fail", "failed its check"),
        ("fail", "ask in the conversation of whoever owns the address"),
    ],
)
def test_says_what_a_senders_address_is_worth(
    desk: Client, support: Channel, grade: str, words: str
) -> None:
    case = receive(support, "dana@post.example", grade=grade).case
    assert words in page(desk, case)
    proven = receive(support, "sam@post.example", grade="pass").case
    assert words not in page(desk, proven)


def test_asks_before_a_stranger_joins(desk: Client, support: Channel) -> None:
    case = receive(support, "dana@post.example").case
    receive(support, "firm@accounts.example", "VAT?", tokens=[case.reply_token])
    assert "quoted this case" in page(desk, case)
    participant = Participant.objects.get(case=case)
    desk.post(f"/inbox/c/{case.pk}/participants/{participant.pk}/accept")
    assert "quoted this case" not in page(desk, case)


def test_shows_a_failure_with_its_cause_and_sends_again(
    desk: Client, support: Channel, priya: Agent, provider: paper.Provider
) -> None:
    case = receive(support, "otto@post.example").case
    message = answer(case, priya)
    delivery = Delivery.objects.get(messages=message)

    def refuse(sent: object) -> Any:
        raise PermanentFailure("mailbox_full", words="552 over quota")

    provider.moods.append(refuse)
    outbox.deliver(delivery.pk)
    text = page(desk, case)
    for part in ("Not delivered", "otto@post.example", "the mailbox is full", "552 over quota"):
        assert part in text
    desk.post(f"/inbox/c/{case.pk}/deliveries/{delivery.pk}/send-again")
    delivery.refresh_from_db()
    assert delivery.state == "queued"


def test_sends_again_only_what_belongs_to_the_case(
    desk: Client, support: Channel, priya: Agent
) -> None:
    mine = receive(support, "dana@post.example").case
    other = receive(support, "otto@post.example").case
    delivery = Delivery.objects.get(messages=answer(other, priya))
    assert desk.post(f"/inbox/c/{mine.pk}/deliveries/{delivery.pk}/send-again").status_code == 404


def test_divides_what_is_new_from_what_was_read(
    desk: Client, support: Channel, priya: Agent
) -> None:
    case = receive(support, "dana@post.example", "First").case
    assert 'id="unread"' not in page(desk, case)
    reading.mark_read(case_id=case.pk, agent=priya, up_to=timezone.now())
    receive(support, "dana@post.example", "Second")
    assert 'id="unread"' in page(desk, case)


def test_folds_three_changes_in_a_row(desk: Client, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example").case
    for _ in range(2):
        status.resolve(case_id=case.pk, agent=priya)
        status.reopen(case_id=case.pk, agent=priya)
    assert "4 changes" in page(desk, case)


def test_replays_changes_after_a_revision(desk: Client, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", "First").case
    start = desk.get(url(case)).context["thread"].revision
    second = receive(support, "dana@post.example", "Second")
    answer(case, priya, "Answer")
    said = desk.get(f"/inbox/c/{case.pk}/changes", {"after": start}).json()
    revisions = [envelope["revision"] for envelope in said["envelopes"]]
    assert revisions == list(range(start + 1, said["revision"] + 1))
    assert all(e["previous"] == e["revision"] - 1 for e in said["envelopes"])
    drawn = {e["id"]: e["html"] for e in said["envelopes"] if e["html"]}
    assert "Second" in drawn[f"m-{second.pk}"]
    assert any("Answer" in html for html in drawn.values())


def test_replays_a_hidden_cases_changes_as_empty(
    desk: Client, support: Channel, warranty: Team
) -> None:
    case = receive(support, "dana@post.example", "First").case
    start = desk.get(url(case)).context["thread"].revision
    other = Case.objects.create(
        conversation=case.conversation,
        team=warranty,
        opened_at=case.opened_at,
        last_message_at=timezone.now(),
    )
    receive(support, "dana@post.example", "Elsewhere", tokens=[other.reply_token])
    said = desk.get(f"/inbox/c/{case.pk}/changes", {"after": start}).json()
    assert said["envelopes"]
    assert not any(envelope["html"] for envelope in said["envelopes"])


def test_reads_anew_when_the_customer_has_another_case(
    desk: Client, support: Channel, priya: Agent
) -> None:
    case = receive(support, "dana@post.example", "Blender").case
    status.resolve(case_id=case.pk, agent=priya)
    Case.objects.update(resolved_at="2001-01-01T00:00:00Z")
    start = desk.get(url(case)).context["thread"].revision
    other = receive(support, "dana@post.example", "Fuse", subject="Fuse").case
    assert other != case
    said = desk.get(f"/inbox/c/{case.pk}/changes", {"after": start}).json()
    assert said["reset"] is True
    assert "Fuse" in desk.get(f"/inbox/c/{case.pk}/feed").content.decode()


def test_asks_for_a_reload_when_steps_are_gone(desk: Client, support: Channel) -> None:
    case = receive(support, "dana@post.example", "First").case
    receive(support, "dana@post.example", "Second")
    case.conversation.changes.filter(revision__lte=2).delete()
    assert desk.get(f"/inbox/c/{case.pk}/changes", {"after": 0}).json()["reset"] is True
    assert desk.get(f"/inbox/c/{case.pk}/changes", {"after": "x"}).json()["reset"] is True


def test_asks_for_a_reload_when_what_moved_lies_too_far_apart(
    desk: Client, support: Channel, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.reads.replay.MOST", 3)
    oldest = receive(support, "dana@post.example", "First")
    case = oldest.case
    for number in range(4):
        notes.add(case_id=case.pk, agent=priya, text=str(number), client_id=uuid.uuid4())
    start = desk.get(url(case)).context["thread"].revision
    with transaction.atomic():
        held = Conversation.objects.locked_with(case)
        events.record_change(held, ChangeKind.MESSAGE, message=oldest)
    notes.add(case_id=case.pk, agent=priya, text="Newest", client_id=uuid.uuid4())
    said = desk.get(f"/inbox/c/{case.pk}/changes", {"after": start}).json()
    assert said["reset"] is True
    start = said["revision"]
    with transaction.atomic():
        held = Conversation.objects.locked_with(case)
        events.record_change(held, ChangeKind.MESSAGE, message=oldest)
    said = desk.get(f"/inbox/c/{case.pk}/changes", {"after": start}).json()
    assert "First" in said["envelopes"][0]["html"]


def test_the_panel_knows_a_customer_since_the_first_case_and_rounds_what_took_no_time(
    desk: Client, support: Channel
) -> None:
    old = {"from": "dana@hey.example", "sent_at": "2024-02-01T10:00:00+00:00", "subject": "Plug"}
    intake.process(record(support, old, history=True).pk)
    case = receive(support, "dana@hey.example", subject="Now").case
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert "<dd>2024</dd>" in page
    assert "Solved in" not in page


def test_shows_our_own_address_without_its_reply_token(desk: Client, support: Channel) -> None:
    message = receive(support, "dana@post.example")
    to = f"support+{message.case.reply_token}@kalma.example"
    message.addressees = [{"role": "to", "address": to, "name": "Kalma"}]
    message.save()
    text = page(desk, message.case)
    assert "support@kalma.example" in text
    assert message.case.reply_token not in text


def test_names_nobody_by_a_programs_id(desk: Client, support: Channel) -> None:
    case = receive(support, "nobody@post.example").case
    Identity.objects.update(kind="external", value="mail:97eb2b7aa1c2")
    text = page(desk, case)
    assert "Visitor" in text
    assert "mail:97eb2b7aa1c2" not in text


def test_beside_a_forged_sender_stands_the_customer_who_owns_the_address(
    desk: Client, support: Channel, legal: Team
) -> None:
    real = receive(support, "dana@hey.example", name="Dana Whitfield", subject="Real topic").case
    forged = receive(support, "dana@hey.example", name="Dana?", grade="fail").case
    seen = page(desk, forged)
    assert "Who owns this address" in seen
    assert "Real topic" in seen
    Case.objects.filter(pk=real.pk).update(team=legal)
    assert "Who owns this address" not in page(desk, forged)
    assert "Who owns this address" not in page(desk, receive(support, "sam@else.example").case)
