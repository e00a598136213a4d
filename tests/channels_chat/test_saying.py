"""What a visitor says becomes a message of their own thread, once, and is answered there."""

import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from channels_chat.entries import Frame
from channels_chat.models import ChatSettings, PageRead, Unseen, Upload, Visitor
from conversations.models import (
    Agent,
    BlockedSender,
    Case,
    Change,
    Customer,
    Delivery,
    DeliveryState,
    Message,
    Receipt,
    ReceiptState,
)
from conversations.services import intake, looks, notes, redaction, reply, status
from tests.channels_chat.talk import Talk
from tests.filming import photo
from tests.people import answer

pytestmark = pytest.mark.django_db

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


@pytest.fixture
def dana(chat: ChatSettings) -> Talk:
    return Talk(chat)


def case_of(talk: Talk) -> Case:
    return Case.objects.get(messages__identity__value=talk.visitor.value)


def test_who_only_looks_leaves_nothing(dana: Talk) -> None:
    assert dana.welcome["visitor"]["known"] is False
    assert not Visitor.objects.exists()
    assert dana.do("say", id=str(uuid.uuid4()), text="Hi")[0]["code"] == "no_visitor"


def test_the_first_message_makes_a_customer_and_a_case(dana: Talk) -> None:
    dana.do("start")
    assert not Customer.objects.exists()
    ack = dana.say("My order is late\nWhere is it?")
    case = case_of(dana)
    message = case.messages.get(kind="message")
    assert ack["type"] == "ack"
    assert ack["message"] == message.pk
    assert (message.text, message.channel, case.topic) == (
        "My order is late\nWhere is it?",
        dana.session.settings.channel,
        "My order is late",
    )
    assert case.waiting_since is not None
    receipt = Receipt.objects.get()
    assert receipt.state == ReceiptState.PROCESSED
    assert b"My order is late" in receipt.blob.read()


def test_the_same_id_twice_changes_nothing(dana: Talk) -> None:
    dana.do("start")
    client = str(uuid.uuid4())
    first = dana.do("say", id=client, text="Hello")
    changes = Change.objects.count()
    again = Talk(dana.session.settings, dana.token)
    assert again.do("say", id=client, text="Hello, changed")[0]["message"] == first[0]["message"]
    assert (Message.objects.count(), Change.objects.count()) == (1, changes)


def test_an_answer_is_sent_as_it_is_written(dana: Talk, priya: Agent) -> None:
    dana.say("Hello")
    said = answer(case_of(dana), priya, "Hello Dana")
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.SENT
    assert delivery.recipients.get().state == DeliveryState.SENT
    assert Unseen.objects.get().message == said
    [entries, case] = dana.news()
    entry = next(e for e in entries["entries"] if e["id"] == said.pk)
    assert (entry["text"], entry["from"], entry["channel"]) == ("Hello Dana", "agent", "chat")
    assert case["case"]["agent"] == {"name": "Priya Nair"}


def test_who_comes_back_is_shown_what_is_new(dana: Talk, priya: Agent) -> None:
    dana.say("Hello")
    seen = Talk(dana.session.settings, dana.token).welcome["revision"]
    answer(case_of(dana), priya, "Hello Dana")
    again = Talk(dana.session.settings, dana.token, after=seen)
    assert again.welcome["reset"] is False
    assert [e["text"] for e in again.welcome["entries"]] == ["Hello Dana"]
    same = Talk(dana.session.settings, dana.token, after=again.welcome["revision"])
    assert same.welcome["entries"] == []
    assert same.welcome["reset"] is False


def test_a_note_and_a_held_answer_are_shown_to_nobody(dana: Talk, priya: Agent) -> None:
    dana.say("Hello")
    case = case_of(dana)
    notes.add(case_id=case.pk, agent=priya, text="CANARY", client_id=uuid.uuid4())
    later = answer(case, priya, "Later")
    Delivery.objects.update(state=DeliveryState.HELD)
    assert "CANARY" not in str(dana.news())
    assert dana.texts == ["Hello"]
    Delivery.objects.update(state=DeliveryState.QUEUED)
    assert dana.texts == ["Hello", later.text]


def test_what_was_taken_back_goes(dana: Talk, priya: Agent) -> None:
    dana.say("Hello")
    said = answer(case_of(dana), priya, "Wrong")
    dana.news()
    Message.objects.filter(pk=said.pk).update(cancelled_at=said.sorted_at)
    case_of(dana)
    answer(case_of(dana), priya, "Right")
    from conversations import events
    from conversations.models import ChangeKind, Conversation

    conversation = Conversation.objects.locked(said.conversation_id)
    events.record_change(conversation, ChangeKind.MESSAGE, message=said)
    frame = next(f for f in dana.news() if f["type"] == "entries")
    assert said.pk in frame["gone"]
    assert dana.texts == ["Hello", "Right"]


