"""What the upload page has a phone fetch."""

import gzip
import re
from pathlib import Path

from django.conf import settings
from django.test import Client

from channels_video.screens import MODULES
from omnihub.static import without_comments
from tests.channels_video.conftest import Desk

STATIC = Path(settings.BASE_DIR) / "channels_video/static/channels_video"
KILO = 1024


def packed(*written: str) -> int:
    return sum(len(gzip.compress(one.encode(), 6)) for one in written)


def test_it_is_small_and_has_nothing_inline(client: Client, desk: Desk) -> None:
    scripts = sorted(STATIC.glob("js/*.js"))
    assert packed(*(without_comments(path.read_text()) for path in scripts)) <= 12 * KILO
    assert packed(*(path.read_text() for path in STATIC.glob("css/*.css"))) <= 6 * KILO
    assert all(len(path.read_text().splitlines()) <= 150 for path in scripts)
    # fetched side by side, and none is left out
    assert {path.name for path in scripts} == {Path(name).name for name in MODULES} | {"page.js"}
    page = client.get(f"/u/{desk.token}/").content.decode()
    assert packed(page) <= 6 * KILO
    assert not re.search(r"<[^>]+\sstyle=|<style|<[^>]+\son[a-z]+=", page)
    inline = [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag]
    assert inline == ['<script id="start-data" type="application/json">']
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
