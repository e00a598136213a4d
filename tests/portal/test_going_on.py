"""*Continue by…*: a link leads the customer to this very case, once, on whatever device."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from channels_chat.models import ChatSettings, Visitor
from conversations.models import Agent, Case, Channel, ContinueLink, Draft, Identity, Message, Team
from conversations.services import continuing, merge_customers, part_customers
from conversations.services.errors import Refused
from portal.models import Session
from tests import paper
from tests.channels_chat.talk import Talk
from tests.people import make_agent, make_channel, receive
from tests.portal.conftest import DANA, EVE, Door, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, DANA, "It does not start", subject="Pro 2").case


@pytest.fixture
def desk(client: Client, priya: Agent) -> Client:
    client.force_login(priya)
    return client


@pytest.fixture
def chat(team: Team, settings: Settings) -> ChatSettings:
    settings.CHANNEL_ADAPTERS = [*settings.CHANNEL_ADAPTERS, "channels_chat.adapter.ChatAdapter"]
    channel = Channel.objects.create(kind="chat", name="shop", label="Shop chat", team=team)
    return ChatSettings.objects.create(channel=channel, name="Kalma")


def ask(desk: Client, case: Case, channel: Channel, opens: Channel | None = None) -> str:
    """The path of the link that the agent sends."""
    fields = {"go_on": channel.pk, "client_id": str(uuid.uuid4()), "text": "Half a sente"}
    fields["opens"] = opens.pk if opens else ""
    answered = desk.post(f"/inbox/c/{case.pk}/go-on", fields)
    assert answered.status_code == 302, answered.content.decode()
    return path_in(Message.objects.filter(case=case, kind="message").latest("id").text)


def path_in(text: str) -> str:
    found = re.search(r"http://testserver(/p/[\w-]{43}/)", text)
    assert found, text
    return found.group(1)


def test_it_opens_this_case_once_by_a_button(
    door: Door, desk: Client, case: Case, support: Channel, priya: Agent
) -> None:
    later = receive(support, DANA, "Something else", subject="Invoice")
    Message.objects.filter(pk=later.pk).update(case=Case.objects.create(
        conversation=case.conversation, topic="Invoice", team=case.team,
        opened_at=timezone.now(), last_message_at=timezone.now(),
    ))  # fmt: skip
    Draft.objects.create(case=case, agent=priya, text="Half a sentence", version=4)
    where = ask(desk, case, support)
    assert 'name="go_on"' in desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    draft = Draft.objects.get(case=case)
    assert (draft.text, draft.version) == ("Half a sentence", 4)
    for _ in range(2):  # scanners look, too
        looked = door.browser.get(where)
        assert looked.status_code == 200
        assert looked.headers["Referrer-Policy"] == "same-origin"
        assert "It does not start" not in looked.content.decode()
        door.browser.head(where)
    assert not Session.objects.exists()
    assert door.browser.post(where).headers["Location"] == "/p/"
    assert "It does not start" in door.read()
    assert "About: Pro 2" in door.read()
    door.say("About the first")
    assert Message.objects.get(text="About the first").case == case
    assert Message.objects.filter(case=case, code="continued").count() == 1
    assert where not in door.read()
    for other in (Door(), door):
        for answered in (other.browser.get(where), other.browser.post(where)):
            assert answered.status_code == 410
            assert "This link has ended" in answered.content.decode()
    assert Session.objects.count() == 1


@pytest.mark.usefixtures("legal")
def test_it_opens_the_chat_at_this_very_case(
    door: Door, desk: Client, case: Case, support: Channel, chat: ChatSettings
) -> None:
    counsel = make_channel(Team.objects.get(is_restricted=True), name="counsel")
    Channel.objects.filter(pk=counsel.pk).update(is_own_topic=True)
    counsel.refresh_from_db()
    receive(counsel, DANA, "About the lawsuit", subject="Lawsuit")
    menu = desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert f'name="opens" value="{chat.channel_id}"' in menu
    where = ask(desk, case, support, chat.channel)
    looked = door.browser.get(where)
    assert "Open the chat" in looked.content.decode()
    assert not Visitor.objects.exists()
    led = door.browser.post(where)
    assert led.headers["Location"] == f"/w/{chat.key}/here"
    handed = led.cookies["omnihub_go_on"]
    assert (handed["path"], handed["samesite"], handed["max-age"]) == (
        f"/w/{chat.key}/here", "Strict", 60,
    )  # fmt: skip
    page = door.browser.get(led.headers["Location"])
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    talk = Talk(chat, handed.value)
    assert (talk.welcome["case"]["id"], talk.welcome["visitor"]["address_state"]) == (
        case.pk, "confirmed",
    )  # fmt: skip
    shown = "".join(talk.texts)
    assert "It does not start" in shown
    assert where not in shown
    assert "lawsuit" not in shown
    talk.say("Here I am")
    said = Message.objects.get(text="Here I am")
    assert (said.case, said.channel, said.is_unconfirmed) == (case, chat.channel, False)
    assert handed.value not in str(Visitor.objects.values_list())
    assert door.browser.post(where).status_code == 410
    assert Visitor.objects.count() == 1


def test_a_chat_that_is_none_any_more_is_their_page(
    door: Door, desk: Client, case: Case, support: Channel, chat: ChatSettings
) -> None:
    rather_read = ask(desk, case, support, chat.channel)
    assert door.browser.post(rather_read, {"page": ""}).headers["Location"] == "/p/"
    assert "It does not start" in door.read()
    where = ask(desk, case, support, chat.channel)
    Channel.objects.filter(pk=chat.channel_id).update(is_active=False)
    assert "Open the chat" not in door.browser.get(where).content.decode()
    assert door.browser.post(where).headers["Location"] == "/p/"
    assert not Visitor.objects.exists()
    fields = {"go_on": support.pk, "client_id": str(uuid.uuid4()), "opens": support.pk}
    assert desk.post(f"/inbox/c/{case.pk}/go-on", fields).status_code == 422


def test_a_link_by_mail_is_not_read_in_the_chat(
    desk: Client, case: Case, support: Channel, chat: ChatSettings
) -> None:
    """Who only typed the address would hold what proves it."""
    talk = Talk(chat)
    talk.say("I am Dana")
    claims = Case.objects.get(messages__text="I am Dana")
    who = claims.conversation.customer
    Identity.objects.filter(value=talk.visitor.value).update(customer=case.conversation.customer)
    Case.objects.filter(pk=claims.pk).update(conversation=case.conversation)
    Message.objects.filter(case=claims).update(conversation=case.conversation)
    assert who.pk != case.conversation.customer_id
    fields = {"go_on": support.pk, "client_id": str(uuid.uuid4()), "to": DANA}
    assert desk.post(f"/inbox/c/{claims.pk}/go-on", fields).status_code == 302
    last = Message.objects.filter(case=claims, kind="message").latest("pk")
    assert path_in(last.text)
    [shown] = [text for text in talk.texts if "The link is good once" in text]
    assert "/p/…" in shown
    assert not re.search(r"/p/[\w-]{43}", shown)


def test_no_token_is_kept_and_none_can_be_guessed(
    door: Door, desk: Client, case: Case, support: Channel
) -> None:
    where = ask(desk, case, support)
    token = where.split("/")[2]
    assert token not in str(ContinueLink.objects.values_list())
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token.swapcase(), "A" * 43):
        assert door.browser.post(f"/p/{wrong}/").status_code == 410
    for wrong in (token[:-1], token + "A", token + "%20"):
        assert door.browser.post(f"/p/{wrong}/").status_code == 404
    ContinueLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert door.browser.get(where).status_code == door.browser.post(where).status_code == 410


def test_it_leads_nowhere_once_the_address_is_somebody_elses(
    door: Door, desk: Client, case: Case, support: Channel
) -> None:
    receive(support, EVE, "Eve's")
    merged = merge_customers.confirm(person(), person(EVE), cause="x")
    receive(support, EVE, "Eve again", tokens=[case.reply_token])
    where = ask(desk, case, support)
    assert paper.PROVIDER.accepted == []
    assert merged is not None
    part_customers.undo(rearrangement_id=merged.pk, agent=make_agent("Lena", role="admin"))
    assert door.browser.get(where).status_code == door.browser.post(where).status_code == 410


def test_it_goes_only_where_it_proves_something(
    desk: Client, case: Case, support: Channel, team: Team
) -> None:
    live = make_channel(team, name="chat", kind="video")
    Identity.objects.update(verified_at=None)
    Message.objects.filter(identity__isnull=False).update(is_unconfirmed=True)
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    menu = page[page.index('id="go-on-h"') :]
    assert "proves nothing" in menu[: menu.index("</div>")]
    assert 'name="go_on"' not in page
    before = Message.objects.count()
    for channel in (support, live):
        fields = {"go_on": channel.pk, "client_id": str(uuid.uuid4())}
        refused = desk.post(f"/inbox/c/{case.pk}/go-on", fields)
        assert refused.status_code == 422
    assert Message.objects.count() == before
    assert not ContinueLink.objects.exists()


def test_it_speaks_the_customers_language_and_a_second_click_sends_nothing(
    case: Case, priya: Agent, support: Channel
) -> None:
    customer = case.conversation.customer
    customer.language = "es"
    customer.save()
    number = uuid.uuid4()
    sent = {
        continuing.ask(case_id=case.pk, agent=priya, channel_id=support.pk, client_id=number)
        for _ in range(2)
    }
    assert len(sent) == 1
    assert "El enlace vale una sola vez" in sent.pop().text
    assert ContinueLink.objects.count() == 1
    with pytest.raises(Refused):
        continuing.use("A" * 43)


def test_it_shows_no_restricted_case_but_its_own(
    door: Door, desk: Client, case: Case, support: Channel, legal: Team
) -> None:
    """Whoever sent it could have opened it themselves."""
    counsel = make_channel(legal, name="counsel")
    Channel.objects.filter(pk=counsel.pk).update(is_own_topic=True)
    counsel.refresh_from_db()
    receive(counsel, DANA, "About the lawsuit", subject="Lawsuit")
    door.browser.post(ask(desk, case, support))
    assert "It does not start" in door.read()
    assert "lawsuit" not in door.read().lower()
    door.sign_in(DANA)
    assert "About the lawsuit" in door.read()
