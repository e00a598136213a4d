"""`@name` in a note: found under mentions, read on screen, and no way in for anybody."""

import uuid

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, Mention, Message, Team
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "Where is it?", name="Dana", subject="Lamp").case


def call(desk: Client, case: Case, text: str) -> str:
    data = {"kind": "note", "note": text, "q": "all", "client_id": uuid.uuid4()}
    return desk.post(f"/inbox/c/{case.pk}/messages", data, follow=True).content.decode()


def browser(agent: Agent) -> Client:
    other = Client()
    other.force_login(agent)
    return other


def called() -> set[str]:
    return set(Mention.objects.values_list("agent__first_name", flat=True))


@pytest.fixture
def crew(team: Team, marco: Agent) -> Team:
    """Marco Reyes and Sam."""
    Agent.objects.filter(pk=marco.pk).update(last_name="Reyes")
    make_agent("Sam Support", team)
    team.members.add(marco)
    return team


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Marco please look", {"Marco"}),
        ("please, (@marco) look", {"Marco"}),
        ("@Marco Reyes: look", {"Marco"}),
        ("@Support, all of you", {"Marco", "Sam"}),
        ("mail marco@staff.example", set()),
        ("see https://x.example/@Marco", set()),
        ("@Marcolino", set()),
        ("@Priya myself", set()),
        ("@nobody", set()),
    ],
)
def test_who_is_called(desk: Client, case: Case, crew: Team, text: str, names: set[str]) -> None:
    call(desk, case, text.replace("Support", crew.name))
    assert called() == names


def test_is_found_counted_and_read(desk: Client, case: Case, marco: Agent) -> None:
    page = call(desk, case, "@Marco it is E-17")
    assert '<b class="at">@Marco</b> it is E-17' in page
    other = browser(marco)
    queue = other.get("/inbox/q/mentions/").content.decode()
    assert "Lamp" in queue
    assert '<b id="n-mentions">1<' in queue
    note = Message.objects.get(kind="note")
    other.post(f"/inbox/c/{case.pk}/read", {"up_to": note.sorted_at.isoformat(), "quiet": "1"})
    queue = other.get("/inbox/q/mentions/").content.decode()
    assert "Lamp" in queue, "it stays to be found"
    assert '<b id="n-mentions"></b>' in queue
    assert "Lamp" not in desk.get("/inbox/q/mentions/").content.decode()


def test_gives_nobody_rights(support: Channel, legal: Team, marco: Agent, client: Client) -> None:
    secret = receive(make_channel(legal, name="counsel"), "x@out.example", "Hidden").case
    lex = browser(make_agent("Lex Law", legal))
    page = call(lex, secret, "@Marco is not told")
    assert "cannot see this case and was not told" in page
    assert not Mention.objects.exists()
    other = browser(marco)
    assert "Hidden" not in other.get("/inbox/q/mentions/").content.decode()


def test_who_loses_sight_of_a_case_loses_its_mention(
    case: Case, desk: Client, marco: Agent, legal: Team
) -> None:
    call(desk, case, "@Marco look")
    Case.objects.filter(pk=case.pk).update(team=legal)
    queue = browser(marco).get("/inbox/q/mentions/").content.decode()
    assert "Lamp" not in queue
    assert '<b id="n-mentions"></b>' in queue


def test_two_of_one_first_name_are_called_by_their_whole_names(
    desk: Client, case: Case, team: Team
) -> None:
    for username, last in (("s1", "Sun"), ("s2", "Sea")):
        Agent.objects.create(username=username, email=f"{username}@x.example", first_name="Sam",
                             last_name=last)  # fmt: skip
    call(desk, case, "@Sam which of you?")
    assert called() == set()
    call(desk, case, "@Sam Sea, you")
    assert set(Mention.objects.values_list("agent__username", flat=True)) == {"s2"}


def test_a_name_in_an_address_stays_an_address(desk: Client, case: Case, marco: Agent) -> None:
    page = call(desk, case, "@Marco see https://x.example/@Marco?a=@Marco")
    assert page.count('<b class="at">') == 1
    assert "https://x.example/@Marco?a=" in page
