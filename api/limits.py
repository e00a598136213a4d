"""How many requests a token may make: counted by the minute, for all processes, in Valkey.

Nothing about the client's address is asked, so nothing that it writes into a header matters.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import structlog
from django.conf import settings
from redis import Redis, RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.models import ApiToken

log = structlog.get_logger(__name__)

WINDOW = 60
"""Seconds."""
_own: Counter[str] = Counter()
"""What this process counts by itself while Valkey is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left of a minute. `reset` in seconds."""

    limit: int
    used: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """As in draft-ietf-httpapi-ratelimit-headers-10."""
        left = max(0, self.limit - self.used)
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW}',
            "RateLimit": f'"minute";r={left};t={self.reset}',
        }


class PerToken(BaseThrottle):
    """Reads go on uncounted while Valkey is away; writes are counted by each process."""

    budget: Budget | None = None

    def allow_request(self, request: Request, view: object) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        now = time.time()
        key = f"omnihub:api:{request.auth.pk}:{int(now // WINDOW)}"
        used = _count(key, is_read=request.method in SAFE_METHODS)
        if used is None:
            return True
        reset = WINDOW - int(now % WINDOW)
        self.budget = Budget(limit=settings.API_PER_MINUTE, used=used, reset=reset)
        request._request.api_budget = self.budget  # type: ignore[attr-defined]  # noqa: SLF001  # read when the answer is finished
        return used <= self.budget.limit

    def wait(self) -> float | None:
        return self.budget.reset if self.budget else None


def _count(key: str, *, is_read: bool) -> int | None:
    try:
        with _valkey(settings.REDIS_URL).pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, 2 * WINDOW)
            return int(pipe.execute()[0])
    except RedisError as error:
        log.warning("rate_uncounted", error=str(error))
    return None if is_read else _count_alone(key)


def _count_alone(key: str) -> int:
    minute = key.rpartition(":")[2]
    for old in [known for known in _own if not known.endswith(f":{minute}")]:
        del _own[old]
    _own[key] += 1
    return _own[key]


@lru_cache(maxsize=2)
def _valkey(url: str) -> Redis:
    return Redis.from_url(
        url, socket_timeout=0.2, socket_connect_timeout=0.2, health_check_interval=30
    )
