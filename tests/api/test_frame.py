"""The door of the API: who is let in, how it says no, how much and how often."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from api import reads
from api.models import ApiToken
from conversations.models import Agent, Channel
from tests.api.conftest import machine
from tests.people import receive

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


def problem(answered: Any, status: int, code: str) -> dict[str, Any]:
    """The answer is this problem, whole."""
    assert answered.status_code == status, answered.content
    assert answered.headers["Content-Type"] == PROBLEM
    assert answered.headers["Cache-Control"] == "no-store"
    said: dict[str, Any] = json.loads(answered.content)
    assert (said["status"], said["code"]) == (status, code)
    assert said["type"] == f"urn:omnihub:problem:{code}"
    assert said["title"]
    assert said["instance"].startswith("urn:omnihub:request:")
    return said


def test_a_token_says_whose_it_is(api: Client, priya: Agent) -> None:
    answered = api.get("/api/v1/me/")
    assert answered.headers["Content-Type"] == "application/json"
    assert answered.headers["Cache-Control"] == "no-store"
    said = answered.json()
    assert (said["id"], said["name"], said["scopes"]) == (priya.pk, "Priya Nair", ["write"])


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer hub_wrong", "Basic YTpi", "Bearer \xff\xfe", "x"]
)
def test_without_a_token_of_ours_there_is_nothing(client: Client, db: None, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    answered = client.get("/api/v1/me/", headers=headers)
    said = problem(answered, 401, "not_authenticated")
    assert answered.headers["WWW-Authenticate"] == 'Bearer realm="omnihub"'
    assert "hub_wrong" not in json.dumps(said)


def test_a_login_at_the_desk_is_no_token(client: Client, priya: Agent) -> None:
    client.force_login(priya)
    problem(client.get("/api/v1/me/"), 401, "not_authenticated")


def test_revoked_or_gone_it_is_over_at_once(api: Client, priya: Agent) -> None:
    assert api.get("/api/v1/me/").status_code == 200
    ApiToken.objects.all().revoke()
    problem(api.get("/api/v1/me/"), 401, "not_authenticated")
    other = machine(priya)
    priya.is_active = False
    priya.save()
    problem(other.get("/api/v1/me/"), 401, "not_authenticated")


def test_use_is_noted_by_the_minute(api: Client) -> None:
    api.get("/api/v1/me/")
    first = ApiToken.objects.get().last_used_at
    api.get("/api/v1/me/")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    api.get("/api/v1/me/")
    last = ApiToken.objects.get().last_used_at
    assert first is not None
    assert last is not None
    assert last >= first


@pytest.mark.parametrize(
    ("method", "url", "status", "code"),
    [
        ("get", "/api/", 404, "not_found"),
        ("get", "/api/v1/nothing/", 404, "not_found"),
        ("get", "/api/v1/cases/999/", 404, "not_found"),
        ("get", f"/api/v1/cases/{'9' * 30}/", 404, "not_found"),
        ("get", f"/api/v1/cases/{'9' * 5000}/", 404, "not_found"),
        ("get", "/api/v1/me", 404, "not_found"),
        ("delete", "/api/v1/me/", 405, "method_not_allowed"),
        ("options", "/api/v1/me/", 405, "method_not_allowed"),
        ("get", "/api/v1/me/?a=%00", 400, "bad_request"),
        ("post", "/api/v1/schema/", 405, "method_not_allowed"),
    ],
)
def test_every_no_is_a_problem(api: Client, method: str, url: str, status: int, code: str) -> None:
    problem(getattr(api, method)(url), status, code)


def test_no_other_notation(api: Client) -> None:
    problem(api.get("/api/v1/me/", headers={"Accept": "text/html"}), 406, "not_acceptable")
    for fine in (PROBLEM, "application/json", "*/*", "text/html, application/*;q=0.1"):
        assert api.get("/api/v1/me/", headers={"Accept": fine}).status_code == 200


def test_a_strange_host_is_a_problem(api: Client) -> None:
    problem(api.get("/api/v1/me/", headers={"Host": "evil.example"}), 400, "bad_request")


def test_a_fault_of_ours_has_an_id_and_tells_nothing(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "cases", lambda _: 1 / 0)
    said = problem(api.get("/api/v1/cases/1/"), 500, "internal_error")
    assert "division" not in json.dumps(said)


def test_a_database_that_is_away_is_said(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(reads, "cases", away)
    answered = api.get("/api/v1/cases/1/")
    problem(answered, 503, "service_unavailable")
    assert answered.headers["Retry-After"] == "15"


def test_how_often(api: Client, settings: Settings) -> None:
    settings.API_PER_MINUTE = 3
    found = [
        api.get("/api/v1/me/", headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)
    ]
    assert [answered.status_code for answered in found] == [200, 200, 200, 429]
    assert [a.headers["RateLimit"].split(";")[1] for a in found] == ["r=2", "r=1", "r=0", "r=0"]
    assert found[0].headers["RateLimit-Policy"] == '"minute";q=3;w=60'
    problem(found[3], 429, "too_many_requests")
    assert 1 <= int(found[3].headers["Retry-After"]) <= 60


def test_each_token_has_its_own_measure(api: Client, priya: Agent, settings: Settings) -> None:
    settings.API_PER_MINUTE = 1
    other = machine(priya)
    assert [c.get("/api/v1/me/").status_code for c in (api, other, api)] == [200, 200, 429]


def test_without_valkey_reading_goes_on(api: Client, settings: Settings) -> None:
    settings.API_PER_MINUTE = 1
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert [api.get("/api/v1/me/").status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("url", ["/api/v1/schema/", "/api/v1/docs/"])
def test_schema_and_page_are_open(client: Client, db: None, url: str) -> None:
    answered = client.get(url)
    assert answered.status_code == 200
    assert "//cdn" not in answered.content.decode()


def test_a_page_goes_on_where_it_ended_whatever_is_written_meanwhile(
    api: Client, support: Channel
) -> None:
    numbers = [receive(support, f"p{n}@out.example").case_id for n in range(5)]
    first = api.get("/api/v1/cases/?limit=2")
    assert [case["id"] for case in first.json()["results"]] == numbers[:2:-1]
    assert first.headers["Link"] == f'<{first.json()["next"]}>; rel="next"'
    receive(support, "new@out.example")
    seen = []
    following = first.json()["next"]
    while following:
        said = api.get(following).json()
        seen += [case["id"] for case in said["results"]]
        following = said["next"]
    assert seen == numbers[2::-1]


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=WzFd~", "after=W10", "after=bnVsbA", "limit=0", "limit=201", "limit=x",
     "limit=" + "9" * 5000, "status=ticket", "assignee=1e3", "team=-1", "updated_since=yesterday",
     "updated_since=2001-01-01T00:00:00Z", "waitng=1", "after=" + "W1tb" * 3000,
     "after=WzllOTk5XQ", "after=WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMF0"],
)  # fmt: skip
def test_a_query_that_means_nothing_is_refused(api: Client, query: str) -> None:
    said = problem(api.get(f"/api/v1/cases/?{query}"), 422, "invalid")
    assert said["errors"][0]["field"] == query.partition("=")[0]
    assert set(said["errors"][0]) == {"field", "code", "message"}
