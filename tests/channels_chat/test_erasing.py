"""Who is erased or blocked is so in the chat as well."""

import pytest

from channels_chat.models import ChatSettings, Unseen, Visitor
from conversations.models import Agent, Case, Message
from conversations.services import blocking, erasure
from tests.channels_chat.talk import Talk
from tests.people import answer, make_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(chat: ChatSettings) -> Talk:
    talk = Talk(chat)
    talk.say("Hello")
    talk.news()
    return talk


def test_who_is_erased_is_a_stranger_to_the_chat(dana: Talk, priya: Agent) -> None:
    case = Case.objects.get()
    answer(case, priya, "Hello Dana")
    boss = make_agent("Lena Boss", role="admin")
    asked = erasure.ask(customer_id=case.conversation.customer_id, agent=boss)
    erasure.run(asked.pk)
    assert not Visitor.objects.exists()
    assert not Unseen.objects.exists()
    assert not Message.objects.exists()
    assert Talk(dana.session.settings, dana.token).welcome["expired"] is True


def test_an_agent_blocks_a_visitor(dana: Talk, priya: Agent) -> None:
    case = Case.objects.get()
    blocking.block_sender(case_id=case.pk, agent=priya)
    assert {"type": "blocked"} in dana.news()
    assert dana.say("More")["code"] == "blocked"
    line = case.messages.get(code="sender_blocked")
    assert dana.visitor.value not in str(line.params)
    blocking.unblock_sender(case_id=case.pk, agent=priya)
    assert dana.say("More")["type"] == "ack"
