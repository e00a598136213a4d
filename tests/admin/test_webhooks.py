"""Webhooks at the admin's pages: set up, tested, seen to fail, sent again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from api.models import WebhookEndpoint, WebhookEvent
from api.webhooks import sending
from conversations.models import Agent, Channel, ClockTimestamp
from conversations.services import relay
from tests.api.receiver import Receiver
from tests.people import receive

pytestmark = pytest.mark.django_db

ROOM = "/admin/api/webhookendpoint/"
LOG = "/admin/api/webhookevent/"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.OMNIHUB_ALLOW_HOSTS = ["127.0.0.1"]
    with Receiver() as server:
        yield server


@pytest.fixture
def desk(client: Client, lena: Agent) -> Client:
    client.force_login(lena)
    return client


def page(answered: Any) -> str:
    return str(answered.content.decode())


def save(desk: Client, lena: Agent, url: str, **more: str) -> str:
    said = {"name": "Shop", "url": url, "agent": lena.pk, "is_active": "on", **more}
    return page(desk.post(f"{ROOM}add/", said, follow=True))


def test_set_up_tested_and_rotated(desk: Client, lena: Agent, receiver: Receiver) -> None:
    shown = save(desk, lena, receiver.url, types="message.created")
    hook = WebhookEndpoint.objects.get()
    assert hook.types == ["message.created"]
    assert hook.secret in shown
    assert hook.secret not in page(desk.get(f"{ROOM}{hook.pk}/change/"))
    assert "Send a test to Shop?" in page(desk.get(f"{ROOM}{hook.pk}/test/"))
    tested = page(desk.post(f"{ROOM}{hook.pk}/test/", {"yes": "1"}, follow=True))
    assert "Answered 204" in tested
    assert receiver.types(hook.secret) == ["webhook.test"]
    rotated = page(desk.post(f"{ROOM}{hook.pk}/rotate/", {"yes": "1"}, follow=True))
    hook.refresh_from_db()
    assert hook.secret in rotated


@pytest.mark.parametrize("url", ["http://shop.example/", "https://a:b@shop.example/"])
def test_a_bad_address_is_explained(desk: Client, lena: Agent, url: str) -> None:
    assert "errorlist" in save(desk, lena, url) or "error" in save(desk, lena, url)
    assert not WebhookEndpoint.objects.exists()


def test_a_failure_is_seen_and_mended(
    desk: Client, lena: Agent, receiver: Receiver, support: Channel
) -> None:
    save(desk, lena, receiver.url)
    hook = WebhookEndpoint.objects.get()
    receiver.status, receiver.answer = 500, b"out of order"
    receive(support, "dana@hey.example")
    relay.relay()
    sending.run(hook.pk)
    assert "Failing" in page(desk.get(ROOM))
    assert "Answered 500" in page(desk.get(f"{ROOM}{hook.pk}/change/"))
    WebhookEvent.objects.update(state="failed")
    log = page(desk.get(f"{ROOM}{hook.pk}/log/", follow=True))
    assert "message.created" in log
    event = WebhookEvent.objects.earliest("id")
    assert "out of order" in page(desk.get(f"{LOG}{event.pk}/change/"))
    desk.post(f"{ROOM}{hook.pk}/test/", {"yes": "1"})
    receiver.status = 204
    assert "Send 2 failed events again?" in page(desk.get(f"{ROOM}{hook.pk}/replay/"))
    desk.post(f"{ROOM}{hook.pk}/replay/", {"yes": "1"})
    nothing = page(desk.get(f"{ROOM}{hook.pk}/replay/", follow=True))
    assert "there is nothing to send" in nothing
    WebhookEndpoint.objects.update(rests_until=ClockTimestamp())
    sending.run(hook.pk)
    assert "Working" in page(desk.get(ROOM))
    desk.post(f"{LOG}{event.pk}/again/", {"yes": "1"})
    assert WebhookEvent.objects.get(pk=event.pk).state == "waiting"


def test_a_receiver_that_is_gone_is_explained(
    desk: Client, lena: Agent, receiver: Receiver, support: Channel
) -> None:
    save(desk, lena, receiver.url)
    hook = WebhookEndpoint.objects.get()
    receiver.status = 410
    receive(support, "dana@hey.example")
    relay.relay()
    sending.run(hook.pk)
    assert "answered 410" in page(desk.get(f"{ROOM}{hook.pk}/change/"))
    event = WebhookEvent.objects.earliest("id")
    refused = page(desk.post(f"{LOG}{event.pk}/again/", {"yes": "1"}, follow=True))
    assert "Switch it on first" in refused


def test_nobody_else_comes_in(client: Client, priya: Agent) -> None:
    client.force_login(priya)
    assert client.get(ROOM).status_code in {302, 403}
    assert client.get(LOG).status_code in {302, 403}
