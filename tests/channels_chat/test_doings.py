"""Seen, writing, rating, the line and the wait: what each side learns of the other."""

import re
import uuid
from datetime import timedelta

import pytest

from channels_chat.models import ChatSettings, Rating
from channels_video.models import UploadLink, VideoSettings
from clocks.models import TeamCalendar
from conversations import presence
from conversations.models import Agent, Case, Channel, Duty, Message, TargetEdition
from conversations.presence import Place, State
from conversations.services import duty, inviting, reading, status
from inbox import texts
from inbox.reads import peers
from tests.channels_chat.talk import Frame, Talk
from tests.clocks.calendars import HOUR, office, opening
from tests.people import answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(chat: ChatSettings) -> Talk:
    talk = Talk(chat)
    talk.say("Hello")
    talk.news()
    return talk


@pytest.fixture
def case(dana: Talk) -> Case:
    return Case.objects.get()


def of_kind(frames: list[Frame], kind: str) -> list[Frame]:
    return [frame for frame in frames if frame["type"] == kind]


def test_the_visitor_learns_who_answers_and_nothing_of_notes(
    dana: Talk, case: Case, priya: Agent
) -> None:
    tab = Place(case=case.pk, agent=priya.pk, tab=uuid.uuid4().hex[:8])
    presence.be(tab, State.NOTE)
    assert of_kind(dana.news(), "typing") == []
    presence.be(tab, State.REPLY)
    assert of_kind(dana.news(), "typing") == [{"type": "typing", "who": "Priya", "on": True}]
    presence.leave(tab)
    assert of_kind(dana.news(), "typing") == [{"type": "typing", "who": None, "on": False}]


def test_the_agent_learns_that_the_customer_writes(dana: Talk, case: Case, priya: Agent) -> None:
    dana.do("typing", on=True)
    [writer] = peers.of_case(case.pk, priya).writers
    assert writer.person.name
    dana.do("typing", on=False)
    assert peers.of_case(case.pk, priya).peers == []


def test_the_visitor_learns_how_far_was_read(dana: Talk, case: Case, priya: Agent) -> None:
    said = Message.objects.get(kind="message")
    reading.mark_read(case_id=case.pk, agent=priya, up_to=said.sorted_at)
    assert of_kind(dana.news(), "read") == [{"type": "read", "at": said.sorted_at.isoformat()}]


def test_seen_is_of_their_own_thread_alone(
    dana: Talk, case: Case, priya: Agent, chat: ChatSettings
) -> None:
    said = answer(case, priya, "Hello Dana")
    eve = Talk(chat)
    eve.say("Hi")
    eve.do("seen", message=said.pk)
    assert said.deliveries.get().state == "sent"
    dana.do("seen", message=said.pk)
    assert said.deliveries.get().state == "read"


def test_a_rating_is_kept_and_told(dana: Talk, case: Case, priya: Agent) -> None:
    status.resolve(case_id=case.pk, agent=priya)
    assert of_kind(dana.news(), "case")[0]["case"]["state"] == "resolved"
    for wrong in ({"score": 0}, {"score": 6}, {"score": True}, {"score": "5"}, {}):
        assert dana.do("rate", case=case.pk, **wrong)[0]["code"] == "bad_frame"
    told = dana.do("rate", case=case.pk, score=4, comment="Quick")
    assert told[0]["case"]["rating"] == 4
    dana.do("rate", case=case.pk, score=4, comment="Quick")
    assert (Rating.objects.get().score, Rating.objects.get().comment) == (4, "Quick")
    assert case.messages.filter(code="rated").count() == 1
    line = case.messages.get(code="rated")
    sentence = texts.activity(line.code, line.params, who="")
    assert sentence == "The customer says how well this was solved: 4 of 5: Quick"


def test_only_who_wrote_in_it_rates_a_case(dana: Talk, case: Case, chat: ChatSettings) -> None:
    eve = Talk(chat)
    eve.say("Hi")
    assert eve.do("rate", case=case.pk, score=1)[0]["code"] == "bad_frame"
    assert not Rating.objects.exists()


def test_the_line_has_places(dana: Talk, case: Case, chat: ChatSettings, priya: Agent) -> None:
    eve = Talk(chat)
    eve.say("Hi")
    place = of_kind(eve.news(), "case")[0]["case"]["place"]
    assert place == 2
    answer(case, priya, "Hello Dana")
    assert Talk(chat, eve.token).welcome["case"]["place"] == 1
    assert Talk(chat, dana.token).welcome["case"]["place"] is None


def test_the_wait_is_the_median_of_ten_first_answers(chat: ChatSettings, priya: Agent) -> None:
    duty.choose(agent=priya, availability="online")
    assert Talk(chat).welcome["team"]["wait"] is None
    for minutes in (1, 2, 60):
        talk = Talk(chat)
        talk.say("Hello")
        case = Case.objects.get(messages__identity__value=talk.visitor.value)
        said = answer(case, priya, "Hello")
        Message.objects.filter(pk=said.pk).update(
            sorted_at=case.opened_at + timedelta(minutes=minutes)
        )
    team = Talk(chat).welcome["team"]
    assert (team["state"], team["wait"], team["offers_email"]) == ("open", 120, False)


def test_who_writes_while_nobody_is_here_is_taken_all_the_same(
    chat: ChatSettings, priya: Agent
) -> None:
    Duty.objects.all().delete()
    dana = Talk(chat)
    assert dana.welcome["team"]["state"] == "away"
    assert dana.say("Hello")["type"] == "ack"


def test_who_comes_reads_when_the_team_works(chat: ChatSettings, priya: Agent) -> None:
    def told() -> tuple[str, str | None, str | None]:
        TargetEdition.objects.advance()
        team = Talk(chat).welcome["team"]
        return team["state"], team["opens_at"], team["closes_at"]

    duty.seen(priya.pk)
    assert told() == ("open", None, None)  # day and night
    mine = TeamCalendar.objects.create(team=chat.channel.team, calendar=office("Later"))
    assert told() == ("away", opening(mine.calendar).isoformat(), None)
    mine.calendar = office("Now", opens_in=-HOUR, long=2 * HOUR)
    mine.save()
    closes = opening(mine.calendar) - timedelta(days=1) + 2 * HOUR
    assert told() == ("open", None, closes.isoformat())
    mine.calendar.spans.all().delete()
    assert told() == ("away", None, None)


def test_a_visitor_takes_a_link_for_a_video(chat: ChatSettings, priya: Agent) -> None:
    dana = Talk(chat)
    dana.do("start")
    assert dana.do("video", id=str(uuid.uuid4())) == [{"type": "error", "code": "no_video"}]
    films = Channel.objects.create(kind="video", name="films", team=chat.channel.team)
    VideoSettings.objects.create(channel=films)
    dana.do("video", id=str(uuid.uuid4()))
    own, told = dana.texts
    assert own == "I would like to show you something in a video."
    link = UploadLink.objects.get()
    assert re.search(r"/u/[\w-]{43}/", told)
    assert (link.identity.value, link.asked_by) == (dana.visitor.value, None)
    case = Case.objects.get()
    assert (link.case, case.waiting_since is not None) == (case, True)
    line = case.messages.get(code="invited_itself")
    inviting.take_back(case_id=case.pk, agent=priya, line_id=line.pk)
    link.refresh_from_db()
    assert link.revoked_at is not None
