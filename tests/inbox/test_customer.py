"""A customer's page and the history of a case: whole for who may see it, and nothing beside."""

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, Team
from conversations.services import merge_customers, priority, status, tags
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "It stops", name="Dana", subject="Lamp").case


def page_of(desk: Client, case: Case) -> str:
    url = f"/inbox/customers/{case.conversation.customer_id}/"
    return desk.get(url).content.decode()


def test_shows_cases_addresses_and_what_was_done(
    desk: Client, case: Case, support: Channel, priya: Agent
) -> None:
    status.resolve(case_id=case.pk, agent=priya)
    Case.objects.update(resolved_at="2001-01-01T00:00:00Z")
    receive(support, "dana@post.example", "Now the fuse", subject="Fuse")
    priority.prioritise(case_id=case.pk, agent=priya, priority=3)
    page = page_of(desk, case)
    for words in ("Dana", "dana@post.example", "Lamp", "Fuse", "2 cases", "Priya resolved this",
                  "Priya set the priority to urgent"):  # fmt: skip
        assert words in page, words


def test_what_is_restricted_is_a_line_and_no_history(
    desk: Client, case: Case, legal: Team, priya: Agent
) -> None:
    counsel = make_channel(legal, name="counsel")
    counsel.is_own_topic = True
    counsel.save()
    secret = receive(counsel, "dana@post.example", "Hidden", subject="Secret").case
    lex = make_agent("Lex Law", legal)
    tags.replace(case_id=secret.pk, agent=lex, names=["lawsuit"])
    page = page_of(desk, case)
    assert "A case with Legal" in page
    assert "1 case" in page
    assert not [words for words in ("Hidden", "Secret", "lawsuit") if words in page]
    other = Client()
    other.force_login(lex)
    assert "lawsuit" in page_of(other, case)
    alone = receive(counsel, "eve@post.example", "Only Legal's").case
    url = f"/inbox/customers/{alone.conversation.customer_id}/"
    assert desk.get(url).status_code == 404
    assert desk.get("/inbox/customers/99999999/").status_code == 404


def test_who_was_merged_leads_on_and_comes_apart_again(
    desk: Client, case: Case, support: Channel, priya: Agent
) -> None:
    other = receive(support, "d.whitfield@work.example", "Me again", name="Dana W").case
    customer = other.conversation.customer_id
    entry = merge_customers.merge(
        case_id=case.pk, agent=priya, other_case_id=other.pk, cause="same phone"
    )
    page = desk.get(f"/inbox/customers/{customer}/", follow=True)
    assert page.redirect_chain[-1][0] == f"/inbox/customers/{case.conversation.customer_id}/"
    words = page.content.decode()
    assert "same phone" in words
    undo = f"/inbox/c/{case.pk}/put-back/{entry.pk}"
    assert f'action="{undo}"' in words
    desk.post(undo, {"q": "all"})
    assert "undone by Priya" in page_of(desk, case)
    assert desk.get(f"/inbox/customers/{customer}/").status_code == 200


def test_a_case_s_history_goes_back_page_by_page(desk: Client, case: Case, priya: Agent) -> None:
    for n in range(60):
        priority.prioritise(case_id=case.pk, agent=priya, priority=n % 2)
    first = desk.get(f"/inbox/c/{case.pk}/history").content.decode()
    assert first.count("Priya set the priority") == 50
    cursor = first.split("?before=")[1].split('"')[0]
    second = desk.get(f"/inbox/c/{case.pk}/history?before={cursor}").content.decode()
    assert first.count("set the priority") + second.count("set the priority") >= 59
    assert desk.get(f"/inbox/c/{case.pk}/history?before=nonsense").status_code == 404
