"""The journey of a case: every channel it went by, and what was read on the way."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Agent, Case, Channel, Conversation, Kind, Message, Team
from conversations.models.message import ARTICLE_READ
from conversations.services import threads
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db
WAY = ["article", "fast", "video", "portal", "paper"]
GLYPHS = ["article", "paper", "video", "portal", "paper"]
"""The fast channel looks like the other."""


@pytest.fixture
def case(support: Channel, team: Team, priya: Agent, settings: Settings) -> Case:
    """Read, chatted, filmed, and written in the portal; answered by mail."""
    settings.CHANNEL_ADAPTERS = [
        *settings.CHANNEL_ADAPTERS,
        "channels_video.adapter.VideoAdapter",
        "portal.adapter.PortalAdapter",
    ]
    fast = make_channel(team, name="fast", kind="fast")
    case = receive(fast, "dana@hey.example", "It does not start").case
    for kind in ("video", "portal"):
        channel = make_channel(team, name=kind, kind=kind)
        said = receive(fast, "dana@hey.example", f"By {kind}")
        Message.objects.filter(pk=said.pk).update(channel=channel)
    conversation = Conversation.objects.locked(case.conversation_id)
    for place in (2, 1):
        line = Message(case=case, kind=Kind.ACTIVITY, is_system=True, code=ARTICLE_READ)
        line.params = {"title": f"Article {place}", "url": "https://shop.example/a"}
        threads.add(conversation, line, at=timezone.now() - timedelta(hours=place))
    answer(case, priya, "Here you are", channel_id=support.pk)
    case.refresh_from_db()
    threads.reckon(case)
    case.save()
    return case


def glyphs(html: str) -> list[str]:
    return re.findall(r'class="g g-(\w+)', html)


def test_the_strip_and_the_row_show_every_leg(desk: Client, case: Case) -> None:
    assert case.journey == WAY
    page = desk.get(f"/inbox/q/all/c/{case.pk}/?tab=all").content.decode()
    strip = page[page.index('id="journey"') :]
    strip = strip[: strip.index("</nav>")]
    assert glyphs(strip) == GLYPHS
    assert [word in strip for word in ("Help article", "Video", "Portal")] == [True] * 3
    assert strip.count('aria-current="step"') == 1
    row = page[page.index('class="trail"') :]
    row = row[: row.index('class="l3"') if 'class="l3"' in row else row.index("</li>")]
    assert glyphs(row)[: len(WAY) - 1] == GLYPHS[1:]
    assert "Video → Portal → Paper" in row


def test_going_on_after_an_article_is_a_leg_again(desk: Client, case: Case) -> None:
    conversation = Conversation.objects.locked(case.conversation_id)
    line = Message(case=case, kind=Kind.ACTIVITY, is_system=True, code=ARTICLE_READ)
    threads.add(conversation, line)
    support = Channel.objects.get(name="support")
    receive(support, "dana@hey.example", "That helped", tokens=[case.reply_token])
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    strip = page[page.index('id="journey"') :]
    assert glyphs(strip[: strip.index("</nav>")]) == [*GLYPHS, "article", "paper"]
