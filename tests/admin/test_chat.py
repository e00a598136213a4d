"""The chat's part of a channel's page: what a site needs, and keys that never come out."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from pytest_django import Settings

from channels_chat.models import ChatSettings, SigningKey, Visitor
from conversations.models import BlockedSender, Channel, Team
from tests.admin.test_doors import pages

LIST = "/admin/conversations/channel/"
KEYS = "/admin/channels_chat/signingkey/"
CANARY = "canary-4471-Zq7!xW-canary-4471-Zq7!xW"


@pytest.fixture(autouse=True)
def installed(provider: object, settings: Settings) -> None:
    settings.CHANNEL_ADAPTERS = ["channels_chat.adapter.ChatAdapter"]
    settings.OMNIHUB_URL = "https://hub.example"


def form(team: Team, **more: Any) -> dict[str, Any]:
    return {
        "label": "Shop", "name": "shop", "team": team.pk, "reply_target": "0.5", "language": "en",
        "chat_settings-TOTAL_FORMS": "1", "chat_settings-INITIAL_FORMS": "0",
        "chat_settings-0-sites": "https://Shop.example/", "chat_settings-0-brand": "#ffb347",
        "chat_settings-0-position": "right", "chat_settings-0-continuation_delay": "2",
        "chat_settings-0-greeting_es": "Hola", **more,
    }  # fmt: skip


@pytest.fixture
def chat(admin: Client, team: Team) -> ChatSettings:
    answer = admin.post(LIST + "add/", form(team))
    assert answer.status_code == 302, answer.context["errors"]
    return ChatSettings.objects.get()


def page_of(admin: Client, chat: ChatSettings) -> str:
    return admin.get(f"{LIST}{chat.channel_id}/change/").content.decode()


def test_the_page_has_what_a_site_needs(admin: Client, chat: ChatSettings) -> None:
    page = page_of(admin, chat)
    assert chat.sites == ["https://shop.example"]
    line = (
        f"&lt;script src=&quot;https://hub.example/w/loader.js&quot; data-channel=&quot;{chat.key}"
    )
    assert line in page
    assert f"/w/{chat.key}/?site=https%3A%2F%2Fhub.example&amp;lang=es&amp;theme=dark" in page
    assert "words on it" in page


def test_a_shade_that_cannot_be_read_on_is_changed_and_said(
    admin: Client, chat: ChatSettings
) -> None:
    ChatSettings.objects.update(brand="#777777")
    assert "#777777 cannot be read on" in page_of(admin, chat)


def test_a_site_is_an_origin(admin: Client, team: Team) -> None:
    wrong = admin.post(LIST + "add/", form(team, **{"chat_settings-0-sites": "*.shop.example"}))
    assert wrong.status_code == 200
    assert not Channel.objects.exists()


def test_a_key_goes_in_and_never_comes_out(admin: Client, chat: ChatSettings) -> None:
    told = {"settings": chat.pk, "kid": "k1", "algorithm": "HS256"}
    for weak in ("short", "s" * 40):
        assert admin.post(KEYS + "add/", {**told, "secret": weak}).status_code == 200
    assert CANARY not in admin.post(KEYS + "add/", {"secret": CANARY}).content.decode()
    assert admin.post(KEYS + "add/", {**told, "secret": CANARY}).status_code == 302
    assert SigningKey.objects.get().secret == CANARY
    assert not [p for p in pages() if CANARY in admin.get(p).content.decode(errors="replace")]
    assert "k1" in page_of(admin, chat)


def test_a_public_key_is_read_before_it_is_kept(admin: Client, chat: ChatSettings) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    told = {"settings": chat.pk, "kid": "k2", "algorithm": "EdDSA"}
    assert admin.post(KEYS + "add/", {**told, "secret": CANARY}).status_code == 200
    assert admin.post(KEYS + "add/", {**told, "secret": pem}).status_code == 302


def test_one_key_follows_another(admin: Client, chat: ChatSettings) -> None:
    old, new = (
        SigningKey.objects.create(settings=chat, kid=kid, secret=CANARY) for kid in ("old", "new")
    )
    admin.post(f"{KEYS}{old.pk}/retire/", {"yes": "1", "typed": "new"})
    assert SigningKey.objects.filter(retired_at=None).count() == 2
    admin.post(f"{KEYS}{old.pk}/retire/", {"yes": "1", "typed": "old"})
    assert list(SigningKey.objects.filter(retired_at=None)) == [new]


def test_blocked_visitors_are_told(admin: Client, chat: ChatSettings) -> None:
    eve = Visitor.objects.create(channel=chat.channel, name="<b>Eve</b>")
    BlockedSender.objects.create(value=eve.value)
    assert "&lt;b&gt;Eve&lt;/b&gt;" in page_of(admin, chat)
