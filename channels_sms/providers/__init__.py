"""The providers that can carry a text channel, by the name in its settings."""

from __future__ import annotations

from channels_sms.providers.base import Provider
from channels_sms.providers.http import Http
from channels_sms.providers.twilio import Twilio

PROVIDERS: dict[str, Provider] = {"twilio": Twilio(), "http": Http()}


def of(name: str) -> Provider:
    """Raises KeyError for a provider that nobody wrote."""
    return PROVIDERS[name]
