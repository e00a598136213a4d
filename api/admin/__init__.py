"""Webhooks in the admin."""

from api.admin.endpoints import WebhookEndpointAdmin
from api.admin.log import WebhookEventAdmin

__all__ = ["WebhookEndpointAdmin", "WebhookEventAdmin"]
