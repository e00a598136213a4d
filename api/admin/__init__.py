"""Tokens and webhooks in the admin."""

from api.admin.endpoints import WebhookEndpointAdmin
from api.admin.log import WebhookEventAdmin
from api.admin.tokens import ApiTokenAdmin

__all__ = ["ApiTokenAdmin", "WebhookEndpointAdmin", "WebhookEventAdmin"]
