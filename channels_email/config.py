"""An account's settings as a frozen copy, for code that must not touch the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

from channels_email.grants import AuthMethod
from channels_email.models import EmailAccount
from channels_email.oauth import Grant
from channels_email.providers import ProviderConfig


def is_ciphertext(secret: str) -> bool:
    """A secret that nobody could decrypt comes out of its field as it went in."""
    return secret.startswith("gAAAAA") and len(secret) >= 100  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect, and as whom. `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    grant: Grant | None = None
    """Set where a token is shown instead of a password."""

    @property
    def is_unreadable(self) -> bool:
        """The secret was encrypted under another key: what is left of it is ciphertext."""
        return is_ciphertext(self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One e-mail channel, credentials included; those never show in a repr."""

    channel_id: int
    account_id: int
    address: str
    addresses: tuple[str, ...]
    display_name: str
    imap: Server
    smtp: Server
    folder: str
    has_history: bool
    reads_sent: bool
    sent_folder: str
    authserv_id: str
    form_senders: tuple[str, ...]
    arc_sealers: tuple[str, ...]
    plus_addressing: bool
    is_simulated: bool
    domain: str
    provider: ProviderConfig | None = None

    @property
    def sends_by_provider(self) -> bool:
        return self.provider is not None and self.provider.sends


def config_of(account: EmailAccount) -> Config:
    grant = grant_of(account)
    return Config(
        channel_id=account.channel_id,
        account_id=account.pk,
        address=account.address,
        addresses=account.addresses,
        display_name=account.display_name,
        imap=Server(
            host=account.imap_host,
            port=account.imap_port,
            security=account.imap_security,
            user=account.imap_user or (account.address if grant else ""),
            password=account.imap_password or "",
            grant=grant,
        ),
        smtp=Server(
            host=account.smtp_host,
            port=account.smtp_port,
            security=account.smtp_security,
            user=account.smtp_user or (account.address if grant else ""),
            password=account.smtp_password or "",
            grant=grant,
        ),
        folder=account.imap_folder,
        has_history=account.history == "history",
        reads_sent=account.reads_sent,
        sent_folder=account.sent_folder,
        authserv_id=account.authserv_id,
        form_senders=tuple(account.form_senders),
        arc_sealers=tuple(account.arc_sealers),
        plus_addressing=account.plus_addressing,
        is_simulated=account.is_simulated,
        domain=own_domain(),
        provider=provider_of(account),
    )


def grant_of(account: EmailAccount) -> Grant | None:
    """Whose consent to log in with; None where a password does."""
    if account.auth_method == AuthMethod.PASSWORD:
        return None
    row = getattr(account, "grant", None)
    return Grant(
        account_id=account.pk,
        provider=account.auth_method,
        client_id=account.oauth_client_id,
        client_secret=account.oauth_client_secret or "",
        tenant=account.oauth_tenant,
        since=str(row.connected_at or "") if row else "",
    )


def provider_of(account: EmailAccount) -> ProviderConfig | None:
    row = getattr(account.channel, "mail_provider", None)
    return row.to_config() if row else None


def own_domain() -> str:
    """The host of OMNIHUB_URL: the domain of our Message-IDs and loop marks."""
    return urlsplit(settings.OMNIHUB_URL).hostname or "localhost"


def edge_envelope(account: EmailAccount | Config | None) -> dict[str, object]:
    """What `normalize` has to know of the account and cannot look up."""
    if account is None:
        return {}
    known = {
        "authserv_id": account.authserv_id,
        "form_senders": list(account.form_senders),
        "sealers": list(account.arc_sealers),
    }
    return {name: value for name, value in known.items() if value}
