import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.adapters.base import Step
from conversations.admin import channel_tests
from conversations.models import Agent, Channel, Role, Team
from tests import paper
from tests.cast import priya, team
from tests.people import make_agent, make_channel

__all__ = ["priya", "team"]


class WiredPaper(paper.PaperAdapter):
    """A test channel whose connection can be tested: `STEPS` are what it says."""

    urlconf: ClassVar[str | None] = "tests.admin.hooks"
    STEPS: ClassVar[list[Step]] = []
    GATE: ClassVar[threading.Event] = threading.Event()

    def texts(self) -> Mapping[str, str]:
        return {"no_login": "The login is refused.", "no_login.fix": "Check the password."}

    def test_connection(self, channel_id: int) -> Iterator[Step]:
        for step in self.STEPS:
            if step.code == "explode":
                raise RuntimeError("password hunter2")
            if step.code == "slow":
                self.GATE.wait(10)
            yield step


@pytest.fixture(autouse=True)
def provider(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> paper.Provider:
    settings.CHANNEL_ADAPTERS = ["tests.admin.conftest.WiredPaper", "tests.paper.FastPaperAdapter"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    paper.PROVIDER.reset()
    WiredPaper.STEPS = []
    WiredPaper.GATE.clear()
    monkeypatch.setattr(channel_tests, "off_request", lambda work, row: work(row))
    return paper.PROVIDER


@pytest.fixture
def support(team: Team) -> Channel:
    return make_channel(team)


@pytest.fixture
def lena(db: None) -> Agent:
    """The admin."""
    agent = make_agent("Lena Brandt", role=Role.ADMIN)
    agent.is_staff = True
    agent.save()
    return agent


@pytest.fixture
def admin(lena: Agent, client: Client) -> Client:
    client.force_login(lena)
    return client


def said(response: Any) -> Sequence[str]:
    """What the messages of a page said."""
    return [str(message) for message in response.context["messages"]]
