"""What rooms and channels mount: urls and socket routes, found by name or asked of the registry."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.urls import URLPattern, URLResolver, include, path


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


def _adapters() -> list[Any]:
    if not find_spec("conversations.adapters"):
        return []
    return list(import_module("conversations.adapters.registry").adapters())
