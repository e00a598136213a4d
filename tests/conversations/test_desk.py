"""What agents do at a case: answer, note, assign, resolve, tag, draft."""

import uuid
from typing import Any

import pytest

from conversations.models import Agent, Case, Channel, Draft, Message, ReadMark, Status, Team
from conversations.services import (
    assignment,
    compose,
    drafts,
    notes,
    reading,
    reply,
    status,
    tags,
    topics,
)
from conversations.services.errors import Conflict, Forbidden, Refused
from tests.paper import OWN, Provider
from tests.people import answer, make_agent, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@hey.example", subject="Pro 2").case


def test_an_answer_stops_the_wait_and_takes_the_case(case: Case, priya: Agent) -> None:
    message = answer(case, priya)
    case.refresh_from_db()
    assert (case.waiting_since, case.reply_due_at, case.assignee) == (None, None, priya)
    assert (case.last_author, case.last_preview) == (priya, "Done.")
    assert message.addressees == [{"role": "to", "address": "dana@hey.example", "name": ""}]


def test_a_note_does_not(case: Case, priya: Agent) -> None:
    notes.add(case_id=case.pk, agent=priya, text="E-17", client_id=uuid.uuid4())
    case.refresh_from_db()
    assert case.waiting_since is not None


def test_the_same_click_twice_is_one_message(case: Case, priya: Agent) -> None:
    click = uuid.uuid4()
    to = ["dana@hey.example"]
    for _ in range(3):
        reply.send(case_id=case.pk, agent=priya, text="Hi", to=to, client_id=click)
        notes.add(case_id=case.pk, agent=priya, text="Hm", client_id=uuid.UUID(int=7))
    assert Message.objects.filter(kind="message", agent=priya).count() == 1
    assert Message.objects.filter(kind="note").count() == 1


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"text": "  "}, "empty"),
        ({"to": []}, "nobody_to_send_to"),
        ({"to": ["nonsense"]}, "bad_address"),
        ({"to": [OWN]}, "own_address"),
        ({"to": [f"a{n}@x.example" for n in range(60)]}, "too_many_recipients"),
        ({"to": ["gone@x.example"]}, "opted_out"),
        ({"sender": "ceo@kalma.example"}, "not_a_sender"),
        ({"channel_id": 999_999}, "no_channel"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_refuses_what_cannot_be_sent_and_changes_nothing(
    case: Case, priya: Agent, provider: Provider, wishes: dict[str, object], code: str
) -> None:
    provider.unreachable.add("gone@x.example")
    wanted = {"text": "Hi", "to": ["dana@hey.example"], **wishes}
    with pytest.raises(Refused, match=code):
        reply.send(case_id=case.pk, agent=priya, client_id=uuid.uuid4(), **wanted)  # type: ignore[arg-type]
    assert not Message.objects.filter(agent=priya).exists()


def test_send_and_resolve(case: Case, priya: Agent) -> None:
    answer(case, priya, resolve=True)
    case.refresh_from_db()
    assert case.status == Status.RESOLVED


def test_reopening_lets_the_unanswered_wait_again(case: Case, priya: Agent) -> None:
    since = case.waiting_since
    status.resolve(case_id=case.pk, agent=priya)
    reopened = status.reopen(case_id=case.pk, agent=priya)
    assert reopened.waiting_since == since


def test_who_comes_second_is_told(case: Case, priya: Agent) -> None:
    ben = make_agent("Ben Ode")
    seen = case.conversation.revision
    assignment.take(case_id=case.pk, agent=ben, seen=seen)
    with pytest.raises(Conflict) as refusal:
        assignment.take(case_id=case.pk, agent=priya, seen=seen)
    assert refusal.value.params["who"] == "Ben Ode"
    case.refresh_from_db()
    assert case.assignee == ben


def test_only_members_can_be_assigned(case: Case, priya: Agent, warranty: Team) -> None:
    assignment.take(case_id=case.pk, agent=priya)
    admin = make_agent("Lena Ortiz", role="admin")
    moved = assignment.move(case_id=case.pk, agent=admin, team_id=warranty.pk)
    assert moved.assignee is None
    with pytest.raises(Refused, match="not_in_team"):
        assignment.assign(case_id=case.pk, agent=admin, assignee_id=priya.pk)


def test_another_teams_case_can_be_noted_not_answered(
    support: Channel, case: Case, priya: Agent, marco: Agent, warranty: Team
) -> None:
    Case.objects.update(team=warranty)
    answer(case, marco)
    with pytest.raises(Case.DoesNotExist):
        answer(case, priya)
    Case.objects.create(
        conversation=case.conversation,
        team=support.team,
        opened_at=case.opened_at,
        last_message_at=case.opened_at,
    )
    with pytest.raises(Forbidden, match="not_your_team"):
        answer(case, priya)
    note = notes.add(case_id=case.pk, agent=priya, text="Saw this", client_id=uuid.uuid4())
    assert note.case == case


def test_tags_and_topic(case: Case, priya: Agent) -> None:
    tags.replace(case_id=case.pk, agent=priya, names=["Warranty", " warranty ", "pro 2", ""])
    topics.rename(case_id=case.pk, agent=priya, topic="  Pro 2   shuts off ")
    case.refresh_from_db()
    assert [tag.name for tag in case.tags.all()] == ["pro 2", "warranty"]
    assert case.topic == "Pro 2 shuts off"
    assert [m.code for m in case.messages.filter(kind="activity").in_order()] == [
        "tagged",
        "renamed",
    ]


def test_a_late_draft_does_not_overwrite_a_newer_one(case: Case, priya: Agent) -> None:
    def save(text: str, version: int) -> Draft | None:
        return drafts.save(
            case_id=case.pk, agent=priya, kind="message", text=text, fields={}, version=version
        )

    first = save("Hi", 0)
    assert first is not None
    second = save("Hi Dana", first.version)
    assert second is not None
    with pytest.raises(Conflict) as refusal:
        save("Hi D", first.version)
    assert refusal.value.params["text"] == "Hi Dana"
    assert save("", second.version) is None
    assert not Draft.objects.exists()


def test_an_answer_uses_up_its_draft(case: Case, priya: Agent) -> None:
    drafts.save(case_id=case.pk, agent=priya, kind="message", text="Hi", fields={}, version=0)
    drafts.save(case_id=case.pk, agent=priya, kind="note", text="Hm", fields={}, version=0)
    answer(case, priya)
    assert [draft.kind for draft in Draft.objects.all()] == ["note"]


def test_a_late_draft_does_not_bring_back_what_was_sent(case: Case, priya: Agent) -> None:
    def save(text: str, version: int) -> Draft | None:
        return drafts.save(
            case_id=case.pk, agent=priya, kind="message", text=text, fields={}, version=version
        )

    first = save("Hi", 0)
    assert first is not None
    answer(case, priya, "Hi Dana")
    with pytest.raises(Conflict, match="draft_gone"):
        save("Hi Dan", first.version)
    assert save("", first.version) is None
    assert not Draft.objects.exists()
    assert save("And one more thing", 0) is not None


def test_other_words_under_a_known_id_are_not_taken_for_sent(case: Case, priya: Agent) -> None:
    mine = uuid.uuid4()
    first = answer(case, priya, "Hi Dana", client_id=mine)
    assert answer(case, priya, " Hi\r\nDana", client_id=mine) == first
    with pytest.raises(Conflict, match="sent_before") as refusal:
        answer(case, priya, "Hi Dana, and more", client_id=mine)
    assert refusal.value.params == {"text": "Hi Dana"}
    said: dict[str, Any] = {"case_id": case.pk, "agent": priya, "client_id": uuid.uuid4()}
    note = notes.add(text="Hm", **said)
    assert notes.add(text="Hm", **said) == note
    with pytest.raises(Conflict, match="sent_before"):
        notes.add(text="Hm?", **said)


def test_a_read_mark_only_moves_forward(case: Case, priya: Agent) -> None:
    later, earlier = case.last_message_at, case.last_message_at.replace(year=2020)
    reading.mark_read(case_id=case.pk, agent=priya, up_to=later)
    reading.mark_read(case_id=case.pk, agent=priya, up_to=earlier)
    assert ReadMark.objects.get().read_at == later


def test_the_composer_answers_the_address_on_file(
    support: Channel, case: Case, priya: Agent
) -> None:
    receive(support, "sam@else.example", tokens=[case.reply_token])
    options = reply.options(case=case)
    assert options.to == ("dana@hey.example",)
    assert options.cc == ()
    assert options.subject == "Re: Pro 2"
    assert options.default_channel_id == support.pk
    answer(case, priya, cc=["boss@hey.example"])
    assert reply.options(case=case).cc == ("boss@hey.example",)


def test_a_new_message_opens_a_case_with_the_customer_it_is_for(
    support: Channel, case: Case, priya: Agent
) -> None:
    def write(to: str) -> Message:
        return compose.start(
            agent=priya,
            channel_id=support.pk,
            to=[to],
            subject="Your order",
            text="Hello",
            client_id=uuid.uuid4(),
        )

    known, new = write("dana@hey.example"), write("new@hey.example")
    assert known.case.conversation == case.conversation
    assert known.case != case
    assert new.case.conversation != case.conversation
    assert (new.case.assignee, new.case.topic, new.subject) == (priya, "Your order", "Your order")
    assert receive(support, "new@hey.example", tokens=[new.case.reply_token]).case == new.case
