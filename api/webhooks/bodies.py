"""What is said of an event: as it is when it is sent, and as its endpoint's agent may see it."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder

from api import reads
from api.models import WebhookEvent, WebhookEventType
from api.serializers.cases import CaseOut
from api.serializers.messages import MessageOut
from api.serializers.people import CustomerOut
from conversations.models import Agent


def body(event: WebhookEvent) -> str | None:
    """JSON `{type, timestamp, data}`; None when the agent may not see what it is about."""
    try:
        data = _data(event, event.endpoint.agent)
    except ObjectDoesNotExist:
        return None
    said = {"type": event.type, "timestamp": event.happened_at, "data": data}
    return json.dumps(said, cls=DjangoJSONEncoder, separators=(",", ":"))


def _data(event: WebhookEvent, agent: Agent) -> dict[str, Any]:
    if event.type == WebhookEventType.TEST:
        return {"endpoint": event.endpoint_id, "name": event.endpoint.name}
    seen = reads.conversation(agent, event.conversation_id or 0)
    case = CaseOut(reads.case(agent, event.case_id)).data if event.case_id else None
    message = None
    if event.message_id:
        message = MessageOut(reads.messages(agent).get(pk=event.message_id)).data
    customer = None
    if event.type == WebhookEventType.CUSTOMER_UPDATED:
        customer = CustomerOut(reads.customer(agent, seen.customer_id)).data
    return {
        "conversation": seen.pk,
        "revision": event.revision,
        "case": case,
        "message": message,
        "customer": customer,
    }
