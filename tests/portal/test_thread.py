"""What a customer sees and does: their own thread, and nothing of anybody else's."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversations import disk
from conversations.models import (
    Agent,
    Case,
    Channel,
    Delivery,
    Erasure,
    Look,
    Message,
    Participant,
    Receipt,
    Status,
    Team,
)
from conversations.services import (
    erasure,
    looks,
    merge_customers,
    notes,
    part_customers,
    pass_on,
    redaction,
    status,
)
from portal import limits
from portal.models import Session
from tests import paper
from tests.people import answer, make_agent, make_channel, receive
from tests.portal.conftest import DANA, EVE, Door, identity, person

pytestmark = pytest.mark.django_db
PNG = (Path(__file__).parent.parent / "channels_chat/dot.png").read_bytes()


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, DANA, "It does not start", subject="Pro 2").case


def test_what_both_said_stands_there_and_nothing_that_is_private(
    door: Door, case: Case, priya: Agent, support: Channel
) -> None:
    sent = answer(case, priya, "Press it for ten seconds")
    held = answer(case, priya, "A secret that waits")
    Delivery.objects.filter(messages=held).update(state="held")
    notes.add(case_id=case.pk, agent=priya, text="A secret note", client_id=uuid.uuid4())
    receive(support, EVE, "A secret of a stranger", tokens=[case.reply_token])
    pass_on.send(
        case_id=case.pk, agent=priya, text="A secret aside", to=["parts@out.example"],
        message_ids=[sent.pk], channel_id=support.pk, client_id=uuid.uuid4(),
    )  # fmt: skip
    door.sign_in(DANA)
    page = door.read()
    assert page.index("It does not start") < page.index("Press it for ten seconds")
    assert "Priya Nair" in page
    assert "Paper" in page
    assert "About: Pro 2" in page
    assert "secret" not in page
    Delivery.objects.filter(messages=sent).update(state="sent")
    redaction.redact(message_id=sent.pk, agent=make_agent("Lena", role="admin"), cause="")
    assert "Press it" not in door.read()
    assert "This message was taken out." in door.read()


def test_others_see_nothing_of_it(door: Door, case: Case, support: Channel, priya: Agent) -> None:
    """Whoever takes part in a case sees their own thread, if they have one, and no other."""
    theirs = receive(support, DANA, "Look", files={"a.txt": "dana's"})
    eve = receive(support, EVE, "Mine alone", files={"b.txt": "eve's"})
    Participant.objects.create(case=case, identity=identity(EVE), state="confirmed")
    receive(support, EVE, "Said in Dana's case", tokens=[case.reply_token])
    door.sign_in(EVE)
    page = door.read()
    assert "Mine alone" in page
    assert "It does not start" not in page
    assert "Look" not in page
    assert "Pro 2" not in page
    foreign, own = (f"/p/files/{m.attachments.get().pk}" for m in (theirs, eve))
    assert door.browser.get(foreign).status_code == 404
    assert door.browser.get(own).content == b"eve's"
    assert "Look" not in door.read(f"/p/?before={theirs.pk}")
    assert Door().browser.get(own).status_code == 404
    assert Door().browser.get("/p/thread").status_code == 401


def test_a_restricted_case_is_shown_to_the_address_that_takes_part(
    door: Door, case: Case, legal: Team, priya: Agent
) -> None:
    counsel = make_channel(legal, name="counsel", kind="fast")
    Channel.objects.filter(pk=counsel.pk).update(is_own_topic=True)
    counsel.refresh_from_db()
    other = "dana@work.example"
    receive(counsel, other, "About the lawsuit", subject="Lawsuit")
    merge_customers.confirm(person(), person(other), cause="x")
    door.sign_in(DANA)
    assert "lawsuit" not in door.read().lower()
    at_work = Door()
    at_work.sign_in(other)
    assert "About the lawsuit" in at_work.read()
    assert "It does not start" in at_work.read()


def test_rights_follow_the_address_when_customers_are_merged_and_parted(
    door: Door, case: Case, support: Channel
) -> None:
    lena = make_agent("Lena", role="admin")
    receive(support, EVE, "From the other address")
    door.sign_in(EVE)
    assert "It does not start" not in door.read()
    merged = merge_customers.confirm(person(), person(EVE), cause="x")
    assert "It does not start" in door.read()
    assert "From the other address" in door.read()
    assert merged is not None
    part_customers.undo(rearrangement_id=merged.pk, agent=lena)
    assert "It does not start" not in door.read()
    assert "From the other address" in door.read()


def test_an_address_that_turns_out_to_be_shared_or_erased_opens_nothing(
    door: Door, case: Case, support: Channel
) -> None:
    receive(support, EVE, "Eve's")
    eve = Door()
    eve.sign_in(EVE)
    mine = identity(EVE)
    mine.customer, mine.is_shared = None, True
    mine.save()
    assert "Eve&#x27;s" not in eve.read()
    door.sign_in(DANA)
    asked = erasure.ask(
        customer_id=case.conversation.customer_id, agent=make_agent("Lena", role="admin")
    )
    assert "It does not start" in door.read()
    assert erasure.run(asked.pk)
    assert "It does not start" not in door.read()
    assert not Session.objects.filter(identity__value=DANA).exists()
    assert Erasure.objects.get().state == "done"


def test_what_is_written_joins_the_case_once_and_is_answered_where_they_are_reached(
    door: Door, case: Case, priya: Agent, support: Channel
) -> None:
    answer(case, priya, "Press it")
    status.resolve(case_id=case.pk, agent=priya)
    door.sign_in(DANA)
    number = str(uuid.uuid4())
    for _ in range(2):
        assert door.say("It works\r\nnow", number=number).status_code == 302
    said = Message.objects.get(text="It works\nnow")
    assert said.channel is not None
    assert said.receipt is not None
    assert (said.case, said.channel.kind, said.grade) == (case, "portal", "pass")
    assert said.receipt.state == "processed"
    case.refresh_from_db()
    assert (case.status, case.journey) == (Status.OPEN, ["paper", "portal"])
    assert "It works" in door.read()
    sent = answer(case, priya, "Glad to hear it")
    assert sent.channel == support
    assert "Glad to hear it" in door.read()


def test_a_full_disk_takes_words_and_no_files(
    door: Door, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.sign_in(DANA)
    monkeypatch.setattr(disk, "room", lambda: len(PNG) - 1)
    files = [SimpleUploadedFile("ring.png", PNG, "image/png")]
    answered = door.say("It rattles here", files=files)
    page = answered.content.decode()
    assert answered.status_code == 507
    assert "There is no room for files at the moment" in page
    assert ">It rattles here</textarea>" in page
    assert door.say("It rattles here").status_code == 302


def test_files_go_along_and_come_back_as_what_they_are(door: Door, case: Case) -> None:
    door.sign_in(DANA)
    files = [
        SimpleUploadedFile("ring.png", PNG, "image/png"),
        SimpleUploadedFile("x.html", b"<script>alert(1)</script>", "text/html"),
    ]
    assert door.say("", files=files).status_code == 302
    picture, page = Message.objects.latest("id").attachments.order_by("position")
    for file in (picture, page):  # nothing that strangers made is drawn
        loaded = door.browser.get(f"/p/files/{file.pk}")
        assert loaded.headers["Content-Type"] == "application/octet-stream"
        assert loaded.headers["Content-Disposition"].startswith("attachment")
        assert loaded.headers["X-Content-Type-Options"] == "nosniff"
    assert looks.look(picture.blob_id)
    shown = door.browser.get(f"/p/files/{picture.pk}")
    assert shown.headers["Content-Type"].startswith("image/")
    assert f'<img src="/p/files/{picture.pk}"' in door.read()
    original = door.browser.get(f"/p/files/{picture.pk}?download")
    assert original.content == PNG
    Look.objects.update(scan="infected")
    assert door.browser.get(f"/p/files/{picture.pk}?download").status_code == 404
    assert "holds malware" in door.read()


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "nothing": ({"text": " "}, 422, "Write something"),
    "too long": ({"text": "keep me " * 1001}, 422, "longer than 8000"),
    "too many files": (
        {"text": "keep me", "files": [SimpleUploadedFile(f"{n}", b"x") for n in range(6)]},
        422, "more than 5 files",
    ),
    "a file too large": (
        {"text": "keep me", "files": [SimpleUploadedFile("a", b"x" * (limits.FILE_SIZE + 1))]},
        413, "at most 10 MB",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused_says_why_and_keeps_the_words(door: Door, case: Case, why: str) -> None:
    fields, code, words = REFUSED[why]
    door.sign_in(DANA)
    refused = door.say(**fields)
    page = refused.content.decode()
    assert (refused.status_code, words in page) == (code, True)
    assert fields["text"].strip() in page
    assert not Receipt.objects.filter(channel__kind="portal").exists()


def test_a_flood_is_stopped_and_a_closed_portal_takes_nothing(door: Door, case: Case) -> None:
    door.sign_in(DANA)
    for place in range(limits.PER_MINUTE):
        assert door.say(f"{place}").status_code == 302
    refused = door.say("one more")
    assert refused.status_code == 429
    assert "one more" in refused.content.decode()
    Channel.objects.filter(kind="portal").update(is_active=False)
    assert door.say("and another").status_code == 403
    assert "Nothing can be written here" in door.read()
    assert not Message.objects.filter(text__in=["one more", "and another"]).exists()


def test_an_open_page_hears_only_what_is_new(door: Door, case: Case, priya: Agent) -> None:
    door.sign_in(DANA)
    first = door.browser.get("/p/thread")
    mark = {"If-None-Match": first.headers["ETag"]}
    assert door.browser.get("/p/thread", headers=mark).status_code == 304
    answer(case, priya, "Press it")
    second = door.browser.get("/p/thread", headers=mark)
    assert second.status_code == 200
    assert "Press it" in second.content.decode()


def test_earlier_messages_are_a_page_away(door: Door, case: Case, support: Channel) -> None:
    for place in range(limits.ENTRIES):
        receive(support, DANA, f"No. {place}.")
    door.sign_in(DANA)
    page = door.read()
    assert "It does not start" not in page
    edge = Message.objects.get(text="No. 0.")
    assert f"?before={edge.pk}" in page
    assert "It does not start" in door.read(f"/p/?before={edge.pk}")


def test_a_video_is_sent_by_a_link_of_their_own(door: Door, case: Case, team: Team) -> None:
    door.sign_in(DANA)
    assert door.browser.post("/p/film").status_code == 422
    make_channel(team, name="films", kind="video")
    paper.AskingPaperAdapter.made.clear()
    assert "Send a video" in door.read()
    assert door.browser.post("/p/film").headers["Location"] == "/u/1"
    (asked,) = paper.AskingPaperAdapter.made
    assert (asked["case"], asked["identity"], asked["agent"]) == (case, identity(), None)
    assert case.messages.filter(code="invited_itself").exists()  # where an agent takes it back
