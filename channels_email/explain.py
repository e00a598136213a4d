"""What is made of a mail, as plain values: for an admin who asks why. Nothing is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels_email import mime, threading
from channels_email.authentication import asking
from channels_email.authentication.lookups import Resolver
from channels_email.headers import Headers
from conversations.adapters import apart
from conversations.adapters.base import EXAMINED, Malformed
from conversations.adapters.messages import (
    Address,
    DeliveryReport,
    File,
    IdentityKind,
    InboundMessage,
    Origin,
    RawEvent,
    RecipientRole,
)
from conversations.services.filenames import display_name

KINDS = {
    Origin.PERSON: "message",
    Origin.BOUNCE: "bounce",
    Origin.AUTO_REPLY: "auto_reply",
    Origin.LIST: "list",
    Origin.OWN: "own",
}


def explain(
    body: bytes,
    *,
    domain: str,
    envelope: Mapping[str, object] | None = None,
    own_addresses: frozenset[str] = frozenset(),
    resolver: Resolver | None = None,
) -> dict[str, Any]:
    """JSON values of one mail; `quarantine` names the reason where it cannot be read.

    Without a resolver, nothing is checked that the envelope does not hold.
    """
    raw = RawEvent(
        body=body,
        received_at=datetime.now(UTC),
        envelope=envelope or {},
        own_addresses=own_addresses,
    )
    if resolver:
        raw = replace(raw, envelope={**raw.envelope, EXAMINED: asking.ask(raw, resolver)})
    try:
        message = mime.read(raw, domain=domain)
    except Malformed as reason:
        return set_aside(reason.code, **reason.params)
    return {**_explained(message), **_chain(body), "quarantine": None}


def explain_apart(
    body: bytes,
    *,
    domain: str,
    envelope: Mapping[str, object] | None = None,
    own_addresses: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """`explain`, read in a child with the limits that intake has."""

    def work() -> bytes:
        found = explain(body, domain=domain, envelope=envelope, own_addresses=own_addresses)
        return json.dumps(found).encode()

    try:
        found: dict[str, Any] = json.loads(apart.run(work))
    except Malformed as reason:
        return set_aside(reason.code, **reason.params)
    except apart.Crashed as error:
        return set_aside("crashed", words=str(error)[-500:])
    return found


def set_aside(code: str, **params: object) -> dict[str, Any]:
    """What is said of a mail that cannot be read."""
    return {"kind": None, "quarantine": {"code": code, **params}}


def _explained(message: InboundMessage) -> dict[str, Any]:
    return {
        "kind": KINDS[message.origin],
        "from": {**_address(message.sender), "grade": message.grade},
        "to": _addressees(message, RecipientRole.TO),
        "cc": _addressees(message, RecipientRole.CC),
        "subject": message.subject,
        "date": message.sent_at and message.sent_at.isoformat(),
        "text": message.text,
        "folded": message.folded,
        "html": message.html,
        "attachments": [_file(file) for file in message.files],
        "message_id": message.message_id,
        "bounce": _bounce(message.reports),
    }


def _address(address: Address) -> dict[str, str]:
    """An address that is none, of a mail from nobody, is empty."""
    is_email = address.kind is IdentityKind.EMAIL
    return {"address": address.value if is_email else "", "name": address.name}


def _addressees(message: InboundMessage, role: RecipientRole) -> list[dict[str, str]]:
    return [_address(a.address) for a in message.addressees if a.role is role]


def _file(file: File) -> dict[str, object]:
    return {
        "name": display_name(file.name),
        "type": file.type,
        "size": len(file.content),
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "inline": file.is_inline,
    }


def _chain(body: bytes) -> dict[str, Any]:
    headers = Headers(mime.parse(body))
    return {
        "in_reply_to": threading.in_reply_to(headers),
        "references": list(threading.chain(headers)),
    }


def _bounce(reports: Sequence[DeliveryReport]) -> dict[str, Any] | None:
    """The first recipient's lot; `recipients` has everybody's."""
    everybody = [
        {
            "recipient": report.recipient,
            "status": report.status,
            "action": report.action,
            "words": report.words,
        }
        for report in reports
    ]
    if not everybody:
        return None
    first = {key: everybody[0][key] for key in ("recipient", "status", "action")}
    return {
        **first,
        "original_message_id": reports[0].provider_id,
        "recipients": everybody,
    }
