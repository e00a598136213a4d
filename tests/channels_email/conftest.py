import itertools
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from channels_email.models import EmailAccount
from conversations.models import Channel, Team
from tests.cast import priya, team
from tests.channels_email.dovecot import PASSWORD, Dovecot
from tests.channels_email.servers import CapturingServer

__all__ = ["priya", "team"]


@pytest.fixture(autouse=True)
def _only_email(settings: Settings) -> None:
    settings.CHANNEL_ADAPTERS = ["channels_email.adapter.EmailAdapter"]
    settings.OMNIHUB_ALLOW_HOSTS = ["127.0.0.1", "localhost"]
    settings.OMNIHUB_URL = "https://hub.example"


@pytest.fixture
def account(team: Team) -> EmailAccount:
    """support@kalma.example, not connected anywhere."""
    channel = Channel.objects.create(kind="email", name="support", team=team)
    return EmailAccount.objects.create(
        channel=channel, address="support@kalma.example", display_name="Kalma Support"
    )


@pytest.fixture
def support(account: EmailAccount) -> Channel:
    return account.channel


@pytest.fixture
def smtp_server() -> Iterator[CapturingServer]:
    """A mail server in this process that keeps what it is given, and can be told to misbehave."""
    with CapturingServer() as server:
        yield server


@pytest.fixture
def connected(account: EmailAccount, smtp_server: CapturingServer) -> EmailAccount:
    account.smtp_host, account.smtp_port = "127.0.0.1", smtp_server.port
    account.smtp_security = "none"
    account.save()
    return account


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    server = Dovecot()
    server.start()
    yield server
    server.stop()


_mailboxes = itertools.count(1)


@pytest.fixture
def mailbox_user() -> str:
    """A user of Dovecot with an empty mailbox."""
    return f"support{next(_mailboxes)}"


@pytest.fixture
def imap_account(account: EmailAccount, dovecot: Dovecot, mailbox_user: str) -> EmailAccount:
    """support@kalma.example, read from Dovecot."""
    account.imap_host, account.imap_port = "127.0.0.1", dovecot.port
    account.imap_security = "none"
    account.imap_user, account.imap_password = mailbox_user, PASSWORD
    account.save()
    return account
