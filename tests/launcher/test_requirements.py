"""The locks say what pyproject.toml asks for."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from omnihub.launcher.environment import ROOT

COMPILE = "pip compile -q --universal --python-version 3.11 --generate-hashes --no-header"
LOCKS = {
    "requirements.txt": [],
    "requirements-dev.txt": ["-c", "requirements.txt", "--group", "dev"],
}


def test_every_pin_is_in_its_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "requirements.txt": project["project"]["dependencies"],
        "requirements-dev.txt": project["dependency-groups"]["dev"],
    }
    for lock, pins in wanted.items():
        text = (ROOT / lock).read_text()
        for pin in pins:
            name, version = pin.split("==")
            assert f"{name.split('[')[0]}=={version} " in text, f"{pin} is not in {lock}"


def test_what_runs_is_part_of_what_tests_run_on() -> None:
    run, dev = ((ROOT / lock).read_text() for lock in LOCKS)
    pins = {line.split()[0] for line in run.splitlines() if "==" in line and line[0].isalnum()}
    assert all(pin in dev for pin in pins)


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.parametrize("lock", LOCKS)
def test_compiling_again_changes_nothing(lock: str, tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", *LOCKS):
        shutil.copy(ROOT / name, tmp_path)
    argv = [sys.executable, "-m", "uv", *COMPILE.split(), *LOCKS[lock]]
    done = subprocess.run(
        [*argv, "pyproject.toml", "-o", lock],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("no package registry can be reached")
    assert (tmp_path / lock).read_text() == (ROOT / lock).read_text()
