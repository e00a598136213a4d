"""The least that a chat can be: a row is written, a bell rung, and every agent's socket told."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import psycopg
from redis.asyncio import Redis

AGENTS: set[Any] = set()
READY: dict[str, Any] = {}
SETS_UP = "CREATE TABLE IF NOT EXISTS bench_floor (id bigserial PRIMARY KEY, words text)"


async def _ready() -> None:
    READY["bell"] = Redis.from_url(os.environ["REDIS_URL"])
    READY["hands"] = asyncio.Queue()
    for _ in range(4):
        hand = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
        READY["hands"].put_nowait(hand)
    hand = await READY["hands"].get()
    await hand.execute(SETS_UP)
    READY["hands"].put_nowait(hand)
    ears = READY["bell"].pubsub()
    await ears.subscribe("floor")
    READY["task"] = asyncio.create_task(_tell(ears))


async def _tell(ears: Any) -> None:
    async for said in ears.listen():
        if said["type"] == "message":
            frame = {"type": "websocket.send", "text": said["data"].decode()}
            for send in list(AGENTS):
                await send(frame)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    if not READY:
        await _ready()
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] == "/agent":
        AGENTS.add(send)
    while (event := await receive())["type"] != "websocket.disconnect":
        hand = await READY["hands"].get()
        await hand.execute("INSERT INTO bench_floor (words) VALUES (%s)", [event["text"]])
        READY["hands"].put_nowait(hand)
        await READY["bell"].publish("floor", event["text"])
    AGENTS.discard(send)
