"""Transmission through a mail provider's API, once, with every answer told apart.

anymail speaks the providers' languages; its backends are made anew for each mail, with the
channel's own settings and a guarded session. A repeat carries the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from channels_email.config import is_ciphertext
from channels_email.esp_answer import failure_of
from channels_email.esp_letter import letter_of
from channels_email.providers import ProviderConfig
from conversations.adapters import client, guard
from conversations.adapters.base import PermanentFailure, Sent, TransientFailure
from conversations.adapters.messages import OutboundMessage
from conversations.faults import failpoint

if TYPE_CHECKING:
    from anymail.backends.base import AnymailBaseBackend

LOGIN_PAUSE = 15 * 60.0
_BAD_STATUS = {"rejected", "invalid", "failed"}


def deliver(provider: ProviderConfig, message: OutboundMessage, mail: EmailMessage) -> Sent:
    """Hand a mail over. Raises TransientFailure, PermanentFailure or OutcomeUnknown."""
    if any(is_ciphertext(value) for value in provider.settings.values()):
        raise TransientFailure("secret_unreadable", retry_after=LOGIN_PAUSE)
    from anymail.exceptions import AnymailError

    letter = letter_of(mail, message, provider)
    backend = _opened(provider)
    try:
        backend.send_messages([letter])
    except guard.Blocked as error:
        raise PermanentFailure("host_blocked", words=str(error)) from error
    except AnymailError as error:
        if _refused(letter):
            return _sent(letter, message)
        raise failure_of(error) from error
    failpoint("email.after_data")
    return _sent(letter, message)


def _opened(provider: ProviderConfig) -> AnymailBaseBackend:
    try:
        return backend_of(provider)
    except Exception as error:  # each library has its own for a region or an address that is none
        raise PermanentFailure("provider_settings", words=type(error).__name__) from error


def backend_of(provider: ProviderConfig) -> AnymailBaseBackend:
    """anymail's backend with this channel's settings and nobody else's, opened and guarded."""
    module = import_module(f"anymail.backends.{provider.name}")
    settings: dict[str, Any] = {"ignore_unsupported_features": True}
    if provider.name == "amazon_ses":
        settings |= _amazon(dict(provider.settings))
    else:
        settings |= provider.settings
    backend = module.EmailBackend(**settings)
    backend.open()
    _guard(backend)
    return cast("AnymailBaseBackend", backend)


def _guard(backend: Any) -> None:
    if hasattr(backend, "client"):  # Amazon's own library, on urllib3 as well
        http = backend.client._endpoint.http_session  # noqa: SLF001 -- it takes no other
        http._manager.pool_classes_by_scheme = client.POOLS  # noqa: SLF001 -- as above
        return
    made = backend.session
    backend.session = client.Session()
    backend.session.headers.update(made.headers)
    backend.session.auth = made.auth
    made.close()


def amazon_client(service: str, given: Mapping[str, str]) -> Any:
    """Amazon's own library for one service, guarded."""
    import boto3

    settings = _amazon(dict(given))["client_params"]
    settings.pop("endpoint_url", None)
    made = boto3.session.Session().client(service, **settings)
    made._endpoint.http_session._manager.pool_classes_by_scheme = client.POOLS  # noqa: SLF001 -- it takes no other
    return made


def _amazon(given: dict[str, str]) -> dict[str, Any]:
    from botocore.config import Config

    name = given.pop("configuration_set_name", None)
    config = Config(
        connect_timeout=guard.CONNECT_SECONDS,
        read_timeout=client.READ_SECONDS,
        retries={"total_max_attempts": 1},
        proxies={},
        signature_version="v4",
    )
    return {"client_params": {**given, "config": config}, "configuration_set_name": name}


def _refused(letter: Any) -> dict[str, tuple[str, str]]:
    status = getattr(letter, "anymail_status", None)
    return {
        address: ("recipient_refused", str(found.status))
        for address, found in (status.recipients if status else {}).items()
        if found.status in _BAD_STATUS
    }


def _sent(letter: Any, message: OutboundMessage) -> Sent:
    """Under the provider's own id, by which its events name the mail; the key names it as well."""
    given = letter.anymail_status.message_id
    by_recipient = next((r.message_id for r in letter.anymail_status.recipients.values()), None)
    said = given if isinstance(given, str) else by_recipient
    wanted = {a.address.value.lower(): a.address.value for a in message.addressees}
    refused = {wanted.get(a.lower(), a): why for a, why in _refused(letter).items()}
    return Sent(provider_id=str(said or message.key), refused=refused)
