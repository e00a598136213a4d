"""An event's own id, as far as it can be had without understanding the event."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest

from channels_email import sns
from conversations import receipts


def external_id(provider: str, side: str, request: HttpRequest) -> str:
    """The natural key of a post: seen again, it is the same event. At most 300 characters."""
    found = {
        "amazon_ses": lambda: sns.parse(request.body).get("MessageId", ""),
        "mailgun": lambda: mailgun_signature(request).get("token", ""),
        "resend": lambda: request.headers.get("svix-id", ""),
    }.get(provider, str)()
    own = found if found and found.isascii() and len(found) <= 200 else ""  # noqa: PLR2004
    return f"{provider}:{side}:{own or receipts.content_key(request.body)}"


def mailgun_signature(request: HttpRequest) -> dict[str, str]:
    """Timestamp and token, wherever this form of event has them."""
    if request.content_type == "application/json":
        said: Any = _json(request.body)
        block = said.get("signature") if isinstance(said, dict) else None
        return {k: str(v) for k, v in block.items()} if isinstance(block, dict) else {}
    return {name: str(request.POST.get(name, "")) for name in ("timestamp", "token")}


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
