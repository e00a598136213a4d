"""Machines at the door: a client that speaks with a token of Priya's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from api import limits
from api.models import ApiToken
from conversations.models import Agent
from tests.cast import legal, marco, paper_provider, priya, team, warranty
from tests.inbox.conftest import provider, support

__all__ = ["legal", "marco", "paper_provider", "priya", "provider", "support", "team", "warranty"]

Machine = Callable[..., Client]


@pytest.fixture(autouse=True)
def unlimited(settings: Settings) -> None:
    """Tokens' numbers come again in every test; what one used up must not be another's."""
    settings.API_PER_MINUTE = 1_000_000
    limits._valkey(settings.REDIS_URL).delete(
        *limits._valkey(settings.REDIS_URL).keys("omnihub:api:*") or ["omnihub:api:none"]
    )


def machine(agent: Agent, scope: str = "write", **more: Any) -> Client:
    """A client with a fresh token; faults come back as answers."""
    _, text = ApiToken.objects.issue(agent_id=agent.pk, name="test", scopes=[scope])
    headers = {"Authorization": f"Bearer {text}", **more}
    return Client(headers=headers, raise_request_exception=False)


@pytest.fixture
def api(priya: Agent) -> Client:
    return machine(priya)
