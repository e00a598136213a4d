"""The demo's shop: a page on another origin that carries the widget as any site does."""

from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import Settings

from channels_chat.models import ChatSettings
from conversations.models import Team
from demo import shop
from tests.cast import team
from tests.people import make_channel

__all__ = ["team"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(settings: Settings, team: Team) -> None:
    settings.OMNIHUB_URL = "http://127.0.0.1:8123"
    shop.open_chat(make_channel(team))


def test_the_shop_stands_on_the_other_name_of_this_machine(client: Client) -> None:
    path = "/demo/shop/help/turns-off/?lang=es"
    moved = client.get(path, headers={"Host": "127.0.0.1:8123"})
    assert moved.status_code == HTTPStatus.FOUND
    assert moved.headers["Location"] == f"http://localhost:8123{path}"
    page = client.get(path, headers={"Host": "localhost:8123"})
    chat = ChatSettings.objects.get()
    snippet = f'<script src="http://127.0.0.1:8123/w/loader.js" data-channel="{chat.key}"'
    assert snippet in page.content.decode()
    assert "Mi masajeador se apaga solo" in page.content.decode()
    assert "frame-src http://127.0.0.1:8123" in page.headers["Content-Security-Policy"]
    assert not page.cookies


def test_a_hub_on_another_port_lets_its_shop_in(client: Client, settings: Settings) -> None:
    settings.OMNIHUB_URL = "http://localhost:9000"
    client.get("/demo/shop/", headers={"Host": "127.0.0.1:9000"})
    assert ChatSettings.objects.get().sites == ["http://localhost:8123", "http://127.0.0.1:9000"]


def test_a_hub_with_a_name_has_the_shop_on_it(client: Client, settings: Settings) -> None:
    settings.OMNIHUB_URL = "https://hub.example"
    settings.ALLOWED_HOSTS = ["hub.example"]
    page = client.get("/demo/shop/", secure=True, headers={"Host": "hub.example"})
    assert page.status_code == HTTPStatus.OK
    assert b"https://hub.example/w/loader.js" in page.content
