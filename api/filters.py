"""What the queries of lists mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from api.paging import bad
from conversations.models import Agent, Case, Change, Message
from conversations.services.pruning import CHANGES_KEPT


def of_cases(rows: QuerySet[Case], agent: Agent, asked: Mapping[str, Any]) -> QuerySet[Case]:
    """What a CaseQuery asks for."""
    for name in ("status", "team", "conversation"):
        if name in asked:
            rows = rows.filter(**{name: asked[name]})
    if "customer" in asked:
        rows = rows.filter(conversation__customer=asked["customer"])
    if "tag" in asked:
        rows = rows.filter(tags__name=asked["tag"].lower())
    if "channel" in asked:
        on_it = Message.objects.filter(case=OuterRef("pk"), channel=asked["channel"])
        rows = rows.filter(Exists(on_it))
    if asked["waiting"] is not None:
        rows = rows.filter(waiting_since__isnull=not asked["waiting"])
    return _since(_assigned(rows, agent, asked), asked.get("updated_since"))


def _assigned(rows: QuerySet[Case], agent: Agent, asked: Mapping[str, Any]) -> QuerySet[Case]:
    who = asked.get("assignee")
    if who is None:
        return rows
    if who == "none":
        return rows.filter(assignee=None)
    return rows.filter(assignee=agent.pk if who == "me" else int(who))


def _since(rows: QuerySet[Case], since: datetime | None) -> QuerySet[Case]:
    if since is None:
        return rows
    if since < timezone.now() - CHANGES_KEPT:
        raise bad("updated_since", f"At most {CHANGES_KEPT.days} days back.", "too_long_ago")
    return rows.filter(pk__in=Change.objects.filter(at__gte=since).values("case"))
