"""Keys: one table for the page, the sheet and the agent's own choice."""

import html
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from conversations.models import Agent, Channel
from inbox import keymap
from tests.people import receive

pytestmark = pytest.mark.django_db
USUAL = {action: key.key for action, key in keymap.CHANGEABLE.items()}


def own_keys(desk: Client) -> dict[str, str]:
    page = desk.get("/inbox/me/").content.decode()
    found = re.search(r'data-keys="([^"]*)"', page)
    assert found
    keys: dict[str, str] = json.loads(html.unescape(found[1]))
    return keys


def said(**changes: str) -> dict[str, str]:
    new = {action.replace("-", "_"): key for action, key in USUAL.items()} | changes
    return {f"key-{action.replace('_', '-')}": key for action, key in new.items()}


def test_an_agent_changes_keys_and_gets_the_usual_ones_back(desk: Client, priya: Agent) -> None:
    assert own_keys(desk) == USUAL
    assert desk.post("/inbox/me/keys", said(resolve="y", spam="")).status_code == 302
    priya.refresh_from_db()
    assert priya.keys == {"resolve": "y", "spam": ""}
    # a key with Ctrl is no sign, and an action without a key has none either
    assert own_keys(desk) == {a: k for a, k in USUAL.items() if a != "spam"} | {"resolve": "y"}
    sheet = desk.get("/inbox/me/").content.decode().split('id="keys"')[1]
    assert "<kbd>Y</kbd>" in sheet
    assert "Mark as spam" not in sheet
    desk.post("/inbox/me/keys", {"reset": "1"})
    assert own_keys(desk) == USUAL


def test_after_g_there_is_no_shift(desk: Client, priya: Agent) -> None:
    desk.post("/inbox/me/keys", said(mine="g W"))
    assert own_keys(desk)["mine"] == "g w"
    page = desk.post("/inbox/me/keys", said(mine="g w", all="g W"))
    assert "This key already does: My queue." in page.content.decode()


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("r", "This key already does: Reply."),
        ("g", "One sign, or g"),
        ("g  q", "at most 3"),
        ("ab", "One sign, or g"),
    ],
)
def test_a_key_that_cannot_be_is_told_and_kept(
    desk: Client, priya: Agent, key: str, told: str
) -> None:
    page = desk.post("/inbox/me/keys", said(resolve=key))
    assert page.status_code == 422
    assert told in page.content.decode()
    assert f'value="{key}"' in page.content.decode()
    # the field is far down the page: there one goes on
    faulty = re.findall(r"<input[^>]*aria-invalid[^>]*>", page.content.decode())
    assert "autofocus" in faulty[0]
    priya.refresh_from_db()
    assert priya.keys == {}


def test_every_action_has_a_function_and_no_two_share_a_key() -> None:
    script = (Path(settings.BASE_DIR) / "inbox/static/inbox/js/keys.js").read_text()
    table = re.search(r"const ACTIONS = \{(.*?)\n\}", script, re.DOTALL)
    assert table
    missing = [a for a in USUAL if not re.search(rf'(^|[\s,"]){a}"?\s*[:,]', table[1])]
    assert missing == []
    assert len(set(USUAL.values())) == len(USUAL)


def test_hints_show_the_agent_s_own_keys(desk: Client, priya: Agent, support: Channel) -> None:
    case = receive(support, "dana@post.example", "It stops").case
    url = f"/inbox/q/all/c/{case.pk}/"
    page = desk.get(url).content.decode()
    assert 'title="Resolve (E)"' in page
    assert "<kbd>!</kbd>" in page
    desk.post("/inbox/me/keys", said(resolve="y", spam="", snooze=""))
    page = desk.get(url).content.decode().split('id="keys"')[0]
    assert 'title="Resolve (Y)"' in page
    assert 'title="Snooze"' in page
    assert "<kbd>!</kbd>" not in page
    desk.cookies["shortcuts"] = "off"
    assert 'title="Resolve"' in desk.get(url).content.decode()
