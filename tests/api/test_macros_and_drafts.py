"""What an agent keeps, for programs: macros, drafts and views; and what was done."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, Draft, Macro, Team
from conversations.services import assignment, bulk, drafts, merge_customers
from tests.api.conftest import machine
from tests.api.test_actions import post
from tests.api.test_frame import problem
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

DANA = "dana@out.example"
WISH = {
    "name": "Late",
    "text_en": "Hi {{customer.first_name}}",
    "tags": ["late"],
    "priority": "high",
}


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, DANA, "Broken", name="Dana Ruiz", subject="Massager").case


@pytest.fixture
def stan(team: Team) -> Agent:
    return make_agent("Stan Other", team)


def told(api: Client, path: str) -> Any:
    answered = api.get(f"/api/v1/{path}")
    assert answered.status_code == 200, answered.content
    return answered.json()


def put(api: Client, path: str, said: Any, **headers: str) -> Any:
    return api.put(f"/api/v1/{path}", said, content_type="application/json", headers=headers)


def test_an_own_macro_is_written_rewritten_deleted_and_brought_back(
    api: Client, stan: Agent
) -> None:
    made = post(api, "macros/", WISH, key="once")
    assert made.status_code == 201
    macro = made.json()
    assert (macro["is_own"], macro["tags"], macro["priority"]) == (True, ["late"], "high")
    assert post(api, "macros/", WISH, key="once").json() == macro
    path = f"macros/{macro['id']}/"
    changed = post(api, f"{path}change/", {"name": "Later", "snooze_hours": 4}).json()
    assert (changed["name"], changed["tags"], changed["snooze_hours"]) == ("Later", [], 4)
    assert not post(api, f"{path}switch/", {"active": False}).json()["is_active"]
    assert told(api, "macros/")["results"] == []
    assert told(api, path)["name"] == "Later"
    assert post(api, f"{path}switch/", {"active": True}).json()["is_active"]
    assert [one["id"] for one in told(api, "macros/")["results"]] == [macro["id"]]
    other = machine(stan)
    problem(other.get(f"/api/v1/{path}"), 404, "not_found")
    problem(post(other, f"{path}change/", {"x": 1}), 404, "not_found")
    problem(post(other, f"{path}switch/", {"active": False}), 404, "not_found")


def test_what_everybody_uses_is_not_an_agent_s_to_change(api: Client) -> None:
    shared = Macro.objects.create(name="Ours", text_en="x")
    assert told(api, f"macros/{shared.pk}/")["is_own"] is False
    problem(post(api, f"macros/{shared.pk}/change/", WISH), 404, "not_found")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "empty_macro"),
        ({"text_en": "{{customer.shoe}}"}, "unknown_placeholder"),
        ({"resolves": True, "snooze_hours": 1}, "resolves_or_snoozes"),
        ({"tags": ["a,b"]}, "invalid"),
        ({"tags": [f"{n} {'x' * 50}" for n in range(7)]}, "invalid"),
        ({"snooze_hours": 0}, "invalid"),
        ({"assign": "you"}, "invalid"),
    ],
)
def test_what_makes_no_macro_is_refused(api: Client, said: dict[str, Any], code: str) -> None:
    problem(post(api, "macros/", {"name": "Odd", **said}), 422, code)
    assert not Macro.objects.exists()


def test_a_macro_is_filled_for_a_case_run_and_undone(api: Client, case: Case) -> None:
    macro = post(api, "macros/", WISH).json()["id"]
    path = f"cases/{case.pk}/macros/{macro}/"
    assert told(api, path)["text"] == "Hi Dana"
    done = post(api, f"{path}run/", key="once")
    assert done.status_code == 200, done.content
    assert (done.json()["case"]["tags"], done.json()["case"]["priority"]) == (["late"], "high")
    assert post(api, f"{path}run/", key="once").json() == done.json()
    assert Macro.objects.get().used_count == 1
    assert post(api, f"bulk/{done.json()['job']}/undo/").status_code == 202
    bulk.run(done.json()["job"])
    assert told(api, f"cases/{case.pk}/")["tags"] == []


def test_a_macro_is_run_by_who_works_the_case_as_they_saw_it(
    api: Client, case: Case, stan: Agent, warranty: Team
) -> None:
    macro = Macro.objects.create(name="Close", resolves=True)
    seen = told(api, f"cases/{case.pk}/")["revision"]
    assignment.take(case_id=case.pk, agent=stan)
    late = post(api, f"cases/{case.pk}/macros/{macro.pk}/run/", {"seen": seen})
    assert problem(late, 409, "changed_meanwhile")["params"]["who"] == "Stan Other"
    theirs = Macro.objects.create(name="Theirs", resolves=True, team=warranty)
    problem(post(api, f"cases/{case.pk}/macros/{theirs.pk}/run/"), 404, "not_found")
    others = make_channel(warranty, name="warranty")
    Channel.objects.update(is_own_topic=True)
    others.refresh_from_db()
    unworked = receive(others, DANA).case.pk
    problem(post(api, f"cases/{unworked}/macros/{macro.pk}/run/", {"x": 1}), 403, "not_your_team")
    case.refresh_from_db()
    assert case.status == "open"


def test_a_refused_macro_does_nothing_at_all(api: Client, case: Case) -> None:
    macro = Macro.objects.create(name="Odd", add_tags="late", snooze_hours=1)
    post(api, f"cases/{case.pk}/resolve/")
    refused = post(api, f"cases/{case.pk}/macros/{macro.pk}/run/")
    assert refused.status_code == 422
    assert told(api, f"cases/{case.pk}/")["tags"] == []


def test_a_draft_is_kept_read_and_discarded(api: Client, case: Case, priya: Agent) -> None:
    path = f"cases/{case.pk}/drafts/message/"
    problem(api.get(f"/api/v1/{path}"), 404, "not_found")
    kept = put(api, path, {"text": "Dear Dana,", "to": [DANA], "subject": "Re: it"}).json()
    assert (kept["text"], kept["to"], kept["version"]) == ("Dear Dana,", [DANA], 1)
    assert told(api, path) == kept
    assert told(api, "drafts/")["results"] == [kept]
    said = {"text": "Dear Dana, hello", "version": 1}
    again = put(api, path, said, **{"Idempotency-Key": "once"})
    assert put(api, path, said, **{"Idempotency-Key": "once"}).json() == again.json()
    drafts.save(case_id=case.pk, agent=priya, kind="message", text="Newer", fields={}, version=2)
    no = problem(put(api, path, said), 409, "newer_draft")
    assert no["params"] == {"text": "Newer", "version": 3}
    problem(api.delete(f"/api/v1/{path}?version=2"), 409, "newer_draft")
    problem(api.delete(f"/api/v1/{path}"), 422, "invalid")
    assert api.delete(f"/api/v1/{path}?version=3").status_code == 204
    assert not Draft.objects.exists()


def test_a_note_s_draft_has_no_addresses(api: Client, case: Case) -> None:
    path = f"cases/{case.pk}/drafts/note/"
    problem(put(api, path, {"text": "Hm", "to": [DANA]}), 422, "invalid")
    assert put(api, path, {"text": "Hm"}).json()["kind"] == "note"
    assert put(api, path, {"text": "  ", "version": 1}).status_code == 204
    assert not Draft.objects.exists()


def test_the_composer_opens_with_what_a_program_kept(
    api: Client, client: Client, case: Case, priya: Agent
) -> None:
    put(api, f"cases/{case.pk}/drafts/message/", {"text": "Dear Dana,", "cc": ["bo@out.example"]})
    client.force_login(priya)
    page = client.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert "Dear Dana," in page
    assert "bo@out.example" in page


def test_a_kept_view_is_renamed_shared_taken_away_and_brought_back(
    api: Client, case: Case, team: Team, stan: Agent
) -> None:
    made = post(api, "views/", {"name": "Late", "view": "all"}).json()["key"]
    path, other = f"views/{made.removeprefix('saved-')}/", machine(stan)
    problem(post(other, f"{path}change/", {"x": 1}), 404, "not_found")
    shared = post(api, f"{path}change/", {"name": "Later", "team": team.pk}).json()
    assert (shared["key"], shared["title"]) == (made, "Later")
    assert made in [one["key"] for one in told(other, "views/")["results"]]
    no = problem(post(other, f"{path}change/", {"x": 1}), 403, "not_your_view")
    assert no["params"] == {"who": "Priya Nair"}
    assert post(api, f"{path}delete/").status_code == 204
    assert post(api, f"{path}restore/").json()["title"] == "Later"
    problem(post(api, f"{path}change/", {"name": "Later"}), 422, "invalid")
    problem(post(api, f"{path}change/", {"name": "x", "team": 10**9}), 422, "no_such_team")


def test_what_was_done_is_read_page_by_page(
    api: Client, case: Case, support: Channel, priya: Agent
) -> None:
    for topic in ("One", "Two", "Three"):
        post(api, f"cases/{case.pk}/topic/", {"topic": topic})
    page = told(api, f"cases/{case.pk}/history/?limit=2")
    assert [line["code"] for line in page["results"]] == ["renamed", "renamed"]
    assert page["results"][0]["params"]["topic"] == "Three"
    assert page["results"][0]["by"]["name"] == "Priya Nair"
    rest = api.get(page["next"]).json()
    assert [line["params"].get("topic") for line in rest["results"]][:1] == ["One"]
    eve = receive(support, "eve@out.example").case
    post(api, f"cases/{eve.pk}/take/")
    merge_customers.merge(case_id=case.pk, agent=priya, other_case_id=eve.pk)
    over_all = told(api, f"customers/{eve.conversation.customer_id}/history/")["results"]
    assert {line["case"] for line in over_all} == {case.pk, eve.pk}
