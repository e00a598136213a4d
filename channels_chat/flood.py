"""How much one visitor, one address of the net and one chat may do. Counted in Valkey, by the
minute; while that is away nobody is counted, and each socket's own limit has to do."""

from __future__ import annotations

import time
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from django.conf import settings as house
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from channels_chat.errors import Problem
from channels_chat.models import ChatSettings, Visitor

log = structlog.get_logger(__name__)

MINUTE = 60
SAID_BY_VISITOR = 30
"""Messages a minute of one visitor."""


def visitor_comes(remote: str) -> None:
    """A row is about to be made. Raises Problem."""
    _spend(f"new:{net_of(remote)}", house.CHAT_PER_ADDRESS)


def visitor_says(settings: ChatSettings, visitor: Visitor, remote: str) -> None:
    """Raises Problem."""
    _spend(f"say:v:{visitor.pk}", SAID_BY_VISITOR)
    _spend(f"say:a:{net_of(remote)}", house.CHAT_PER_ADDRESS)
    _spend(f"say:c:{settings.pk}", house.CHAT_PER_CHANNEL)


def once(what: str, most: int, *, seconds: int = MINUTE) -> None:
    """One more of what may be done so often in that time. Raises Problem."""
    _spend(what, most, seconds)


def net_of(remote: str) -> str:
    """Who has one IPv6 address has the network around it."""
    try:
        address = ip_address(remote)
    except ValueError:
        return remote
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return remote


def _spend(what: str, most: int, seconds: int = MINUTE) -> None:
    """Nothing is too much where `most` is 0."""
    if not most:
        return
    now = time.time()
    key = f"omnihub:chat:{what}:{int(now // seconds)}"
    try:
        with _valkey(house.REDIS_URL).pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, seconds * 2)
            spent = pipe.execute()[0]
    except RedisError as error:
        log.warning("flood_not_counted", error=str(error))
        return
    if spent > most:
        raise Problem("too_fast", retry_after=round(seconds - now % seconds, 1))


@lru_cache(maxsize=2)
def _valkey(url: str) -> Redis:
    """Without a second try: people wait for it."""
    return Redis.from_url(
        url, socket_timeout=0.2, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)
    )
