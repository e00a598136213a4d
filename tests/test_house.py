"""The house holds: a channel can be taken out, and every task that is called by name exists."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conversations.wake import BULK, DELIVER, LOOK, PROCESS_RECEIPT

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def without_email(tmp_path: Path) -> Path:
    """The project without its e-mail channel: the folder and its three lines are gone."""
    # by name and not by git, which a machine that only runs the hub may not have
    left_out = shutil.ignore_patterns(".*", "__pycache__", "data", "var", "docs", "channels_email")
    shutil.copytree(ROOT, tmp_path, ignore=left_out, dirs_exist_ok=True)
    _forget(tmp_path / "omnihub/settings.py", r'.*"channels_email["\.].*\n')
    _forget(tmp_path / "pyproject.toml", r'"channels_email",? ?|channels_email \| ')
    return tmp_path


def _forget(file: Path, pattern: str) -> None:
    before = file.read_text()
    after = re.sub(pattern, "", before)
    assert after != before
    file.write_text(after)


OURS = ("DATABASE_URL", "REDIS_URL", "PYTEST_", "OMNIHUB_")
"""What this run of pytest has told its children; a run within starts servers of its own."""


def _run(folder: Path, *arguments: str, without: tuple[str, ...] = ()) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(without)}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**env, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_a_channel_the_rest_imports(without_email: Path) -> None:
    _run(without_email, "manage.py", "check")
    rooms = "conversations.tasks, conversations.clock, omnihub.urls"
    _run(without_email, "-c", f"import django; django.setup(); import {rooms}")


@pytest.mark.slow
def test_without_a_channel_the_rest_passes(without_email: Path) -> None:
    fresh = ["-p", "no:cacheprovider", "-q", "-m", "not slow", "tests/conversations"]
    _run(without_email, "-m", "pytest", *fresh, without=OURS)


@pytest.mark.parametrize("name", [PROCESS_RECEIPT, DELIVER, BULK, LOOK])
def test_a_task_that_is_woken_by_name_is_registered(name: str) -> None:
    from omnihub.celery import app

    app.loader.import_default_modules()
    assert name in app.tasks