def test_articles_read_before_go_along_with_the_first_message(dana: Talk) -> None:
    dana.do("start")
    for number in range(22):
        dana.do("page", url=f"https://shop.example/a/{number}", title=f"Article {number}")
    dana.do("page", url="https://shop.example/a/21", title="Article 21", helpful=False)
    dana.do("page", url="javascript:alert(1)", title="No")
    dana.say("It did not help")
    lines = case_of(dana).messages.filter(code="article_read").in_order()
    assert [line.params["title"] for line in lines] == [f"Article {n}" for n in range(2, 22)]
    assert lines.last().params["helpful"] is False  # type: ignore[union-attr]  # there are twenty
    assert case_of(dana).messages.in_order().last().text == "It did not help"  # type: ignore[union-attr]  # as above
    assert case_of(dana).journey == ["article", "chat"]
    assert not PageRead.objects.exists()
    dana.do("page", url="https://shop.example/a/99", title="Later")
    assert not PageRead.objects.exists()


def test_another_visitor_and_another_channel_get_nothing(dana: Talk, chat: ChatSettings) -> None:
    dana.say("Secret")
    eve = Talk(chat)
    eve.say("Hello")
    assert eve.texts == ["Hello"]
    mine = case_of(dana).messages.get()
    assert eve.do("older", before=mine.pk)[0]["entries"] == []
    channel = chat.channel
    other = type(channel).objects.create(kind="chat", name="other", team=channel.team)
    elsewhere = Talk(ChatSettings.objects.create(channel=other), dana.token)
    assert elsewhere.welcome["expired"] is True
    assert elsewhere.welcome["entries"] == []


@pytest.mark.parametrize("token", ["", "x", "x" * 43, 7, None, "\x00" * 43, "x" * 100_000])
def test_a_token_that_is_none_is_nobody(chat: ChatSettings, token: object) -> None:
    talk = Talk(chat, token)  # type: ignore[arg-type]  # as anybody may send
    assert talk.welcome["visitor"]["known"] is False


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"id": "1", "text": "Hi"}, "bad_frame"),
        ({"id": None, "text": "Hi"}, "bad_frame"),
        ({"id": "0" * 32, "text": 7}, "bad_frame"),
        ({"id": "0" * 32, "text": " \n"}, "empty"),
        ({"id": "0" * 32, "text": "x" * 8001}, "too_long"),
        ({"id": "0" * 32, "text": "x", "files": ["0" * 32]}, "bad_file"),
        ({"id": "0" * 32, "text": "x", "files": [{}]}, "bad_file"),
        ({"id": "0" * 32, "text": "x", "files": ["0" * 32] * 6}, "files_too_large"),
    ],
)
def test_nonsense_is_refused_and_not_kept(dana: Talk, said: dict[str, object], code: str) -> None:
    dana.do("start")
    assert dana.do("say", **said)[0]["code"] == code
    assert not Receipt.objects.exists()


def test_odd_letters_are_kept_as_far_as_can_be(dana: Talk) -> None:
    assert dana.say("a\x00b\ud83d c")["type"] == "ack"
    assert case_of(dana).messages.get().text == "a\ufffdb\ufffd c"


