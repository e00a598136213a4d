"""Exports and erasures, for programs of admins."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, ClockTimestamp, Customer, Erasure, Role, Team
from conversations.services import erasure, exporting
from tests.api.conftest import machine
from tests.people import make_agent, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(team: Team) -> Client:
    return machine(make_agent("Lena Brandt", team, role=Role.ADMIN), "admin")


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@hey.example", "My tent leaks", files={"a": "b"}).case


def post(api: Client, path: str, key: str = "k", **said: Any) -> Any:
    headers = {"Idempotency-Key": key}
    return api.post(f"/api/v1/{path}", said, content_type="application/json", headers=headers)


def test_an_export_is_asked_for_once_and_fetched(api: Client, case: Case) -> None:
    path = f"customers/{case.conversation.customer_id}/export/"
    asked = post(api, path)
    assert asked.status_code == 202
    assert post(api, path).json()["id"] == asked.json()["id"]
    where = asked.headers["Location"]
    assert api.get(f"{where}file/").json()["code"] == "gone"
    exporting.run(asked.json()["id"])
    assert api.get(where).json()["state"] == "ready"
    answered = api.get(f"{where}file/")
    assert answered.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answered.getvalue())) as found:
        assert "customer.json" in found.namelist()


def test_an_erasure_can_be_called_off_until_it_is_done(api: Client, case: Case) -> None:
    path = f"customers/{case.conversation.customer_id}/erase/"
    asked = post(api, path, cause="By mail")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert (
        post(api, f"erasures/{asked.json()['id']}/call-off/", "off").json()["state"] == "called_off"
    )
    again = post(api, path, "another")
    Erasure.objects.update(due_at=ClockTimestamp())
    assert erasure.sweep() == 1
    assert api.get(again.headers["Location"]).json()["counts"]["messages"] == 1
    late = post(api, f"erasures/{again.json()['id']}/call-off/", "late")
    assert (late.status_code, late.json()["code"]) == (409, "already_erased")
    assert not Customer.objects.exists()


def test_nobody_fetches_another_s_export(api: Client, case: Case, team: Team) -> None:
    asked = post(api, f"customers/{case.conversation.customer_id}/export/")
    other = machine(make_agent("Otto", team, role=Role.ADMIN), "admin")
    assert other.get(asked.headers["Location"]).status_code == 404


def test_it_takes_an_admin_and_the_scope(case: Case, priya: Agent) -> None:
    path = f"customers/{case.conversation.customer_id}/erase/"
    assert post(machine(priya, "admin"), path).status_code == 403
    assert not Erasure.objects.exists()
