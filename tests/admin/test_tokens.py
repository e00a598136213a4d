"""Tokens of programs at the admin's pages: made, seen to be used, revoked."""

import re
from typing import Any

import pytest
from django.test import Client

from api.models import ApiToken
from conversations.models import Agent
from tests.people import make_agent

pytestmark = pytest.mark.django_db

ROOM = "/admin/api/apitoken/"


@pytest.fixture
def desk(client: Client, lena: Agent) -> Client:
    client.force_login(lena)
    return client


def page(answered: Any) -> str:
    return str(answered.content.decode())


def make(desk: Client, agent: Agent) -> str:
    said = {"name": "Shop", "agent": agent.pk, "scope": "read"}
    return page(desk.post(f"{ROOM}add/", said, follow=True))


def test_made_shown_once_used_and_revoked(desk: Client, priya: Agent) -> None:
    [text] = set(re.findall(r"hub_[\w-]{43}", make(desk, priya)))
    program = Client(headers={"Authorization": f"Bearer {text}"})
    said = program.get("/api/v1/me/").json()
    assert (said["id"], said["scopes"]) == (priya.pk, ["read"])
    token = ApiToken.objects.get()
    assert token.last_used_at is not None
    for shown in (page(desk.get(ROOM)), page(desk.get(f"{ROOM}{token.pk}/change/"))):
        assert "Shop" in shown
        assert "In force" in shown
        assert text not in shown
        assert token.digest not in shown
    assert "Revoke Shop?" in page(desk.get(f"{ROOM}{token.pk}/revoke/"))
    assert program.get("/api/v1/me/").status_code == 200
    assert "Revoked" in page(desk.post(f"{ROOM}{token.pk}/revoke/", {"yes": "1"}, follow=True))
    assert program.get("/api/v1/me/").status_code == 401


def test_is_nobodys_who_has_left_and_made_by_admins_alone(desk: Client, priya: Agent) -> None:
    gone = make_agent("Gil Gone")
    Agent.objects.filter(pk=gone.pk).update(is_active=False)
    make(desk, gone)
    desk.force_login(priya)
    make(desk, priya)
    assert not ApiToken.objects.exists()
