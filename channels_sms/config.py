"""An account's settings as a frozen copy, for code that must not touch the database."""

from __future__ import annotations

from dataclasses import dataclass, field

from channels_sms.models import HttpGateway, SmsAccount

TWILIO = "https://api.twilio.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What a provider without a module of its own wants posted. See HttpGateway."""

    url: str
    is_json: bool
    login_header: str
    login_value: str = field(repr=False)
    to_field: str
    from_field: str
    text_field: str
    key_field: str
    id_field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One text channel, credentials included; those never show in a repr.

    `callback` is the address that states are posted to.
    """

    channel_id: int
    account_pk: int
    provider: str
    sender: str
    is_service: bool
    account_id: str
    login: str
    password: str = field(repr=False)
    api_url: str
    callback: str
    is_simulated: bool
    gateway: Gateway | None = None


def config_of(account: SmsAccount, *, callback: str) -> Config:
    has_key = bool(account.key_id and account.key_secret)
    gateway = getattr(account.channel, "http_gateway", None)
    return Config(
        channel_id=account.channel_id,
        account_pk=account.pk,
        provider=account.provider,
        sender=account.sender,
        is_service=account.is_service,
        account_id=account.account_id,
        login=account.key_id if has_key else account.account_id,
        password=(account.key_secret if has_key else account.auth_token) or "",
        api_url=(account.api_url or TWILIO).rstrip("/"),
        callback=callback,
        is_simulated=account.is_simulated,
        gateway=_gateway(gateway) if gateway else None,
    )


def _gateway(row: HttpGateway) -> Gateway:
    return Gateway(
        url=row.send_url,
        is_json=row.is_json,
        login_header=row.login_header,
        login_value=row.login_value or "",
        to_field=row.to_field,
        from_field=row.from_field,
        text_field=row.text_field,
        key_field=row.key_field,
        id_field=row.id_field,
    )
