"""How a channel is, in one word, from what was last seen to work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from conversations.adapters import registry
from conversations.models import Channel, Delivery, DeliveryState

FAILING_AFTER = timedelta(minutes=5)
"""A channel in trouble for less long is slow: it may be a restart on the other side."""


class Health(models.TextChoices):
    HEALTHY = "healthy", _("Healthy")
    SLOW = "slow", _("Slow")
    FAILING = "failing", _("Failing")
    NOT_SET_UP = "not_set_up", _("Not set up")
    PAUSED = "paused", _("Paused")
    NOT_INSTALLED = "not_installed", _("Not installed")


def with_retries(channels: models.QuerySet[Channel]) -> models.QuerySet[Channel]:
    """Channels with `is_retrying`: something of theirs was tried and has to be tried again."""
    waiting = Delivery.objects.filter(
        channel=OuterRef("pk"), state=DeliveryState.QUEUED, attempts__gt=0
    )
    return channels.annotate(is_retrying=Exists(waiting))


def health(channel: Channel, *, now: datetime) -> Health:
    """`channel` may come from `with_retries`; without it queued retries are not looked at."""
    if channel.kind not in registry.kinds():
        return Health.NOT_INSTALLED
    if not channel.is_active:
        return Health.PAUSED
    if channel.trouble_at is not None:
        lasting = now - channel.trouble_at >= FAILING_AFTER
        return Health.FAILING if lasting or channel.last_contact_at is None else Health.SLOW
    if getattr(channel, "is_retrying", False):
        return Health.SLOW
    seen = channel.last_contact_at or channel.last_in_at or channel.last_out_at
    return Health.HEALTHY if seen else Health.NOT_SET_UP
