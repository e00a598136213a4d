"""Reports that came before the message they are about: its id was not known yet."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from conversations.adapters import registry
from conversations.adapters.messages import DeliveryReport, Outcome
from conversations.models import Channel, WaitingReport


def keep(channel: Channel, report: DeliveryReport) -> None:
    """Keep a report that names none of our deliveries, where one may turn up that it is about.

    A channel whose messages carry our own id knows them before they leave.
    """
    if report.provider_id and not registry.adapter_for(channel.kind).describe().resends_safely:
        WaitingReport.objects.create(
            channel=channel, provider_id=report.provider_id[:255], said=_plain(report)
        )


def take(channel: Channel, provider_id: str) -> list[DeliveryReport]:
    """What was said of this id so far, in that order; it is kept no longer."""
    rows = WaitingReport.objects.filter(channel=channel, provider_id=provider_id)
    found = list(rows.select_for_update().order_by("id"))
    WaitingReport.objects.filter(pk__in=[row.pk for row in found]).delete()
    return [_report(row.said) for row in found]


def _plain(report: DeliveryReport) -> dict[str, Any]:
    return {**asdict(report), "at": report.at.isoformat() if report.at else None}


def _report(said: dict[str, Any]) -> DeliveryReport:
    at = datetime.fromisoformat(said["at"]) if said["at"] else None
    return DeliveryReport(**{**said, "outcome": Outcome(said["outcome"]), "at": at})
