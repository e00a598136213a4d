"""A gateway that is described in the admin: one POST out, posts with a secret in."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from channels_sms import wire
from channels_sms.config import Config
from channels_sms.keywords import Wish
from channels_sms.models import HttpGateway, SmsAccount
from channels_sms.providers.base import Heard, Post, Provider, Text, address_of
from channels_sms.providers.twilio import fields_of
from conversations.adapters.base import (
    Malformed,
    OutcomeUnknown,
    PermanentFailure,
    Sent,
    TransientFailure,
)
from conversations.adapters.messages import (
    DeliveryReport,
    Event,
    Grade,
    IdentityKind,
    InboundMessage,
    Origin,
    Outcome,
    RawEvent,
)

_REFUSED, _SERVER_ERROR, _TOO_MANY = 400, 500, 429
_LOGIN = {401, 403}


class Http(Provider):
    def send(self, text: Text, config: Config) -> Sent:
        gateway = config.gateway
        if gateway is None or not gateway.url:
            raise TransientFailure("not_connected")
        asked = {
            gateway.to_field: text.to,
            gateway.from_field: config.sender,
            gateway.text_field: text.body,
        }
        if gateway.key_field:
            asked[gateway.key_field] = text.key
        login = {gateway.login_header: gateway.login_value} if gateway.login_value else {}
        how: dict[str, Any] = {"json": asked} if gateway.is_json else {"data": asked}
        response = wire.post(config, gateway.url, headers=login, **how)
        status, words = response.status_code, f"HTTP {response.status_code}"
        if status >= _SERVER_ERROR:
            raise OutcomeUnknown("outcome_unknown", words=words)
        if status == _TOO_MANY:
            raise TransientFailure("too_many", words=words, retry_after=wire.retry_after(response))
        if status in _LOGIN:
            raise TransientFailure("login_refused", words=words)
        if status >= _REFUSED:
            raise PermanentFailure("refused", words=f"{words} {response.text[:500]}")
        found = _at(_tree(response.content), gateway.id_field)
        if not found:
            raise OutcomeUnknown("answer_unreadable", words=words)
        return Sent(provider_id=found)

    def is_genuine(self, post: Post, account: SmsAccount) -> bool:
        gateway = _gateway(account)
        secret = (gateway.webhook_secret or "") if gateway else ""
        said = post.headers.get(gateway.secret_header.lower(), "") if gateway else ""
        return bool(secret) and hmac.compare_digest(said.encode(), secret.encode())

    def hear(self, post: Post, side: str, account: SmsAccount) -> Heard:
        gateway = _gateway(account)
        tree = _body(post.body, is_form=post.is_form)
        if gateway is None or not tree:
            return Heard(is_empty=not tree)
        an_id = _at(tree, gateway.in_id_field)
        if side == "status":
            return Heard(event=f"status:{an_id}:{_at(tree, gateway.status_field)}" if an_id else "")
        return Heard(
            event=f"in:{an_id}" if an_id else "",
            number=_number(_at(tree, gateway.in_from_field)),
            text=_at(tree, gateway.in_text_field),
        )

    def read(self, raw: RawEvent) -> Sequence[Event]:
        names = raw.envelope.get("names")
        named: Mapping[str, Any] = names if isinstance(names, dict) else {}
        tree = _body(raw.body, is_form=bool(raw.envelope.get("is_form")))
        if not tree:
            raise Malformed("not_understood")
        if raw.envelope.get("side") == "status":
            return [_report(tree, named)]
        return [_message(tree, named, raw.envelope)]


def names_of(account: SmsAccount) -> dict[str, object]:
    """What a kept post is read by, whatever the settings say later."""
    gateway = _gateway(account)
    if gateway is None:
        return {}
    return {
        "id": gateway.in_id_field,
        "from": gateway.in_from_field,
        "text": gateway.in_text_field,
        "status": gateway.status_field,
        "key": gateway.status_key_field,
        "delivered": gateway.delivered_words,
        "failed": gateway.failed_words,
    }


def _gateway(account: SmsAccount) -> HttpGateway | None:
    return HttpGateway.objects.filter(channel=account.channel_id).first()


def _message(tree: Any, names: Mapping[str, Any], envelope: Mapping[str, object]) -> InboundMessage:
    sender = _number(_at(tree, str(names.get("from"))))
    if not sender:
        raise Malformed("no_sender")
    address, wish = address_of(sender), str(envelope.get("wish") or "")
    return InboundMessage(
        sender=address,
        grade=Grade.PASS,
        origin=Origin.AUTO_REPLY if wish in {Wish.STOP, Wish.START} else Origin.PERSON,
        text=_at(tree, str(names.get("text"))),
        message_id=_at(tree, str(names.get("id"))),
        is_answerable=address.kind is IdentityKind.PHONE,
        details={"wish": wish} if wish else {},
    )


def _report(tree: Any, names: Mapping[str, Any]) -> DeliveryReport:
    an_id = _at(tree, str(names.get("id")))
    if not an_id:
        raise Malformed("no_message")
    word = _at(tree, str(names.get("status")))
    outcome = Outcome.UNKNOWN
    if word.lower() in {str(one).lower() for one in names.get("delivered") or ()}:
        outcome = Outcome.DELIVERED
    elif word.lower() in {str(one).lower() for one in names.get("failed") or ()}:
        outcome = Outcome.FAILED
    return DeliveryReport(
        provider_id=an_id,
        key=_at(tree, str(names.get("key") or "")),
        outcome=outcome,
        code="provider_failed" if outcome is Outcome.FAILED else "",
        action=word[:40],
        words=word[:200] if outcome is Outcome.FAILED else "",
    )


def _number(said: str) -> str:
    """Many gateways leave the plus out."""
    said = said.strip()
    return f"+{said}" if said.isdigit() and len(said) > 6 else said  # noqa: PLR2004 -- longer than a short code


def _body(body: bytes, *, is_form: bool) -> Any:
    return fields_of(body, is_form=True) if is_form else _tree(body)


def _tree(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _at(tree: Any, path: str) -> str:
    """The text or number at a dotted path; empty where nothing of the kind stands."""
    for step in path.split(".") if path else ():
        if isinstance(tree, list) and step.isdigit() and int(step) < len(tree):
            tree = tree[int(step)]
        elif isinstance(tree, dict):
            tree = tree.get(step)
        else:
            return ""
    if isinstance(tree, bool) or not isinstance(tree, str | int):
        return ""
    return str(tree).encode("utf-8", "replace").decode().replace("\x00", "")[:4000]
