"""What a browser tells who does not look at it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Max
from django.urls import reverse

from conversations.models import Agent, ClockTimestamp, Notice
from conversations.models.notice import Way, ways
from inbox.reads import people

FRESH = timedelta(minutes=10)
"""What is older is no news to a browser that comes back."""
MOST = 20


def after(agent: Agent, number: int | None) -> dict[str, Any]:
    """What came after the notice of this number and still holds, one a case: who and about what,
    never what was said. Without a number only which one is the last."""
    mine = Notice.objects.filter(agent=agent)
    last = mine.aggregate(last=Max("id"))["last"] or 0
    if number is None or number >= last:
        return {"last": last, "told": []}
    fresh = mine.standing().true_for(agent).filter(id__gt=number, id__lte=last)
    recent = fresh.filter(at__gte=ClockTimestamp() - FRESH).order_by("-id")
    rows = recent.select_related("case__conversation__customer")[:MOST]
    told = {row.case_id: _one(row, agent) for row in reversed(rows)}
    return {"last": last, "told": list(told.values())}


def _one(notice: Notice, agent: Agent) -> dict[str, Any]:
    how = ways(agent, notice.kind)
    customer = notice.case.conversation.customer
    return {
        "title": people.of_customer(customer, customer.known_as()).name,
        "body": f"{notice.get_kind_display()}: {notice.case.topic}",
        "url": reverse("inbox:bare-case", args=[notice.case_id]),
        "shows": Way.BROWSER in how,
        "sounds": Way.SOUND in how,
    }
