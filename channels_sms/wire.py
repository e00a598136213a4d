"""Requests to a provider: over the one guarded client, or to a simulator in its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests
from django.conf import settings
from django.utils.module_loading import import_string

from channels_sms.config import Config
from conversations.adapters import client, guard
from conversations.adapters.base import OutcomeUnknown, TransientFailure

SECONDS = 20.0
"""One call from the name's look-up to the last byte: well under the outbox's lease."""
MOST_PAUSE = 3600.0


def session(config: Config, *, most: int = client.MOST) -> client.Session:
    """A simulated account never opens a connection, whatever else its settings say."""
    opened = client.Session(seconds=SECONDS, most=most)
    if config.is_simulated:
        if not settings.SMS_SIMULATOR:
            raise TransientFailure("not_connected")
        for scheme in ("http://", "https://"):
            opened.mount(scheme, import_string(settings.SMS_SIMULATOR)())
    return opened


def post(config: Config, url: str, **given: Any) -> requests.Response:
    """One POST that must not happen twice. Raises TransientFailure where it surely reached
    nobody, OutcomeUnknown where it may have."""
    with session(config) as opened:
        try:
            return opened.post(url, **given)
        except guard.Blocked as error:
            raise TransientFailure("host_blocked", words=str(error)) from error
        except requests.RequestException as error:
            if client.is_surely_unsent(error):
                raise TransientFailure("unreachable", words=type(error).__name__) from error
            raise OutcomeUnknown("outcome_unknown", words=type(error).__name__) from error


def json_of(response: requests.Response) -> Mapping[str, Any]:
    """The object that an answer holds; an empty one for anything else."""
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def retry_after(response: requests.Response) -> float | None:
    """Seconds that the other side asks to wait, where it says so in seconds."""
    said = response.headers.get("Retry-After", "")
    return min(float(said), MOST_PAUSE) if said.isdigit() else None
