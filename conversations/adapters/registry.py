"""The installed channels: `settings.CHANNEL_ADAPTERS`, dotted paths of adapter classes."""

from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from conversations.adapters.base import ChannelAdapter


class NotInstalled(LookupError):
    """No adapter of this kind is installed; its channels are kept and shown as such."""


@lru_cache
def _load(paths: tuple[str, ...]) -> dict[str, ChannelAdapter]:
    loaded = [import_string(path)() for path in paths]
    return {adapter.kind: adapter for adapter in loaded}


def adapters() -> tuple[ChannelAdapter, ...]:
    return tuple(_load(tuple(settings.CHANNEL_ADAPTERS)).values())


def kinds() -> tuple[str, ...]:
    return tuple(_load(tuple(settings.CHANNEL_ADAPTERS)))


def adapter_for(kind: str) -> ChannelAdapter:
    """The adapter of a kind. Raises NotInstalled."""
    try:
        return _load(tuple(settings.CHANNEL_ADAPTERS))[kind]
    except KeyError:
        raise NotInstalled(kind) from None


def own_addresses(kind: str = "") -> frozenset[str]:
    """What we receive at: everywhere, or where this kind of identity writes to."""
    asked = [adapter for adapter in adapters() if not kind or adapter.identity_kind == kind]
    return frozenset().union(*(adapter.own_addresses() for adapter in asked))
