"""What rooms and channels mount: urls, doors and socket routes, by name or by the registry."""

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import import_string


def room(prefix: str, module: str) -> list[URLPattern | URLResolver]:
    """The room's urls, or nothing while the room has none."""
    return [path(prefix, include(module))] if find_spec(module) else []


def channel_hooks() -> list[URLPattern | URLResolver]:
    """`hooks/<kind>/…` for every channel that has doors of its own."""
    return [
        path(f"hooks/{adapter.kind}/", include(adapter.urlconf))
        for adapter in _adapters()
        if getattr(adapter, "urlconf", None)
    ]


def channel_pages() -> list[URLPattern | URLResolver]:
    """What customers open of the channels."""
    return [
        path(prefix, include(module))
        for adapter in _adapters()
        for prefix, module in adapter.pages.items()
    ]


def socket_routes() -> list[Any]:
    """`websocket_urlpatterns` of inbox.routing, then of each adapter's routing module."""
    modules = ["inbox.routing", *(getattr(adapter, "routing", None) for adapter in _adapters())]
    return [
        route
        for name in modules
        if name and find_spec(name)
        for route in import_module(name).websocket_urlpatterns
    ]


class Doors:
    """An ASGI application for HTTP: the channels' own doors, and the house for all else."""

    def __init__(self, house: Any) -> None:
        self._house = house
        self._doors = [
            (re.compile(pattern), import_string(name))
            for adapter in _adapters()
            for pattern, name in adapter.mounts.items()
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        doors = (door for pattern, door in self._doors if pattern.fullmatch(path))
        await next(doors, self._house)(scope, receive, send)


def _adapters() -> list[Any]:
    if not find_spec("conversations.adapters"):
        return []
    return list(import_module("conversations.adapters.registry").adapters())
