"""Words on a case."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from conversations.models import Agent, Case, Tag
from conversations.services import threads


def replace(*, case_id: int, agent: Agent, names: Iterable[str], seen: int | None = None) -> Case:
    """Make a case carry exactly these tags; unknown ones are made. Case and spaces do not count."""
    wanted = {" ".join(name.lower().split())[:60] for name in names} - {""}
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        before = set(case.tags.values_list("name", flat=True))
        if before == wanted:
            return case
        Tag.objects.bulk_create([Tag(name=name) for name in wanted], ignore_conflicts=True)
        case.tags.set(Tag.objects.filter(name__in=wanted))
        params: dict[str, object] = {
            "added": sorted(wanted - before),
            "removed": sorted(before - wanted),
        }
        threads.add_activity(conversation, case, "tagged", agent=agent, params=params)
        return case
