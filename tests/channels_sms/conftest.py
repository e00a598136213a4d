from collections.abc import Iterator

import pytest
from pytest_django import Settings

from channels_sms.models import SmsAccount
from conversations.models import Channel, Team
from tests.cast import marco, priya, team, warranty
from tests.channels_sms.gateway import ACCOUNT, TOKEN, Gateway

__all__ = ["marco", "priya", "team", "warranty"]

OURS = "+15005550006"


@pytest.fixture(autouse=True)
def _only_sms(settings: Settings) -> None:
    settings.CHANNEL_ADAPTERS = ["channels_sms.adapter.SmsAdapter"]
    settings.OMNIHUB_ALLOW_HOSTS = ["127.0.0.1"]
    settings.OMNIHUB_URL = "https://hub.example"
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        yield server
    assert server.faults == []


@pytest.fixture
def account(team: Team) -> SmsAccount:
    """Texts from +1 500 555 0006; no provider to send through."""
    channel = Channel.objects.create(kind="sms", name="texts", label="Texts", team=team)
    return SmsAccount.objects.create(
        channel=channel,
        sender=OURS,
        account_id=ACCOUNT,
        auth_token=TOKEN,
        countries=["US", "DE", "ES", "RW"],
    )


@pytest.fixture
def texts(account: SmsAccount, gateway: Gateway) -> Channel:
    """The channel, connected to the gateway."""
    account.api_url = gateway.url
    account.save()
    return account.channel
