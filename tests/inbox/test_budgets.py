"""What the browser has to fetch, compressed: the budgets of the desk."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.test import Client

from conversations.models import Agent, Channel
from omnihub.static import without_comments
from tests.inbox.test_thread import long_thread

STATIC = Path(settings.BASE_DIR) / "inbox/static"
KILO = 1024


def packed(paths: list[Path]) -> int:
    """Bytes on the wire."""
    return sum(len(gzip.compress(served(path), 6)) for path in paths)


def served(path: Path) -> bytes:
    is_ours = path.parent.name == "js"
    return without_comments(path.read_text()).encode() if is_ours else path.read_bytes()


def test_scripts_fit() -> None:
    own = sorted(STATIC.glob("inbox/js/*.js"))
    # of the desk's 45 htmx has 17; morph.js stands for Idiomorph, so its 4 are ours as well
    assert packed(own) <= 28 * KILO
    assert packed([*own, *STATIC.glob("vendor/*.js")]) <= 45 * KILO
    assert all(len(path.read_text().splitlines()) <= 200 for path in own)


def test_styles_fit() -> None:
    sheets = sorted(STATIC.glob("inbox/css/*.css"))
    desk = Path(str(find("inbox/css/desk.css")))
    assert packed([desk]) <= 14 * KILO
    # pages of one column and search bring sheets of their own, which the desk does not load
    apart = {"pages", "search"}
    assert [path.stem for path in sheets if path.read_text() not in desk.read_text()] == sorted(
        apart
    )
    assert all(len(path.read_text().splitlines()) <= 250 for path in sheets)


@pytest.mark.django_db
def test_a_first_view_fits(desk: Client, support: Channel, priya: Agent) -> None:
    case = long_thread(support, priya, 10)
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content
    assert len(gzip.compress(page, 6)) <= 25 * KILO


@pytest.mark.django_db
def test_no_page_carries_inline_style_or_script(
    desk: Client, support: Channel, priya: Agent
) -> None:
    case = long_thread(support, priya, 2)
    for path in (f"/inbox/q/all/c/{case.pk}/", "/inbox/new/", "/inbox/me/"):
        page = desk.get(path).content.decode()
        assert not re.search(r"<[^>]+\sstyle=|<style|<[^>]+\son[a-z]+=", page), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page)), path


def test_vendored_files_stand_beside_their_licences() -> None:
    for path in STATIC.glob("vendor/*"):
        if path.suffix == ".txt":
            continue
        name = re.match(r"[a-z]+-\d+\.\d+\.\d+", path.name)
        assert name is not None, path
        assert (path.parent / f"{name[0]}.LICENSE.txt").exists(), path
