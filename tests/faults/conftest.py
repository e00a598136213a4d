"""A real SMTP server that writes down what it accepts, and a channel that sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes

import pytest
from pytest_django import Settings

from channels_email.models import EmailAccount
from conversations.models import Agent, Channel, Team
from tests.channels_email.servers import CapturingServer
from tests.people import make_agent


@dataclass
class Ledger:
    """What the outer world accepted."""

    server: CapturingServer

    def ids(self, word: str) -> list[str]:
        """Message-IDs of the accepted mails that contain a word."""
        contents = [envelope.original_content or b"" for envelope in self.server.envelopes]
        return [
            str(message_from_bytes(content)["Message-ID"])
            for content in contents
            if word.encode() in content
        ]


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with CapturingServer() as server:
        yield Ledger(server)


@dataclass(frozen=True)
class House:
    channel: Channel
    agent: Agent
    ledger: Ledger


@pytest.fixture
def house(transactional_db: None, settings: Settings, ledger: Ledger) -> House:
    settings.OMNIHUB_ALLOW_HOSTS = ["127.0.0.1"]
    team, _ = Team.objects.get_or_create(is_default=True, defaults={"name": "Support"})
    channel = Channel.objects.create(kind="email", name="support", team=team)
    EmailAccount.objects.create(
        channel=channel,
        address="support@kalma.example",
        smtp_host="127.0.0.1",
        smtp_port=ledger.server.port,
        smtp_security="none",
    )
    return House(channel=channel, agent=make_agent("Priya Nair"), ledger=ledger)