def test_what_is_not_understood_is_kept(dana: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    dana.do("start")
    monkeypatch.setattr(intake, "take_in", lambda *_: 1 / 0)
    ack = dana.say("Hello")
    assert ack["type"] == "ack"
    assert ack["message"] is None
    monkeypatch.undo()
    receipt = Receipt.objects.get()
    assert receipt.state == ReceiptState.STORED
    intake.process(receipt.pk)
    assert Message.objects.get().text == "Hello"
    [entries, _case] = dana.news()
    assert [e["text"] for e in entries["entries"]] == ["Hello"]


def test_who_is_blocked_says_nothing(dana: Talk) -> None:
    dana.say("Hello")
    BlockedSender.objects.create(value=dana.visitor.value)
    assert dana.say("More")["code"] == "blocked"
    assert Talk(dana.session.settings, dana.token).welcome["visitor"]["blocked"] is True
    assert Message.objects.count() == 1


def test_a_chat_goes_on_in_its_case_or_begins_another(dana: Talk, priya: Agent) -> None:
    dana.say("First")
    case = case_of(dana)
    status.resolve(case_id=case.pk, agent=priya)
    dana.say("Not quite")
    case.refresh_from_db()
    assert case.status == "open"
    status.resolve(case_id=case.pk, agent=priya)
    dana.say("Something else", fresh=True)
    assert Message.objects.filter(kind="message").count() == 3


class TestFiles:
    @pytest.fixture(autouse=True)
    def _elsewhere(self, settings: Settings, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def up(self, client: Client, talk: Talk, content: bytes, name: str = "a.png") -> str:
        file = SimpleUploadedFile(name, content, content_type="image/png")
        key = talk.session.settings.key
        bearer = {"Authorization": f"Bearer {talk.token}"}
        answer = client.post(f"/w/{key}/files", {"file": file}, headers=bearer)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def test_a_file_comes_with_the_words(self, client: Client, dana: Talk) -> None:
        dana.do("start")
        sent = photo((900, 600))
        put = self.up(client, dana, sent)
        ack = dana.say("", files=[put])
        message = Message.objects.get(pk=ack["message"])
        file = message.attachments.get()
        assert (file.name, file.type, file.size) == ("a.png", "image/jpeg", len(sent))
        assert not Upload.objects.exists()
        assert self.shown(dana)["picture"] is False
        looks.look(file.blob_id)
        shown = self.shown(dana)
        assert (shown["picture"], shown["pixels"]) == (True, [600, 900])
        drawn = client.get(shown["url"])
        assert drawn["Content-Type"] == "image/jpeg"
        assert b"Exif" not in drawn.content
        assert client.get(f"{shown['url']}?download").content == sent
        assert drawn["Content-Security-Policy"] == "default-src 'none'; sandbox"
        BlockedSender.objects.create(value="x.example")
        Visitor.objects.update(token_hash="")
        assert client.get(shown["url"]).status_code == 404

    def shown(self, dana: Talk) -> Frame:
        entries = Talk(dana.session.settings, dana.token).welcome["entries"]
        found: Frame = entries[0]["files"][0]
        return found

    def test_it_is_the_visitors_own_alone(
        self, client: Client, dana: Talk, chat: ChatSettings
    ) -> None:
        dana.do("start")
        put = self.up(client, dana, PNG)
        eve = Talk(chat)
        assert eve.say("Mine", files=[put])["code"] == "bad_file"
        assert client.post(f"/w/{chat.key}/files").status_code == 401
        assert client.get(f"/w/{chat.key}/files/x:y:z").status_code == 404

    def test_a_file_that_was_taken_out_meanwhile_is_chosen_again(
        self,
        client: Client,
        dana: Talk,
        priya: Agent,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        """The same bytes stood in a message that was redacted while these waited for theirs."""
        dana.do("start")
        first, put = (self.up(client, dana, PNG) for _ in range(2))
        sent = dana.say("", files=[first])["message"]
        with django_capture_on_commit_callbacks(execute=True):
            redaction.redact(message_id=sent, agent=priya)
        assert dana.say("Again", files=[put])["code"] == "bad_file"
        again = dana.say("Again", files=[self.up(client, dana, PNG)])["message"]
        assert Message.objects.get(pk=again).attachments.get().blob.read() == PNG

    def test_what_is_too_large_is_refused(self, client: Client, dana: Talk) -> None:
        dana.do("start")
        big = SimpleUploadedFile("b.bin", b"0" * (10 * 1024 * 1024 + 1))
        answer = client.post(
            f"/w/{dana.session.settings.key}/files",
            {"file": big},
            headers={"Authorization": f"Bearer {dana.token}"},
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "files_too_large")


def test_a_chat_is_answered_by_what_reached_it_last(dana: Talk, priya: Agent) -> None:
    dana.say("Hello")
    offered = reply.options(case=case_of(dana), agent=priya)
    assert offered.default_channel_id == dana.session.settings.channel_id
    assert offered.to == (dana.visitor.value,)


def test_a_message_more_costs_few_statements(dana: Talk) -> None:
    """Inline intake is what a burst of visitors waits for."""
    dana.say("My order is late")
    dana.news()
    with CaptureQueriesContext(connection) as said:
        dana.say("Where is it?")
    with CaptureQueriesContext(connection) as told:
        dana.news()
    assert len(said) <= 36, [one["sql"][:80] for one in said.captured_queries]
    assert len(told) <= 12, [one["sql"][:80] for one in told.captured_queries]
