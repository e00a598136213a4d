"""Logging in with Google's or Microsoft's consent, against servers that check the tokens."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.smtp import AuthResult
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from channels_email import smtp, tokens
from channels_email.adapter import EmailAdapter
from channels_email.config import Config, config_of
from channels_email.grants import OAuthGrant
from channels_email.imap import ImapFailure, Session
from channels_email.models import EmailAccount
from conversations.adapters.base import TransientFailure
from conversations.models import Channel, Role
from tests.channels_email.authority import CLIENT, SECRET, Authority
from tests.channels_email.dovecot import Dovecot
from tests.channels_email.servers import CapturingServer, free_port
from tests.channels_email.test_send import letter
from tests.people import make_agent

pytestmark = [pytest.mark.dovecot, pytest.mark.django_db]

MAIL = b"Subject: Hello\r\n\r\nWords\r\n"


class TokenServer(CapturingServer):
    """Takes mail from whoever shows a token that the authority calls valid."""

    authority: Authority
    attempts = 0
    hidden: tuple[str, ...] = ("LOGIN", "PLAIN")

    def options(self) -> dict[str, Any]:
        return {"auth_require_tls": False, "auth_exclude_mechanism": self.hidden}

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        del server, options
        envelope.mail_from = address
        return "250 OK" if session.authenticated else "530 5.7.0 Who are you?"

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:  # noqa: N802 -- aiosmtpd's name
        self.attempts += 1
        said = base64.b64decode(args[1]).decode()
        user, bearer = said.split("\x01")[:2]
        name = self.authority.valid.get(bearer.removeprefix("auth=Bearer "))
        if name and user == f"user={name}":
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}', encode_to_b64=True)
        return AuthResult(success=False, handled=False)

    async def auth_OAUTHBEARER(self, server: Any, args: list[str]) -> AuthResult:  # noqa: N802 -- as above
        del server
        self.attempts += 1
        said = base64.b64decode(args[1]).decode()
        user, bearer = said.split("\x01")[:2]
        name = self.authority.valid.get(bearer.removeprefix("auth=Bearer "))
        return AuthResult(success=user == f"n,a={name},", handled=False)


@pytest.fixture
def authority(dovecot: Dovecot, settings: Settings) -> Iterator[Authority]:
    with Authority(dovecot.authority_port) as server:
        settings.OMNIHUB_OAUTH_ENDPOINTS = server.endpoints
        yield server


@pytest.fixture(params=["google", "microsoft"])
def unconnected(
    request: pytest.FixtureRequest, imap_account: EmailAccount, authority: Authority
) -> EmailAccount:
    imap_account.auth_method = request.param
    imap_account.oauth_client_id, imap_account.oauth_client_secret = CLIENT, SECRET
    imap_account.imap_password = None
    imap_account.save()
    authority.user = imap_account.imap_user
    return imap_account


@pytest.fixture
def consented(unconnected: EmailAccount, authority: Authority) -> EmailAccount:
    token = authority.grant(unconnected.imap_user)
    OAuthGrant.objects.create(account=unconnected, refresh_token=token, connected_at=timezone.now())
    return unconnected


class StandardServer(TokenServer):
    hidden = (*TokenServer.hidden, "XOAUTH2")


@pytest.fixture
def token_server(
    request: pytest.FixtureRequest, consented: EmailAccount, authority: Authority
) -> Iterator[TokenServer]:
    with getattr(request, "param", TokenServer)() as server:
        server.authority = authority
        consented.smtp_host, consented.smtp_port = "127.0.0.1", server.port
        consented.smtp_security, consented.smtp_user = "none", consented.imap_user
        consented.save()
        yield server


def config(account: EmailAccount) -> Config:
    return config_of(EmailAccount.objects.select_related("grant").get(pk=account.pk))


def log_in(account: EmailAccount) -> int:
    with Session.open(config(account).imap) as session:
        return session.select("INBOX").uidnext


def hand_over(account: EmailAccount) -> object:
    return smtp.deliver(
        config(account).smtp,
        sender="support@kalma.example",
        recipients=("dana@client.example",),
        content=MAIL,
        local_name="hub.example",
    )


class TestReading:
    def test_opens_the_mailbox_and_keeps_the_token(
        self, consented: EmailAccount, authority: Authority
    ) -> None:
        assert log_in(consented) == 1
        assert log_in(consented) == 1
        assert len(authority.asked) == 1

    def test_takes_a_new_token_when_the_old_one_is_refused(
        self, consented: EmailAccount, authority: Authority
    ) -> None:
        log_in(consented)
        authority.valid.clear()
        assert log_in(consented) == 1
        assert len(authority.asked) == 2

    def test_takes_a_new_token_before_the_old_one_ends(
        self, consented: EmailAccount, authority: Authority
    ) -> None:
        log_in(consented)
        soon = timezone.now() + timedelta(seconds=60)
        OAuthGrant.objects.update(expires_at=soon)
        log_in(consented)
        assert len(authority.asked) == 2

    def test_uses_the_newest_refresh_token(
        self, consented: EmailAccount, authority: Authority
    ) -> None:
        log_in(consented)
        authority.refreshes -= {"refresh-0"}
        authority.valid.clear()
        assert log_in(consented) == 1

    def test_says_that_the_consent_is_gone_and_asks_no_more(
        self, consented: EmailAccount, authority: Authority
    ) -> None:
        authority.refreshes.clear()
        for _ in range(5):
            with pytest.raises(ImapFailure) as caught:
                log_in(consented)
            assert (caught.value.code, caught.value.is_lasting) == ("oauth_refused", True)
            assert "invalid_grant" in caught.value.words
        assert len(authority.asked) == 1

    def test_waits_for_an_authority_that_is_away(
        self, consented: EmailAccount, authority: Authority
    ) -> None:
        authority.moods["token"] = 503, ""
        with pytest.raises(ImapFailure) as caught:
            log_in(consented)
        assert (caught.value.code, caught.value.is_lasting) == ("oauth_unreachable", False)
        authority.moods.clear()
        assert log_in(consented) == 1

    def test_a_token_of_somebody_else_opens_nothing(
        self, consented: EmailAccount, authority: Authority
    ) -> None:
        authority.user = "somebody"
        for _ in range(3):
            with pytest.raises(ImapFailure) as caught:
                log_in(consented)
        assert caught.value.code in {"login_refused", "oauth_refused"}
        assert len(authority.asked) == 2  # one, and one more after the refusal

    def test_needs_consent_first(self, unconnected: EmailAccount) -> None:
        with pytest.raises(ImapFailure) as caught:
            log_in(unconnected)
        assert caught.value.code == "oauth_not_connected"


class TestSending:
    def test_shows_the_token(self, consented: EmailAccount, token_server: TokenServer) -> None:
        assert hand_over(consented) == {}
        assert token_server.envelopes[0].content == MAIL

    def test_once_more_with_a_new_token(
        self, consented: EmailAccount, token_server: TokenServer, authority: Authority
    ) -> None:
        hand_over(consented)
        authority.valid.clear()
        assert hand_over(consented) == {}
        assert len(token_server.envelopes) == 2

    def test_a_lasting_refusal_ends_the_asking(
        self, consented: EmailAccount, token_server: TokenServer, authority: Authority
    ) -> None:
        authority.user = "somebody"
        for _ in range(4):
            with pytest.raises(TransientFailure) as caught:
                hand_over(consented)
            assert caught.value.retry_after == smtp.LOGIN_PAUSE
        assert token_server.attempts == 2
        tokens.forgive(consented.pk)
        authority.user = consented.imap_user
        assert hand_over(consented) == {}

    @pytest.mark.parametrize("token_server", [StandardServer], indirect=True)
    def test_speaks_the_standard_where_only_that_is_offered(
        self, consented: EmailAccount, token_server: TokenServer
    ) -> None:
        assert hand_over(consented) == {}
        assert token_server.attempts == 1


class TestConsent:
    @pytest.fixture
    def admin(self, client: Client) -> Client:
        client.force_login(make_agent("ada", role=Role.ADMIN))
        return client

    def begin(self, admin: Client, account: EmailAccount) -> str:
        page = f"/admin/conversations/channel/{account.channel_id}/change/"
        start = f"/hooks/email/oauth/start/{account.channel_id}"
        assert f'href="{start}"' in admin.get(page).content.decode()
        return str(admin.get(start)["Location"])

    def test_goes_to_the_provider_and_comes_back_connected(
        self, admin: Client, unconnected: EmailAccount, authority: Authority
    ) -> None:
        url = self.begin(admin, unconnected)
        asked = parse_qs(urlsplit(url).query)
        assert asked["redirect_uri"] == ["https://hub.example/hooks/email/oauth/callback"]
        code, state = authority.consent(url)
        admin.get("/hooks/email/oauth/callback", {"code": code, "state": state})
        assert log_in(unconnected) == 1
        page = admin.get(f"/admin/conversations/channel/{unconnected.channel_id}/change/")
        assert "Connected since" in page.content.decode()
        row = OAuthGrant.objects.get()
        for secret in (row.refresh_token, row.access_token, SECRET):
            assert secret
            assert secret not in page.content.decode()

    def test_a_state_serves_once_and_only_its_own_browser(
        self, admin: Client, unconnected: EmailAccount, authority: Authority
    ) -> None:
        code, state = authority.consent(self.begin(admin, unconnected))
        back = {"code": code, "state": state}
        admin.get("/hooks/email/oauth/callback", {**back, "state": "x" * 43})
        admin.get("/hooks/email/oauth/callback", back)  # the first answer used it up
        other = Client()
        other.force_login(make_agent("eve", role=Role.ADMIN))
        other.get("/hooks/email/oauth/callback", back)
        assert not authority.asked
        assert not OAuthGrant.objects.exists()

    def test_is_for_admins(
        self, client: Client, unconnected: EmailAccount, authority: Authority
    ) -> None:
        start = f"/hooks/email/oauth/start/{unconnected.channel_id}"
        assert "/login/" in client.get(start)["Location"]
        client.force_login(make_agent("lena", role=Role.AGENT))
        answer = client.get(start)
        assert str(authority.port) not in answer.get("Location", "")

    def test_tells_what_the_provider_said_to_a_no(
        self, admin: Client, unconnected: EmailAccount, authority: Authority
    ) -> None:
        _, state = authority.consent(self.begin(admin, unconnected))
        said = {"error": "access_denied", "error_description": "not <b>today</b>", "state": state}
        page = admin.get("/hooks/email/oauth/callback", said, follow=True).content.decode()
        assert "access_denied not &lt;b&gt;today" in page


@pytest.mark.usefixtures("authority")
def test_no_door_opens_to_a_private_authority(consented: EmailAccount, settings: Settings) -> None:
    port = free_port()
    settings.OMNIHUB_OAUTH_ENDPOINTS = {
        name: {"token": f"http://127.0.0.2:{port}/token"} for name in ("google", "microsoft")
    }
    with pytest.raises(ImapFailure) as caught:
        log_in(consented)
    assert caught.value.code == "host_blocked"


def test_a_channel_that_may_not_send_is_red_although_it_reads(
    consented: EmailAccount, token_server: TokenServer, authority: Authority
) -> None:
    channel = consented.channel
    authority.user = "somebody"
    with pytest.raises(TransientFailure):
        EmailAdapter().send(letter(), config(consented))
    channel.note_contact()
    channel.refresh_from_db()
    assert channel.trouble_code == Channel.SENDING_REFUSED
    tokens.forgive(consented.pk)
    authority.user = consented.imap_user
    EmailAdapter().send(letter(), config(consented))
    channel.refresh_from_db()
    assert channel.trouble_at is None
    assert len(token_server.envelopes) == 1
