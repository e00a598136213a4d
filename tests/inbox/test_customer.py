"""A customer's page and the history of a case: whole for who may see it, and nothing beside."""

import re
from html import unescape

import pytest
from django.test import Client

from conversations.models import Agent, Case, Change, Channel, Conversation, Customer, Team
from conversations.services import merge_customers, priority, profile, status, tags
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "It stops", name="Dana", subject="Lamp").case


@pytest.fixture
def lex(legal: Team) -> Agent:
    return make_agent("Lex Law", legal)


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


def test_the_page_leads_to_their_cases_as_a_list(desk: Client, case: Case) -> None:
    customer = case.conversation.customer_id
    page = desk.get(f"/inbox/customers/{customer}/").content.decode()
    where = f"/inbox/q/all/?tab=all&amp;customer={customer}"
    assert f'href="{where}"' in page
    assert case.topic in desk.get(where.replace("&amp;", "&")).content.decode()


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
    for wrong in ("nonsense", "~1"):
        assert desk.get(f"/inbox/c/{case.pk}/history?before={wrong}").status_code == 404


def call(desk: Client, case: Case, **said: object) -> str:
    url = f"/inbox/customers/{case.conversation.customer_id}/change"
    return unescape(desk.post(url, said, follow=True).content.decode())


def test_a_name_and_a_language_are_put_right_and_back(desk: Client, case: Case) -> None:
    page = call(desk, case, name="  Dana   Whitfield ", language="de")
    assert "Priya changed the customer's name to “Dana Whitfield”" in page
    assert "Priya changed the customer's language to German" in page
    customer = Customer.objects.get()
    assert (customer.name, customer.language) == ("Dana Whitfield", "de")
    toast = page.split('class="toast"')[1]
    undo = dict(re.findall(r'name="(name|language|seen)" value="([^"]*)"', toast))
    assert call(desk, case, **undo).count("customer's language") == 2
    customer.refresh_from_db()
    assert (customer.name, customer.language) == ("Dana", "")
    assert "Saved" not in call(desk, case, name="Dana", language="")


def test_what_is_no_language_changes_nothing(desk: Client, case: Case) -> None:
    assert "That is not a language." in call(desk, case, name="Eve", language="<b>")
    assert Customer.objects.get().name == "Dana"


def test_the_loser_of_two_names_is_told(desk: Client, case: Case, marco: Agent) -> None:
    seen = Conversation.objects.get().revision
    profile.change(customer_id=case.conversation.customer_id, agent=marco, name="Dana M")
    page = call(desk, case, name="Dana P", seen=seen)
    assert re.search(
        r"Marco Reyes changed this \d+ s ago\. Marco Reyes changed the customer's name", page
    )
    assert 'value="Dana P"' in page
    assert Customer.objects.get().name == "Dana M"


def test_a_new_name_is_told_in_a_case_that_all_may_read(
    desk: Client, case: Case, legal: Team, lex: Agent
) -> None:
    counsel = make_channel(legal, name="counsel")
    Channel.objects.update(is_own_topic=True)
    receive(counsel, "dana@post.example", "Hidden")
    profile.change(customer_id=case.conversation.customer_id, agent=lex, name="Dana L")
    assert "Lex changed the customer's name" in unescape(page_of(desk, case))
    alone = receive(counsel, "eve@post.example", "Only Legal's").case
    url = f"/inbox/customers/{alone.conversation.customer_id}/change"
    assert desk.post(url, {"name": "x"}).status_code == 404


def test_an_open_thread_hears_of_the_new_name(desk: Client, case: Case, marco: Agent) -> None:
    after = Conversation.objects.get().revision
    profile.change(customer_id=case.conversation.customer_id, agent=marco, name="Dana M")
    said = desk.get(f"/inbox/c/{case.pk}/changes", {"after": after}).json()
    assert 'id="cust-h"' in said["around"]
    assert "Dana M</a>" in said["around"]
    step = Change.objects.get(kind="customer")
    assert step.case is None  # every row of theirs


def add(desk: Client, case: Case, typed: str) -> str:
    url = f"/inbox/customers/{case.conversation.customer_id}/address"
    return unescape(desk.post(url, {"address": typed}, follow=True).content.decode())


def test_an_address_is_added_and_taken_off_again(desk: Client, case: Case, team: Team) -> None:
    page = add(desk, case, " Dana@Work.example ")
    assert "Priya added dana@work.example to the customer" in page
    added = case.conversation.customer.identities.get(value="dana@work.example")
    assert added.verified_at is None
    undo = f"/inbox/addresses/{added.pk}/remove"
    assert undo in page
    assert "took dana@work.example off" in desk.post(undo, follow=True).content.decode()
    assert [one.value for one in case.conversation.customer.identities.all()] == [
        "dana@post.example"
    ]


@pytest.fixture
def others(support: Channel, legal: Team) -> None:
    """Eve, and Will whom Legal alone sees."""
    receive(support, "eve@post.example", name="Eve")
    receive(make_channel(legal, name="counsel"), "will@post.example", name="Will")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "neither an e-mail address nor"),
        ("nobody", "“nobody” is neither an e-mail address nor"),
        ("dana@post.example", "is the customer's already"),
        ("eve@post.example", "is Eve's. If they are one person, merge the two"),
        ("will@post.example", "is another customer's"),
        ("priya@staff.example", "is one of our own addresses"),
    ],
)
def test_what_cannot_be_added_says_why(
    desk: Client, case: Case, others: None, typed: str, words: str
) -> None:
    del others
    assert words in add(desk, case, typed)
    assert case.conversation.customer.identities.count() == 1


def test_an_address_in_use_stays(desk: Client, case: Case, support: Channel) -> None:
    add(desk, case, "dana@work.example")
    added = case.conversation.customer.identities.get(value="dana@work.example")
    wrote = receive(support, "dana@work.example", "From work")
    assert wrote.case.conversation == case.conversation
    page = desk.post(f"/inbox/addresses/{added.pk}/remove", follow=True).content.decode()
    assert "the address stays" in page
    assert case.conversation.customer.identities.filter(pk=added.pk).exists()


def test_addresses_are_for_who_works_a_case(desk: Client, case: Case, warranty: Team) -> None:
    add(desk, case, "dana@work.example")
    Case.objects.update(team=warranty)
    theirs = case.conversation.customer.identities
    urls = [
        f"/inbox/customers/{case.conversation.customer_id}/address",
        f"/inbox/addresses/{theirs.get(value='dana@work.example').pk}/remove",
        "/inbox/addresses/99999999/remove",
    ]
    assert [desk.post(url, {"address": "d@new.example"}).status_code for url in urls] == [404] * 3
    assert theirs.count() == 2
