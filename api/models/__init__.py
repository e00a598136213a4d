"""Rows of the API: tokens, kept answers, and webhooks with their log."""

from api.models.tokens import ApiToken, KeptAnswer, Scope, digest
from api.models.webhooks import (
    EventState,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookEvent,
    WebhookEventType,
    new_secret,
)

__all__ = [
    "ApiToken",
    "EventState",
    "KeptAnswer",
    "Scope",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookEventType",
    "digest",
    "new_secret",
]
