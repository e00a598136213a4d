"""Who takes a mail: the account's SMTP server, or the simulator of a simulated account."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from channels_email import smtp
from channels_email.config import Config
from conversations.adapters.base import TransientFailure

Simulator = Callable[..., smtp.Refused]
"""Takes `sender`, `recipients` and `content`; returns whom it refused, as an SMTP server does."""


def transmit(
    config: Config, *, sender: str, recipients: tuple[str, ...], content: bytes
) -> smtp.Refused:
    """Hand a mail over, once. Returns the recipients that were refused.

    A simulated account never opens a connection, whatever else its settings say.
    """
    if config.is_simulated:
        return _simulator()(sender=sender, recipients=recipients, content=content)
    if not config.smtp.host:
        raise TransientFailure("not_connected")
    return smtp.deliver(
        config.smtp,
        sender=sender,
        recipients=recipients,
        content=content,
        local_name=config.domain,
    )


def _simulator() -> Simulator:
    """`settings.EMAIL_SIMULATOR`, a dotted path. Raises TransientFailure where there is none."""
    if not settings.EMAIL_SIMULATOR:
        raise TransientFailure("not_connected")
    return cast("Simulator", import_string(settings.EMAIL_SIMULATOR))
