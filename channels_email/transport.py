"""Who takes a mail: the channel's provider, its SMTP server, or a simulator."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from channels_email import bounces, compose, esp, smtp
from channels_email.config import Config
from conversations.adapters.base import PermanentFailure, Sent, TransientFailure
from conversations.adapters.messages import OutboundMessage

Simulator = Callable[..., smtp.Refused]
"""Takes `sender`, `recipients` and `content`; returns whom it refused, as an SMTP server does."""


def transmit(config: Config, message: OutboundMessage, mail: EmailMessage) -> Sent:
    """Hand a mail over, once, to all of its addressees.

    A simulated account never opens a connection, whatever else its settings say. Raises
    TransientFailure, PermanentFailure or OutcomeUnknown.
    """
    if config.provider and config.provider.sends and not config.is_simulated:
        return esp.deliver(config.provider, message, mail)
    sender = message.sender.value or config.address
    recipients = tuple(dict.fromkeys(a.address.value for a in message.addressees))
    content = compose.to_bytes(mail)
    if config.is_simulated:
        refused = _simulator()(sender=sender, recipients=recipients, content=content)
    else:
        deliver = _by_smtp(config, recipients, content)
        refused = (
            _without_return(deliver, sender) if message.is_automatic else deliver(sender=sender)
        )
    gone = frozenset(address for address, (_, words) in refused.items() if _is_gone(words))
    told = {a: ("no_such_mailbox" if a in gone else c, words) for a, (c, words) in refused.items()}
    return Sent(provider_id=message.key, refused=told, gone=gone)


def _is_gone(words: str) -> bool:
    """Whether a server's answer says of an address what a bounce would say of one that is dead."""
    status = bounces.derive(given="", words=words, action="failed")
    return bounces.ends_address(status, words)


def _by_smtp(
    config: Config, recipients: tuple[str, ...], content: bytes
) -> Callable[..., smtp.Refused]:
    if not config.smtp.host:
        raise TransientFailure("not_connected")
    return partial(
        smtp.deliver,
        config.smtp,
        recipients=recipients,
        content=content,
        local_name=config.domain,
    )


def _without_return(deliver: Callable[..., smtp.Refused], sender: str) -> smtp.Refused:
    """What a machine says has no return path (RFC 3834 3.3), where the server lets it go so."""
    with contextlib.suppress(PermanentFailure):  # surely not sent
        return deliver(sender="")
    return deliver(sender=sender)


def _simulator() -> Simulator:
    """`settings.EMAIL_SIMULATOR`, a dotted path. Raises TransientFailure where there is none."""
    if not settings.EMAIL_SIMULATOR:
        raise TransientFailure("not_connected")
    return cast("Simulator", import_string(settings.EMAIL_SIMULATOR))
