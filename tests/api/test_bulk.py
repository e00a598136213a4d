"""Many cases at once, views and macros, for programs."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, Macro, Team
from conversations.services import bulk
from tests.api.conftest import machine
from tests.people import make_agent, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(support: Channel) -> list[Case]:
    return [receive(support, f"c{n}@out.example", f"Words {n}").case for n in range(3)]


def post(api: Client, path: str, **said: Any) -> Any:
    return api.post(f"/api/v1/{path}", said, content_type="application/json")


def test_a_job_is_noted_followed_and_undone(api: Client, cases: list[Case], priya: Agent) -> None:
    numbers = [case.pk for case in cases]
    answer = post(api, "bulk/", action="priority", priority="urgent", cases=[*numbers, 10**9])
    assert answer.status_code == 202
    job = answer.json()
    assert (job["total"], job["states"]) == (3, {"waiting": 3})
    bulk.run(job["id"])
    assert api.get(answer.headers["Location"]).json()["states"] == {"done": 3}
    rows = api.get(f"/api/v1/bulk/{job['id']}/rows/").json()["results"]
    assert [row["case"] for row in rows] == numbers
    assert set(Case.objects.values_list("priority", flat=True)) == {3}
    assert post(api, f"bulk/{job['id']}/undo/").status_code == 202
    bulk.run(job["id"])
    assert set(Case.objects.values_list("priority", flat=True)) == {1}


def test_a_job_is_its_agent_s_alone(api: Client, cases: list[Case], team: Team) -> None:
    job = post(api, "bulk/", action="resolve", cases=[cases[0].pk]).json()
    other = machine(make_agent("Stan Other", team))
    assert other.get(f"/api/v1/bulk/{job['id']}/").status_code == 404
    assert other.get(f"/api/v1/bulk/{job['id']}/rows/").status_code == 404
    assert post(other, f"bulk/{job['id']}/undo/").status_code == 404


@pytest.mark.parametrize(
    "said",
    [{"action": "explode"}, {"action": "snooze"}, {"action": "tag"}, {"action": "resolve", "x": 1},
     {"action": "resolve", "cases": []}, {"action": "resolve", "cases": [10**9]}],
)  # fmt: skip
def test_what_makes_no_sense_is_422(api: Client, cases: list[Case], said: dict[str, Any]) -> None:
    assert post(api, "bulk/", **{"cases": [cases[0].pk], **said}).status_code == 422


def test_a_view_is_kept_read_and_taken_away(api: Client, cases: list[Case]) -> None:
    team = cases[0].team_id
    said = {"waits": "yes", "priority": "normal", "in_team": str(team)}
    made = post(api, "views/", name="Late", view="all", **said)
    assert made.status_code == 201
    key = made.json()["key"]
    [kept] = [view for view in api.get("/api/v1/views/").json()["results"] if view["key"] == key]
    assert (kept["made_of"], kept["filters"]) == ("all", said)
    assert len(api.get(f"/api/v1/views/{key}/cases/").json()["results"]) == 3
    assert post(api, f"views/{key.removeprefix('saved-')}/delete/").status_code == 204
    assert api.get(f"/api/v1/views/{key}/cases/").status_code == 404
    assert post(api, "views/", name="X", view="nowhere").status_code == 404
    assert post(api, "views/", name="X", view="all", since="9999-12-31").status_code == 422


def test_macros_are_listed_and_done_along(api: Client, cases: list[Case]) -> None:
    macro = Macro.objects.create(name="Close", text_en="Bye", resolves=True)
    [shown] = api.get("/api/v1/macros/").json()["results"]
    assert (shown["id"], shown["resolves"]) == (macro.pk, True)
    sent = post(api, f"cases/{cases[0].pk}/messages/", text="Bye", macro=macro.pk)
    assert sent.status_code == 201
    cases[0].refresh_from_db()
    assert cases[0].status == "resolved"
