"""Kalma in earnest: its processes, a mail server each way, an agent at the desk, a customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import Settings

from channels_chat.models import ChatSettings
from channels_email.models import EmailAccount
from channels_video.models import VideoSettings
from conversations.models import Agent, Channel, Team
from demo import shop
from tests.cast import priya, team
from tests.channels_email.conftest import dovecot, smtp_server
from tests.channels_email.dovecot import PASSWORD, Dovecot
from tests.channels_email.servers import CapturingServer
from tests.journeys.house import House

__all__ = ["dovecot", "priya", "smtp_server", "team"]

MAILBOX = "kalma"


@dataclass(frozen=True)
class Kalma:
    """The servers that its mail goes through."""

    dovecot: Dovecot
    smtp: CapturingServer


@pytest.fixture
def kalma(dovecot: Dovecot, smtp_server: CapturingServer) -> Kalma:
    return Kalma(dovecot, smtp_server)


@pytest.fixture
def mail(
    transactional_db: None, team: Team, dovecot: Dovecot, smtp_server: CapturingServer
) -> Channel:
    """support@kalma.example, read from Dovecot and sent by a server that keeps what it gets."""
    channel = Channel.objects.create(kind="email", name="mail", team=team)
    EmailAccount.objects.create(
        channel=channel,
        address="support@kalma.example",
        display_name="Kalma Support",
        imap_host="127.0.0.1",
        imap_port=dovecot.port,
        imap_security="none",
        imap_user=MAILBOX,
        imap_password=PASSWORD,
        smtp_host="127.0.0.1",
        smtp_port=smtp_server.port,
        smtp_security="none",
    )
    return channel


@pytest.fixture
def house(mail: Channel, settings: Settings, tmp_path: Path) -> Iterator[House]:
    """All processes, with a chat on the shop's site whose unread words soon leave by mail."""
    with House(tmp_path) as house:
        settings.OMNIHUB_URL = house.url
        shop.open_chat(mail)
        films = Channel.objects.create(kind="video", name="films", team=mail.team)
        VideoSettings.objects.create(channel=films)
        ChatSettings.objects.update(continuation_delay=timedelta(seconds=5))
        yield house


@pytest.fixture
def desk(browser: Browser, house: House, client: Client, priya: Agent) -> Iterator[Page]:
    """Priya, at her inbox."""
    client.force_login(priya)
    session = client.cookies["sessionid"].value
    context = browser.new_context(base_url=house.url)
    context.add_cookies([{"name": "sessionid", "value": session, "url": house.url}])
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser: Browser, house: House) -> Iterator[BrowserContext]:
    """The customer's."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    yield context
    context.close()
