"""What a visitor's browser has to fetch, compressed."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from channels_chat.frame import SCRIPTS
from channels_chat.models import ChatSettings
from omnihub.static import without_comments

STATIC = Path(settings.BASE_DIR) / "channels_chat/static/channels_chat"
KILO = 1024


def packed(*written: str) -> int:
    return sum(len(gzip.compress(one.encode(), 6)) for one in written)


def test_the_frame_is_small() -> None:
    scripts = sorted(STATIC.glob("js/*.js"))
    assert packed(*(without_comments(path.read_text()) for path in scripts)) <= 22 * KILO
    assert packed(*(path.read_text() for path in STATIC.glob("css/*.css"))) <= 8 * KILO
    assert all(len(path.read_text().splitlines()) <= 200 for path in scripts)
    # fetched side by side, and none is left out
    named = {Path(name).name for name in SCRIPTS} | {"frame.js"}
    assert {path.name for path in scripts} == named


@pytest.mark.django_db
def test_the_loader_and_the_page_are_small(client: Client, chat: ChatSettings) -> None:
    loader = client.get("/w/loader.js", headers={"Accept-Encoding": "gzip"})
    assert loader.headers["Content-Encoding"] == "gzip"
    assert len(loader.content) <= 2 * KILO
    page = client.get(f"/w/{chat.key}/?site=https://shop.example").content.decode()
    assert packed(page) <= 8 * KILO
    assert not re.search(r"<[^>]+\sstyle=|<style|<[^>]+\son[a-z]+=", page)
    inline = [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag]
    assert inline == ['<script id="start" type="application/json">']


@pytest.mark.django_db
def test_the_frame_is_for_allowed_sites_alone(client: Client, chat: ChatSettings) -> None:
    page = client.get(f"/w/{chat.key}/?site=https://shop.example&lang=es-MX")
    assert "frame-ancestors 'self' https://shop.example" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert not page.cookies
    assert b"Empezar un chat" in page.content
    for site in ("https://shop.example.evil.example", "https://shop.example:8443", "null", ""):
        refused = client.get(f"/w/{chat.key}/", {"site": site})
        assert refused.status_code == 403
        assert "frame-ancestors 'none'" in refused.headers["Content-Security-Policy"]
    assert client.get("/w/nobodys/?site=https://shop.example").status_code == 404
