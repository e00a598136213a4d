"""A visitor who has gone is said to have, once, where somebody may wait for them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels_chat import leaving, visitors
from channels_chat.models import ChatSettings, Visitor
from conversations.models import Agent, Message
from conversations.services import status
from tests.channels_chat.talk import Talk
from tests.channels_chat.test_going_on import case_of
from tests.people import make_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(chat: ChatSettings) -> Talk:
    talk = Talk(chat)
    talk.say("My order is late")
    return talk


def go(talk: Talk, *, since: float = 31) -> int:
    """They close the page; so many seconds pass."""
    visitors.note_left(talk.visitor.pk)
    Visitor.objects.update(left_at=timezone.now() - timedelta(seconds=since))
    return leaving.sweep()


def told() -> int:
    return Message.objects.filter(code="left_chat").count()


def test_is_told_once(dana: Talk) -> None:
    assert go(dana, since=5) == 0
    assert (go(dana), leaving.sweep(), told()) == (1, 0, 1)
    assert case_of(dana).status == "open"


def test_who_is_back_in_time_has_not_left(dana: Talk) -> None:
    visitors.note_left(dana.visitor.pk)
    visitors.note_shown(Visitor.objects.get())
    assert go(dana, since=5) == 0
    visitors.note_shown(Visitor.objects.get())
    assert (leaving.sweep(), told()) == (0, 0)


def test_of_a_case_that_is_done_nobody_wonders(dana: Talk, priya: Agent) -> None:
    status.resolve(case_id=case_of(dana).pk, agent=priya)
    assert (go(dana), told()) == (0, 0)


def test_a_film_by_a_link_leads_nobody_away(dana: Talk) -> None:
    films = make_channel(case_of(dana).team, name="films", kind="video")
    shown = Message.objects.get(text="My order is late")
    shown.pk, shown.channel, shown.client_id, shown.receipt = None, films, None, None
    shown.save(force_insert=True)
    assert (go(dana), told()) == (1, 1)


def test_who_comes_and_goes_again_is_told_again(dana: Talk) -> None:
    go(dana)
    visitors.note_shown(Visitor.objects.get())
    assert (go(dana), told()) == (1, 2)
