"""What must be right before anything starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from conversations.adapters.base import ChannelAdapter


@checks.register()
def check_adapters(**kwargs: Any) -> list[checks.CheckMessage]:
    """Every path of CHANNEL_ADAPTERS is an adapter, and no two share a kind."""
    found: list[checks.CheckMessage] = []
    seen: dict[str, str] = {}
    for path in settings.CHANNEL_ADAPTERS:
        problem = _problem(path, seen)
        if problem:
            found.append(checks.Error(f"{path} {problem}", id="conversations.E001"))
    if not settings.CHANNEL_ADAPTERS:
        found.append(checks.Warning("no channel is installed", id="conversations.W001"))
    return found


def _problem(path: str, seen: dict[str, str]) -> str:
    try:
        adapter = import_string(path)
    except ImportError as error:
        return f"cannot be imported: {error}"
    if not (isinstance(adapter, type) and issubclass(adapter, ChannelAdapter)):
        return "is not a ChannelAdapter"
    kind = getattr(adapter, "kind", "")
    other = seen.setdefault(kind, path)
    return f"has the kind of {other}: {kind}" if other != path else ""
