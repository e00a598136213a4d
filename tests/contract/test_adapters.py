"""What every installed channel must keep to, whatever its kind."""

import dataclasses
import json
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.urls import resolve

from conversations.adapters import registry
from conversations.adapters.base import ChannelAdapter, Face, Malformed, Measure
from conversations.adapters.messages import (
    DeliveryReport,
    Event,
    IdentityKind,
    InboundMessage,
    RawEvent,
)

NONSENSE = [
    b"",
    b"\x00" * 100,
    b"\xff\xfe\xfd",
    b"{}",
    b"[1, 2",
    b"From: \xff\r\n\r\n\x00",
    b"=?utf-8?q?" * 200,
    ("ñ" * 5000).encode("latin-1"),
]


def adapters() -> Iterable[ChannelAdapter]:
    return registry.adapters()


@pytest.fixture(params=[adapter.kind for adapter in adapters()])
def adapter(request: pytest.FixtureRequest) -> ChannelAdapter:
    return registry.adapter_for(request.param)


def event(body: bytes) -> RawEvent:
    return RawEvent(body=body, received_at=datetime(2026, 1, 1, tzinfo=UTC))


def events_in(adapter: ChannelAdapter, body: bytes) -> list[Event]:
    """What the bytes say; nothing when they are malformed, which must have a code."""
    try:
        return list(adapter.normalize(event(body)))
    except Malformed as error:
        if not error.code:
            raise
        return []


def test_it_has_a_name_a_kind_and_a_face(adapter: ChannelAdapter) -> None:
    face = adapter.describe()
    assert isinstance(face, Face)
    assert face.kind == adapter.kind
    assert str(face.label)
    assert face.icon
    assert adapter.identity_kind in set(IdentityKind)


def test_its_app_is_installed_and_its_hooks_are_mounted(adapter: ChannelAdapter) -> None:
    assert apps.get_containing_app_config(type(adapter).__module__) is not None
    if adapter.urlconf:
        assert callable(resolve(f"/hooks/{adapter.kind}/{'k' * 32}/raw").func)


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_normalize_is_pure_and_fails_only_as_malformed(
    adapter: ChannelAdapter, body: bytes
) -> None:
    """Without database access (this test has none) and without network (sockets are blocked)."""
    for item in events_in(adapter, body):
        assert isinstance(item, InboundMessage | DeliveryReport)
        assert dataclasses.asdict(item) == dataclasses.asdict(item)
        assert "\x00" not in repr(item)


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_what_is_examined_can_be_kept(adapter: ChannelAdapter, body: bytes) -> None:
    found = dict(adapter.examine(event(body)))
    assert json.loads(json.dumps(found)) == found


def test_the_same_bytes_mean_the_same(adapter: ChannelAdapter) -> None:
    body = b"From: dana@hey.example\r\nSubject: Hi\r\nMessage-ID: <1@x.example>\r\n\r\nHello\r\n"
    assert events_in(adapter, body) == events_in(adapter, body)


def test_what_was_typed_becomes_an_address_or_nothing(adapter: ChannelAdapter) -> None:
    for typed in ("", " ", "a\r\nBcc: x@y.example", "\x00", "@", "x" * 5000):
        assert adapter.parse_address(typed) is None
    assert isinstance(adapter.measure("Hello"), Measure)


def test_a_key_is_the_same_over_all_attempts(adapter: ChannelAdapter) -> None:
    keys = {adapter.message_key(token="a" * 40, client_id="b" * 32) for _ in range(3)}
    assert len(keys) == 1
