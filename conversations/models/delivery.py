from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.adapters.messages import RecipientRole
from conversations.models.message import Message


class DeliveryState(models.TextChoices):
    HELD = "held", _("Held")
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    FAILED = "failed", _("Not delivered")
    UNKNOWN = "unknown", _("Outcome unknown")
    CANCELLED = "cancelled", _("Cancelled")


LADDER = {
    state: rung
    for rung, state in enumerate(
        [
            DeliveryState.HELD,
            DeliveryState.QUEUED,
            DeliveryState.SENDING,
            DeliveryState.UNKNOWN,
            DeliveryState.SENT,
            DeliveryState.DELIVERED,
            DeliveryState.READ,
        ]
    )
}
"""A state only climbs, whatever order reports come in."""

WORST_FIRST = [
    DeliveryState.FAILED,
    DeliveryState.UNKNOWN,
    DeliveryState.HELD,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
    DeliveryState.CANCELLED,
]


AILING = [DeliveryState.FAILED, DeliveryState.UNKNOWN]
"""It did not, or not surely, reach the one it was for: a person decides."""

ARRIVED = [DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ]
"""The provider took it, and perhaps more."""


class Failover(models.TextChoices):
    """What was made of a failure; empty while nobody has looked."""

    NEXT = "next", _("Sent by another channel")
    NO_WAY = "no_way", _("There is no other way")
    OFF = "off", _("Not wanted")


class Delivery(models.Model):
    """One transmission by one channel, one provider call: the outbox row.

    `lease_token` and `leased_until` (database time) are the right to act on it; `called_at` is
    set right before the provider is called, so that a lost lease after it means *unknown*.
    `is_scheduled` when it is held until a time that somebody chose, and is no answer before that;
    `created_at` is then that time, from which on it is tried. `instead_of` is the failed one that
    this one makes up for, once at most; `envelope` is then its own `subject` and `references`.
    """

    conversation = models.ForeignKey(
        "conversations.Conversation", models.PROTECT, related_name="deliveries"
    )
    channel = models.ForeignKey("conversations.Channel", models.PROTECT, related_name="deliveries")
    messages: models.ManyToManyField[Message, models.Model] = models.ManyToManyField(
        Message, related_name="deliveries"
    )
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    sender = models.CharField(_("from"), max_length=320, blank=True)
    key = models.CharField(max_length=255, unique=True)
    provider_id = models.CharField(max_length=255, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    resends = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(_("due"))
    is_scheduled = models.BooleanField(default=False)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    reason_code = models.CharField(_("reason"), max_length=64, blank=True)
    reason_params = models.JSONField(default=dict, blank=True)
    reason_words = models.TextField(blank=True)
    instead_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="instead"
    )
    failover = models.CharField(max_length=8, choices=Failover, blank=True)
    envelope = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Delivery]] = models.Manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "channel"],
                condition=Q(state="sending"),
                name="delivery_one_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["channel", "provider_id"],
                condition=~Q(provider_id=""),
                name="delivery_by_provider_id",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending")
                | Q(lease_token__isnull=False, leased_until__isnull=False),
                name="delivery_sending_is_leased",
            ),
        ]
        indexes = [
            models.Index("channel", "created_at", name="delivery_of_channel"),
            models.Index(
                "due_at",
                "id",
                condition=Q(state__in=["held", "queued", "sending"]),
                name="delivery_due",
            ),
            models.Index(
                "conversation",
                "channel",
                "id",
                condition=Q(state__in=["queued", "sending"]),
                name="delivery_in_line",
            ),
            models.Index(
                "created_at", condition=Q(state__in=["failed", "unknown"]), name="delivery_ailing"
            ),
            models.Index("id", condition=Q(state="failed", failover=""), name="delivery_undecided"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class AilingManager(models.Manager["AilingDelivery"]):
    def get_queryset(self) -> models.QuerySet[AilingDelivery]:
        ailing = [DeliveryState.FAILED, DeliveryState.UNKNOWN]
        return super().get_queryset().filter(state__in=ailing)


class AilingDelivery(Delivery):
    """The deliveries that did not arrive, or may not have, as a list of their own."""

    objects: ClassVar[AilingManager] = AilingManager()

    class Meta:
        proxy = True
        verbose_name = _("failed delivery")
        verbose_name_plural = _("failed deliveries")


class Recipient(models.Model):
    """One addressee of a delivery, with a state of their own."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="recipients")
    role = models.CharField(
        max_length=3, choices=[(role.value, role.value) for role in RecipientRole]
    )
    identity = models.ForeignKey(
        "conversations.Identity", models.PROTECT, null=True, blank=True, related_name="+"
    )
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    reason_code = models.CharField(max_length=64, blank=True)
    reason_words = models.TextField(blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "role", "address"], name="recipient_once_a_role"
            ),
        ]
        indexes = [models.Index("address", "delivery", name="recipient_by_address")]

    def __str__(self) -> str:
        return self.address
