"""Canonical events as bytes and back, for the pipe between two processes.

JSON, with the files' bytes behind it: nothing that is read here can name a class to build, so
the reading side need not trust the writing one.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from conversations.adapters.messages import DeliveryReport, Event, InboundMessage, SentCopy

_EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (InboundMessage, DeliveryReport, SentCopy)
}
_LENGTH = 8
"""Bytes, big-endian, of the size that precedes the JSON."""


def to_bytes(events: Sequence[Event]) -> bytes:
    """The events in order; their `bytes` values stand behind the JSON, which has offsets."""
    files: list[bytes] = []
    plain = [[type(event).__name__, _plain(event, files)] for event in events]
    sizes = [len(file) for file in files]
    head = json.dumps({"events": plain, "sizes": sizes}, separators=(",", ":")).encode()
    return b"".join([len(head).to_bytes(_LENGTH, "big"), head, *files])


def from_bytes(content: bytes) -> tuple[Event, ...]:
    """What `to_bytes` was given. Raises ValueError, KeyError or TypeError for anything else."""
    end = _LENGTH + int.from_bytes(content[:_LENGTH], "big")
    head = json.loads(content[_LENGTH:end])
    files: list[bytes] = []
    for size in head["sizes"]:
        files.append(content[end : end + size])
        end += size
    return tuple(_built(_EVENTS[name], value, files) for name, value in head["events"])


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields: finding them out compiles each."""
    return get_type_hints(kind)


def _plain(value: Any, files: list[bytes]) -> Any:
    if isinstance(value, bytes):
        files.append(value)
        return len(files) - 1
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _plain(getattr(value, name), files) for name in names}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner, files) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(inner, files) for inner in value]
    return value


def _built(hint: Any, value: Any, files: list[bytes]) -> Any:
    """A value of the type that the field declares, never one that the content names."""
    kind = get_origin(hint) or hint
    if kind in {types.UnionType, Union}:
        inner = next(option for option in get_args(hint) if option is not type(None))
        return None if value is None else _built(inner, value, files)
    if kind is tuple:
        return tuple(_built(get_args(hint)[0], item, files) for item in value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _built(hints[name], inner, files) for name, inner in value.items()})
    if kind is bytes:
        return files[value]
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value) if isinstance(kind, type) and issubclass(kind, StrEnum) else value
