"""Who is there, for programs."""

import pytest
from django.test import Client

from conversations.models import Agent, Channel, Giving, Team
from conversations.services import assignment, duty
from tests.api.conftest import machine
from tests.people import receive

pytestmark = pytest.mark.django_db


def test_agents_are_listed_with_whether_they_are_there(
    api: Client, priya: Agent, marco: Agent
) -> None:
    duty.seen(marco.pk)
    found = {row["name"]: row for row in api.get("/api/v1/agents/").json()["results"]}
    assert found["Marco Reyes"]["availability"] == "online"
    assert found["Marco Reyes"]["since"]
    assert found["Priya Nair"] == {
        "id": priya.pk, "name": "Priya Nair", "role": "agent", "availability": "offline",
        "since": None,
    }  # fmt: skip
    Agent.objects.filter(pk=marco.pk).update(is_active=False)
    assert len(api.get("/api/v1/agents/").json()["results"]) == 1


def say(api: Client, word: str) -> tuple[int, str]:
    path = "/api/v1/me/availability/"
    answered = api.post(path, {"availability": word}, content_type="application/json")
    said = answered.json()
    return answered.status_code, said.get("availability") or said["code"]


def test_a_program_says_that_it_is_there(api: Client, support: Channel, priya: Agent) -> None:
    assert say(api, "online") == (200, "online")
    assert say(api, "away") == (200, "away")
    assert say(api, "offline") == (422, "invalid")
    case = receive(support, "dana@hey.example").case
    assignment.take(case_id=case.pk, agent=priya)
    me = api.get("/api/v1/me/").json()
    assert (me["availability"], me["load"], me["capacity"]) == ("away", 1, 0)
    Team.objects.update(giving=Giving.ROUND_ROBIN)
    assert api.get("/api/v1/me/").json()["capacity"] == 12


def test_reading_is_not_enough_to_say_it(priya: Agent) -> None:
    assert say(machine(priya, "read"), "online") == (403, "insufficient_scope")
