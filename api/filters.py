"""What the queries of lists mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from api.paging import bad
from conversations.models import Agent, Case, Change, Priority
from conversations.services import filtering
from conversations.services.pruning import CHANGES_KEPT


def of_cases(rows: QuerySet[Case], agent: Agent, asked: Mapping[str, Any]) -> QuerySet[Case]:
    """What a CaseQuery asks for."""
    for name in ("status", "conversation"):
        if name in asked:
            rows = rows.filter(**{name: asked[name]})
    waits = {True: "yes", False: "no", None: ""}[asked["waiting"]]
    wanted = filtering.Wanted(
        channel=asked.get("channel"),
        team=asked.get("team"),
        assignee=asked.get("assignee", ""),
        tag=asked.get("tag", "").lower(),
        waits=waits,
        priority=Priority[asked["priority"].upper()] if "priority" in asked else None,
        language=asked.get("language", ""),
        customer=asked.get("customer"),
        since=asked.get("since"),
        until=asked.get("until"),
    )
    rows = filtering.narrow(rows, agent, filtering.Wanted(waits=asked.get("waits", "")))
    return _since(filtering.narrow(rows, agent, wanted), asked.get("updated_since"))


def _since(rows: QuerySet[Case], since: datetime | None) -> QuerySet[Case]:
    if since is None:
        return rows
    if since < timezone.now() - CHANGES_KEPT:
        raise bad("updated_since", f"At most {CHANGES_KEPT.days} days back.", "too_long_ago")
    return rows.filter(pk__in=Change.objects.filter(at__gte=since).values("case"))
