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


@checks.register()
def check_team_hours(**kwargs: Any) -> list[checks.CheckMessage]:
    """TEAM_HOURS is empty or the path of something to ask."""
    try:
        is_fine = not settings.TEAM_HOURS or callable(import_string(settings.TEAM_HOURS))
    except ImportError:
        is_fine = False
    words = f"TEAM_HOURS: {settings.TEAM_HOURS} is nothing to ask for a team's hours"
    return [] if is_fine else [checks.Error(words, id="conversations.E002")]
