"""Webhooks, and the log of what they were sent."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.models import (
    EventState,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookEvent,
    WebhookEventType,
)
from api.serializers.base import Id, Named, Paged, Strict

LONGEST = 500
TOLD = [(kind.value, kind.label) for kind in WebhookEventType if kind != WebhookEventType.TEST]


class WebhookOut(serializers.ModelSerializer[WebhookEndpoint]):
    """`off_code` says why it was switched off by itself: `gone`, its receiver answered 410."""

    agent = Named()
    types: Any = serializers.ListField(child=serializers.ChoiceField(choices=TOLD))

    class Meta:
        model = WebhookEndpoint
        fields = (
            "id", "name", "url", "types", "agent", "is_active", "off_code", "created_at",
            "failing_since", "rests_until", "last_ok_at",
        )  # fmt: skip
        read_only_fields = fields


class WebhookSecretOut(WebhookOut):
    """With its signing key: `whsec_` and 256 bits as base64. It cannot be read again."""

    secret = serializers.CharField()

    class Meta:
        model = WebhookEndpoint
        fields = (*WebhookOut.Meta.fields, "secret")
        read_only_fields = fields


def _types(**given: Any) -> Any:
    child = serializers.ChoiceField(choices=TOLD)
    help_text = "What it is told of; an empty list is everything."
    return serializers.ListField(child=child, max_length=20, help_text=help_text, **given)


class WebhookIn(Strict):
    name = serializers.CharField(max_length=80)
    url = serializers.CharField(max_length=LONGEST, help_text="https, of a public host.")
    types = _types(required=False, default=list)


class WebhookChangeIn(Strict):
    """What is left out stays."""

    name = serializers.CharField(max_length=80, required=False)
    url = serializers.CharField(max_length=LONGEST, required=False)
    types = _types(required=False)
    is_active = serializers.BooleanField(required=False)


class AttemptOut(serializers.ModelSerializer[WebhookAttempt]):
    """`status` is the answer's; without one `code` says what was in the way."""

    class Meta:
        model = WebhookAttempt
        fields = ("at", "status", "code", "milliseconds", "words")
        read_only_fields = fields


class WebhookEventOut(serializers.ModelSerializer[WebhookEvent]):
    """`webhook_id` is what was sent as `webhook-id`."""

    webhook_id = serializers.CharField(source="uid")
    webhook = serializers.IntegerField(source="endpoint_id")
    conversation = serializers.IntegerField(source="conversation_id", allow_null=True)
    case = serializers.IntegerField(source="case_id", allow_null=True)
    message = serializers.IntegerField(source="message_id", allow_null=True)
    attempts = AttemptOut(many=True)

    class Meta:
        model = WebhookEvent
        fields = (
            "id", "webhook_id", "webhook", "type", "conversation", "case", "message", "revision",
            "happened_at", "state", "due_at", "until", "attempts",
        )  # fmt: skip
        read_only_fields = fields


class WebhookEventQuery(Paged):
    webhook: Any = Id(required=False)
    state = serializers.ChoiceField(choices=EventState.choices, required=False)
    type = serializers.ChoiceField(choices=WebhookEventType.choices, required=False)


class ReplayIn(Strict):
    since = serializers.DateTimeField(help_text="What happened from then on and failed.")


class ReplayOut(serializers.Serializer[Any]):
    events = serializers.IntegerField(help_text="So many are sent again.")
