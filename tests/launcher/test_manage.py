"""./hub manage beside a hub and without one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnihub.launcher.services import inhabitants
from tests.launcher.hub import Hub, outside, passable, until

MANAGE = [sys.executable, "-P", "-m", "omnihub.launcher", "manage"]
COUNT = "from conversations.models import Agent; print(Agent.objects.count())"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with passable() as folder:
        yield folder


def _begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*MANAGE, *arguments],
        env={**outside(), "OMNIHUB_DATA": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_without_a_hub_it_brings_its_own_servers_and_takes_them_away(folder: Path) -> None:
    output, errors = _begin(folder, "shell", "--no-imports", "-c", COUNT).communicate(timeout=60)
    assert output == "0\n", errors
    assert inhabitants(folder / "pg") == []


@pytest.mark.slow
def test_two_at_once_take_turns(folder: Path) -> None:
    both = [_begin(folder, "shell", "--no-imports", "-c", COUNT) for _ in range(2)]
    assert [one.communicate(timeout=60)[0] for one in both] == ["0\n", "0\n"]


def test_the_command_s_exit_code_is_its_own(folder: Path) -> None:
    running = _begin(folder, "shell", "--no-imports", "-c", "raise SystemExit(7)")
    running.communicate(timeout=60)
    assert running.returncode == 7


def test_killed_in_the_middle_it_leaves_nothing_that_hinders(folder: Path) -> None:
    running = _begin(folder, "shell", "--no-imports", "-c", "import time; time.sleep(60)")
    until((folder / "pg/postmaster.pid").exists)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate(timeout=60)
    output, errors = _begin(folder, "shell", "--no-imports", "-c", COUNT).communicate(timeout=60)
    assert output == "0\n", errors


def test_servers_that_cannot_be_had_are_a_temporary_failure(folder: Path) -> None:
    running = subprocess.Popen(
        [*MANAGE, "check"],
        env={**outside(), "OMNIHUB_DATA": str(folder), "DATABASE_URL": "postgres://h@/x?host=/no"},
        stderr=subprocess.PIPE,
        text=True,
    )
    _, errors = running.communicate(timeout=60)
    assert running.returncode == os.EX_TEMPFAIL
    assert "DATABASE_URL does not answer" in errors


def test_beside_a_hub_it_uses_the_hub_s_servers(folder: Path) -> None:
    hub = Hub(data=folder).start()
    try:
        servers = inhabitants(folder / "pg")[:1]
        arguments = ("shell", "--no-imports", "-c", COUNT)
        output, errors = _begin(folder, *arguments).communicate(timeout=60)
        assert output == "0\n", errors
        assert servers[0] in inhabitants(folder / "pg")
        assert hub.is_well() or hub.health()
    finally:
        hub.end()
