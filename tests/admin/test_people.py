from django.test import Client

from conversations.models import Agent, Case, Channel, Customer, Identity, Message, Team
from tests.admin.conftest import said
from tests.people import answer, receive

TEAMS = "/admin/conversations/team/"
IDENTITIES = "/admin/conversations/identity/"
CUSTOMERS = "/admin/conversations/customer/"


def test_a_team_is_set_up_with_its_members(admin: Client, priya: Agent) -> None:
    admin.post(TEAMS + "add/", {"name": "Legal", "members": [priya.pk], "is_restricted": "on"})
    legal = Team.objects.get(name="Legal")
    assert (legal.is_restricted, list(legal.members.all())) == (True, [priya])
    assert "Restricted" in admin.get(TEAMS).content.decode()


def test_members_are_found_by_typing(admin: Client, priya: Agent) -> None:
    query = {"app_label": "conversations", "model_name": "team", "field_name": "members"}
    found = admin.get("/admin/autocomplete/", {**query, "term": "pri"}).json()["results"]
    assert [row["text"] for row in found] == ["Priya Nair"]


def test_the_former_default_team_gives_way(admin: Client, team: Team) -> None:
    admin.post(TEAMS + "add/", {"name": "Front desk", "is_default": "on"})
    assert Team.objects.get(is_default=True).name == "Front desk"
    team.refresh_from_db()
    assert not team.is_default


def test_there_is_always_an_open_default_team(admin: Client, team: Team) -> None:
    page = f"{TEAMS}{team.pk}/change/"
    assert "another team" in admin.post(page, {"name": "Support"}).content.decode()
    both = {"name": "Support", "is_default": "on", "is_restricted": "on"}
    assert "cannot be restricted" in admin.post(page, both).content.decode()
    assert admin.post(f"{TEAMS}{team.pk}/delete/", {"post": "yes"}).status_code == 403


def test_customers_are_found_by_name_and_address(admin: Client, support: Channel) -> None:
    receive(support, "dana@mail.example", name="Dana Whitfield")
    receive(support, "omar@mail.example", name="Omar")
    for words in ("whitfield", "dana@mail"):
        page = admin.get(CUSTOMERS, {"q": words}).content.decode()
        assert "Dana Whitfield" in page
        assert "Omar" not in page
    customer = Customer.objects.get(name="Dana Whitfield")
    assert "dana@mail.example" in admin.get(f"{CUSTOMERS}{customer.pk}/change/").content.decode()


def share(admin: Client, identity: Identity) -> list[str]:
    page = f"{IDENTITIES}{identity.pk}/share/"
    assert admin.get(page).status_code == 200
    return list(said(admin.post(page, {"yes": "1"}, follow=True)))


def test_a_shared_address_is_nobody_and_every_thread_its_own_customer(
    admin: Client, support: Channel, lena: Agent
) -> None:
    first = receive(support, "form@shop.example", name="Form")
    identity = Identity.objects.get(value="form@shop.example")
    assert share(admin, identity) == ["Marked as shared."]
    second = receive(support, "form@shop.example", name="Ana")
    third = receive(support, "form@shop.example", name="Ben")
    assert len({m.conversation_id for m in (first, second, third)}) == 3
    reply = answer(Case.objects.get(pk=first.case_id), lena)
    assert reply.addressees[0]["address"] == "form@shop.example"
    activity = Message.objects.get(code="identity_shared")
    assert (activity.case_id, activity.agent) == (first.case_id, lena)


def test_marking_as_shared_can_be_taken_back(admin: Client, support: Channel) -> None:
    first = receive(support, "form@shop.example", name="Form")
    identity = Identity.objects.get(value="form@shop.example")
    share(admin, identity)
    receive(support, "form@shop.example", name="Ana")
    assert share(admin, identity) == ["Marked as personal."]
    identity.refresh_from_db()
    assert identity.customer == first.conversation.customer
    again = receive(support, "form@shop.example")
    assert again.conversation_id == first.conversation_id


def test_an_address_is_never_edited_by_hand(admin: Client, support: Channel) -> None:
    receive(support, "dana@mail.example")
    identity = Identity.objects.get()
    page = f"{IDENTITIES}{identity.pk}"
    assert admin.post(f"{page}/change/", {"value": "x"}).status_code == 403
    assert admin.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
