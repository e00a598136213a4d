"""Settings and addresses of the project."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from conversations.services import doors
from omnihub.config import broker_url
from omnihub.launcher.checks import NOWHERE
from omnihub.launcher.environment import ROOT


def _ask(expression: str, **env: str) -> str:
    """What a fresh process with this environment answers."""
    code = f"from django.conf import settings; print({expression})"
    given = {**NOWHERE, "DJANGO_SETTINGS_MODULE": "omnihub.settings", **env}
    argv = [sys.executable, "-c", code]
    return subprocess.check_output(argv, cwd=ROOT, env=given, text=True).strip()


def test_broker_url_speaks_kombu() -> None:
    assert broker_url("unix:///a/v.sock?db=3") == "redis+socket:///a/v.sock?virtual_host=3"
    assert broker_url("redis://h:1/2") == "redis://h:1/2"


def test_cookies_and_transport_follow_the_scheme_of_the_url() -> None:
    names = "settings.SESSION_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT"
    assert _ask(names, OMNIHUB_URL="https://hub.example") == "True True"
    assert _ask(names, OMNIHUB_URL="http://hub.example") == "False False"


def test_a_secret_is_read_from_its_file(tmp_path: object) -> None:
    from pathlib import Path

    kept = Path(str(tmp_path)) / "key"
    kept.write_text("from a file\n")
    asked = _ask("settings.SECRET_KEY", OMNIHUB_SECRET_KEY="", OMNIHUB_SECRET_KEY_FILE=str(kept))
    assert asked == "from a file"


def test_fail_points_are_off_unless_asked_for() -> None:
    assert not settings.FAILPOINTS


@pytest.mark.django_db
def test_healthz_answers_without_a_login(client: Client) -> None:
    doors.note([])
    response = client.get("/healthz")
    assert response.status_code == 200
    said = {"database": "ok", "broker": "ok", "clock": "late", "files": "ok"}
    assert response.json() == said
    doors.note(["network"])
    assert client.get("/healthz").json() == {**said, "files": "not shut in"}
    doors.note([])


@pytest.mark.django_db
def test_nobody_signs_up_by_themselves(client: Client) -> None:
    response = client.post("/accounts/signup/", {"email": "eve@shop.example"})
    assert b"closed" in response.content.lower()


@pytest.mark.django_db
def test_no_page_allows_inline_scripts(client: Client) -> None:
    for path in ("/accounts/login/", "/admin/login/"):
        policy = client.get(path)["Content-Security-Policy"]
        scripts = next(p for p in policy.split("; ") if p.startswith("script-src"))
        assert "unsafe-inline" not in scripts
