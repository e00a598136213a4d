"""*Continue by…*: a link leads the customer to this very case, once, on whatever device."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Agent, Case, Channel, ContinueLink, Draft, Identity, Message, Team
from conversations.services import continuing, merge_customers, part_customers
from conversations.services.errors import Refused
from portal.models import Session
from tests import paper
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


def ask(desk: Client, case: Case, channel: Channel) -> str:
    """The path of the link that the agent sends."""
    fields = {"go_on": channel.pk, "client_id": str(uuid.uuid4()), "text": "Half a sente"}
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
