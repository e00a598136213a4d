"""Say that something changed: a Change row inside the transaction, a hint after it.

The hint carries ids, never content; it may be lost, since the Change rows tell the truth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

import structlog
from django.conf import settings
from django.db import transaction
from redis import Redis, RedisError

from conversations.models import Case, Change, ChangeKind, Conversation, Message

log = structlog.get_logger(__name__)


def hints() -> str:
    """The Valkey channel that carries hints. Channels are not apart by database number: houses
    that share a server are, so the number is in the name."""
    number = _bell().connection_pool.connection_kwargs.get("db", 0)
    return f"omnihub:{number}:changes"


def record_change(
    conversation: Conversation,
    kind: ChangeKind,
    *,
    message: Message | None = None,
    case: Case | None = None,
    is_new: bool = False,
) -> Change:
    """Advance a locked conversation by one revision and announce it after commit.

    `is_new` says that the message came with it.
    """
    conversation.revision += 1
    Conversation.objects.filter(pk=conversation.pk).update(revision=conversation.revision)
    change = Change.objects.create(
        conversation=conversation,
        revision=conversation.revision,
        kind=kind,
        message=message,
        case=case or (message.case if message else None),
        is_new=is_new,
    )
    transaction.on_commit(lambda: publish(change), robust=True)
    return change


def publish(change: Change) -> None:
    """Ring the bell. Never raises: whoever missed it catches up from the Change rows."""
    hint = {
        "conversation": change.conversation_id,
        "revision": change.revision,
        "case": change.case_id,
    }
    _ring(hint)


def rights_changed(*agents: int) -> None:
    """Say after commit that these agents may see other things than before; none named: everybody.

    Whatever is open for them is asked again at once.
    """
    transaction.on_commit(lambda: _ring({"agents": list(agents)}), robust=True)


def told(*agents: int) -> None:
    """Say after commit that there is something to tell these agents; see `services.notices`."""
    transaction.on_commit(lambda: _ring({"told": list(agents)}), robust=True)


def availability_changed(agent_id: int, *, chosen: bool = False) -> None:
    """Say after commit that an agent came or went; `chosen` by their own word, of which their
    other tabs do not know."""
    transaction.on_commit(lambda: _ring({"duty": agent_id, "chosen": chosen}), robust=True)


def moved_about(case_id: int, agent_id: int, *, wrote: bool) -> None:
    """Say that an agent does something else at a case than before; see `presence`."""
    _ring({"here": case_id, "agent": agent_id, "wrote": wrote})


def nudged(what: str, number: int) -> None:
    """Say after commit that something of a channel's own changed: its sockets look again."""
    transaction.on_commit(lambda: _ring({"nudged": what, "number": number}), robust=True)


def _ring(hint: Mapping[str, object]) -> None:
    try:
        _bell().publish(hints(), json.dumps(hint))
    except RedisError as error:
        log.warning("hint_lost", error=str(error))


@lru_cache(maxsize=1)
def _bell() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2, health_check_interval=30
    )
