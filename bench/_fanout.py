"""How many hints a second reach a hundred listeners: by the hub, by less than it, by a peer."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from channels_redis.core import RedisChannelLayer
from django.conf import settings
from redis.asyncio import Redis

from conversations import events
from conversations.live import Hub

HEARERS, BELLS = 100, 300
HINT = {"conversation": 1, "revision": 1, "case": 1}


class Ear:
    """What a socket would send at once."""

    def __init__(self) -> None:
        self.heard = 0
        self.all = asyncio.Event()

    def put(self, hint: dict[str, Any]) -> None:  # noqa: ARG002  # a Box's
        self.heard += 1
        if self.heard == BELLS:
            self.all.set()

    def missed(self) -> None:
        """Nothing was."""


async def by_hub() -> float:
    hub, ears = Hub(), [Ear() for _ in range(HEARERS)]
    for ear in ears:
        await hub.join(ear)
    bell = Redis.from_url(settings.REDIS_URL)
    begun = time.perf_counter()
    for _ in range(BELLS):
        await bell.publish(events.hints(), json.dumps(HINT))
    await asyncio.gather(*(ear.all.wait() for ear in ears))
    took = time.perf_counter() - begun
    for ear in ears:
        hub.leave(ear)
    await bell.aclose()
    return HEARERS * BELLS / took


async def by_plain_hub() -> float:
    """No Valkey, one process: the floor."""
    ears = [Ear() for _ in range(HEARERS)]
    hint = json.dumps(HINT)
    begun = time.perf_counter()
    for _ in range(BELLS):
        said = json.loads(hint)
        for ear in ears:
            ear.put(said)
        await asyncio.sleep(0)
    await asyncio.gather(*(ear.all.wait() for ear in ears))
    return HEARERS * BELLS / (time.perf_counter() - begun)


async def by_layer() -> float:
    layer = RedisChannelLayer(hosts=[settings.REDIS_URL], capacity=BELLS * 2)
    names = [await layer.new_channel() for _ in range(HEARERS)]
    for name in names:
        await layer.group_add("all", name)

    async def hear(name: str) -> None:
        for _ in range(BELLS):
            await layer.receive(name)

    begun = time.perf_counter()
    ears = [asyncio.create_task(hear(name)) for name in names]
    for _ in range(BELLS):
        await layer.group_send("all", {"type": "hint", **HINT})
    await asyncio.gather(*ears)
    took = time.perf_counter() - begun
    await layer.close_pools()
    return HEARERS * BELLS / took


def compare() -> None:
    ways = {"plain hub": by_plain_hub, "omnihub": by_hub, "layer": by_layer}
    rates = {name: asyncio.run(way()) for name, way in ways.items()}
    for name, rate in rates.items():
        print(
            f"{name:<9}{rate:8.0f} hints/s to {HEARERS}  {rate / rates['omnihub']:.2f} x omnihub's"
        )
