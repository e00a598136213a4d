"""Makes `.venv` beside the checkout from hashed requirements. Standard library only.

One environment serves both levels: `dev` holds everything `run` holds. A stamp inside says from
which files it was made; the lock lets two hubs start at once.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from omnihub.launcher import apt
from omnihub.launcher.console import say, step

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
STAMP = VENV / "omnihub.json"
FILES = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
NEEDS_DEV = {"test", "shots", "bench"}
INSIDE = [str(PYTHON), "-P"]  # -P: the current folder may not slip modules in
# compiled modules are kept: without them every process would spend seconds compiling all of them
BYTECODE = VENV / "bytecode"
FOREIGN = {
    "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE",
    "VIRTUAL_ENV",
}  # fmt: skip


def enter(arguments: list[str]) -> NoReturn:
    """Make the environment where needed, then become the launcher inside it."""
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    level = "dev" if arguments and arguments[0] in NEEDS_DEV else "run"
    with _lock():
        made = _stamp()
        if made.get(level) != _state(level):
            # what `./hub test` has put there stays when `./hub up` comes by
            _make("dev" if "dev" in made else level)
    argv = [*INSIDE, "-m", "omnihub.launcher", *arguments]
    os.execve(PYTHON, argv, inside(os.environ))  # noqa: S606


def inside(environment: Mapping[str, str]) -> dict[str, str]:
    """For the environment's Python: modules come from the checkout and nowhere else of yours."""
    kept = {name: value for name, value in environment.items() if name not in FOREIGN}
    ours = {"PYTHONPATH": str(ROOT), "PYTHONNOUSERSITE": "1", "PYTHONPYCACHEPREFIX": str(BYTECODE)}
    return {**kept, **ours}


@contextmanager
def _lock() -> Iterator[None]:
    try:
        handle = (ROOT / ".venv.lock").open("a")
    except OSError as error:
        sys.exit(f"The hub makes its environment in {VENV}, which it may not write: {error}")
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _stamp() -> dict[str, str]:
    """What the environment was made from, by level; nothing when its Python is gone or it moved."""
    try:
        made: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return made if PYTHON.exists() and made.get("root") == str(ROOT) else {}


def _state(level: str) -> str:
    return hashlib.sha256((ROOT / FILES[level]).read_bytes()).hexdigest()


def _make(level: str) -> None:
    _need_venv()
    environment = _quiet_environment()
    if "root" not in _stamp():
        with step("Making the environment"):
            _run([sys.executable, "-m", "venv", "--clear", str(VENV)], environment)
    with step("Installing what the hub stands on"):
        STAMP.unlink(missing_ok=True)
        _install(FILES[level], environment)
    levels = ("run", "dev") if level == "dev" else ("run",)
    made = {"root": str(ROOT), **{name: _state(name) for name in levels}}
    STAMP.write_text(json.dumps(made))


def _need_venv() -> None:
    """Debian keeps ensurepip in a package of its own."""
    if importlib.util.find_spec("ensurepip"):
        return
    with step("Installing python3-venv"):
        done = apt.install(["python3-venv"])
    if not done:
        command = " ".join(apt.command(["python3-venv"]))
        sys.exit(f"Python's venv module is missing. As root, run: {command}\nthen start again.")


def _quiet_environment() -> dict[str, str]:
    """No Python of somebody else's, no download of one, caches only where HOME can hold them."""
    drop = {*FOREIGN, "PIP_REQUIRE_VIRTUALENV", "PIP_USER"}
    environment = {name: value for name, value in os.environ.items() if name not in drop}
    environment.update(VIRTUAL_ENV=str(VENV), UV_PYTHON_DOWNLOADS="never", UV_LINK_MODE="copy")
    environment.setdefault("UV_SYSTEM_CERTS", "1")  # as pip does: companies have their own
    home = environment.get("HOME", "")
    if not home or not os.access(home, os.W_OK):
        environment.update(HOME=tempfile.gettempdir(), UV_NO_CACHE="1", PIP_NO_CACHE_DIR="1")
    return environment


def _install(requirements: str, environment: dict[str, str]) -> None:
    """By uv, which takes seconds; where uv does not come or fails, by pip, which takes a minute."""
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--require-hashes", "-r"]
    uv = [str(PYTHON), "-m", "uv", "pip", "sync", "-q", "--require-hashes"]
    if _works([*pip, str(ROOT / "requirements-uv.txt")], environment):
        if _works([*uv, str(ROOT / requirements)], environment):
            return
        say("\nuv could not install them; pip tries.")
    _run([*pip, str(ROOT / requirements)], environment)


def _works(argv: list[str], environment: dict[str, str]) -> bool:
    done = subprocess.run(argv, env=environment, capture_output=True, check=False, cwd=ROOT)
    return done.returncode == 0


def _run(argv: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        argv, env=environment, capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"\n{' '.join(argv)} failed:\n{(done.stderr or done.stdout).strip()}")
