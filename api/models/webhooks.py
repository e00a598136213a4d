"""Webhooks out: where to, what is to be told, and what became of each attempt."""

from __future__ import annotations

import base64
import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedTextField

from conversations.models import ClockTimestamp


def new_secret() -> str:
    """A key of 256 random bits, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def new_uid() -> str:
    return f"evt_{uuid.uuid4().hex}"


class WebhookEventType(models.TextChoices):
    CASE_CREATED = "case.created", _("Case opened")
    CASE_UPDATED = "case.updated", _("Case changed")
    MESSAGE_CREATED = "message.created", _("Message or note written")
    MESSAGE_UPDATED = "message.updated", _("Message changed")
    DELIVERY_UPDATED = "delivery.updated", _("Delivery moved on")
    CUSTOMER_UPDATED = "customer.updated", _("Customer changed")
    CONVERSATION_RESET = "conversation.reset", _("Conversation rearranged")
    TEST = "webhook.test", _("Test")


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def active(self) -> EndpointQuerySet:
        return self.filter(is_active=True)

    def in_trouble(self) -> EndpointQuerySet:
        """Those that fail, or were switched off because their receiver is gone."""
        return self.exclude(failing_since=None, off_code="")

    def with_work(self) -> EndpointQuerySet:
        """Those with an event that is due, which nobody is sending and which do not rest."""
        due = WebhookEvent.objects.due().filter(endpoint=models.OuterRef("pk"))
        return self.free().filter(models.Exists(due))

    def awake(self) -> EndpointQuerySet:
        return self.active().filter(Q(rests_until=None) | Q(rests_until__lte=ClockTimestamp()))

    def free(self) -> EndpointQuerySet:
        return self.awake().filter(Q(leased_until=None) | Q(leased_until__lt=ClockTimestamp()))


class WebhookEndpoint(models.Model):
    """An address that is told what happens, as much of it as its agent may see.

    After a failure that is the receiver's whole trouble it rests until `rests_until`.
    """

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=500)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="webhook_endpoints",
        verbose_name=_("sees what this agent sees"),
    )
    types = ArrayField(
        models.CharField(max_length=40, choices=WebhookEventType),
        verbose_name=_("events"),
        default=list,
        blank=True,
        help_text=_("None chosen: all of them."),
    )
    secret = EncryptedTextField(default=new_secret, editable=False)
    old_secret = EncryptedTextField(null=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    off_code = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(_("next attempt"), null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    last_ok_at = models.DateTimeField(_("last answer of 2xx"), null=True, editable=False)

    objects: ClassVar[EndpointQuerySet] = EndpointQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def wants(self, kind: str) -> bool:
        return not self.types or kind in self.types


class EventState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    WITHHELD = "withheld", _("Not for this agent")


class EventQuerySet(models.QuerySet["WebhookEvent"]):
    def due(self) -> EventQuerySet:
        return self.filter(state=EventState.WAITING, due_at__lte=ClockTimestamp())


class WebhookEvent(models.Model):
    """One thing to tell one endpoint. What is said of it is written when it is sent.

    So no word of a customer stands in the log, and nothing goes out that was redacted meanwhile.
    `tries` and `until` are of the present round: a replay begins another.
    """

    uid = models.CharField(_("webhook-id"), max_length=40, unique=True, default=new_uid)
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="events", verbose_name=_("webhook")
    )
    type = models.CharField(_("event"), max_length=40, choices=WebhookEventType)
    conversation = models.ForeignKey(
        "conversations.Conversation",
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("conversation"),
    )
    case = models.ForeignKey(
        "conversations.Case", models.CASCADE, null=True, related_name="+", verbose_name=_("case")
    )
    message = models.ForeignKey(
        "conversations.Message",
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("message"),
    )
    revision = models.PositiveBigIntegerField(_("revision"), default=0)
    happened_at = models.DateTimeField(_("happened"))
    state = models.CharField(
        _("state"), max_length=10, choices=EventState, default=EventState.WAITING
    )
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(_("next attempt"), db_default=ClockTimestamp())
    until = models.DateTimeField(_("tried until"))
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    objects: ClassVar[EventQuerySet] = EventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook log")
        ordering = ["-id"]
        indexes = [
            models.Index(
                "endpoint", "due_at", condition=Q(state="waiting"), name="webhookevent_to_send"
            ),
            models.Index("endpoint", "id", name="webhookevent_of_endpoint"),
            models.Index("created_at", name="webhookevent_by_age"),
        ]

    def __str__(self) -> str:
        return self.uid


class WebhookAttempt(models.Model):
    """One request. `status` is the answer's; `code` says what went wrong where there was none.

    `words` begins as the answer's body does, where it was no success.
    """

    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("at"), db_default=ClockTimestamp())
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    code = models.CharField(_("trouble"), max_length=40, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    words = models.CharField(_("answer's words"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.status or self.code}"
