"""A case's header as plain values, to put it back as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conversations.models import Case

COLUMNS = ("status", "resolved_at", "snoozed_until", "assignee_id", "priority")


def of(case: Case) -> dict[str, Any]:
    return {name: _plain(getattr(case, name)) for name in COLUMNS}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def put_back(case: Case, before: Mapping[str, Any], after: Mapping[str, Any] | None = None) -> None:
    """Set the header to what it was, where nobody changed it since `after`. The caller saves.

    Status and its two times go together.
    """
    now = of(case)
    wanted = [name for name in COLUMNS if after is None or now[name] == after[name]]
    if after is not None and now["status"] != after["status"]:
        wanted = [name for name in wanted if name not in COLUMNS[:3]]
    for name in wanted:
        setattr(case, name, _typed(name, before[name]))


def _typed(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if value and name in COLUMNS[1:3] else value
