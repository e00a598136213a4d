"""./hub test: every check with one line each, then pytest, whose closing line comes last."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from omnihub.launcher import apt
from omnihub.launcher.console import say, step
from omnihub.launcher.environment import FOREIGN, ROOT, VENV

# Chromium for pages, libatomic1 for the program that drives it, Dovecot for a real mailbox
PACKAGES = ["chromium", "libatomic1", "dovecot-imapd", "dovecot-lmtpd"]
# each has a database of its own, and one of Valkey's sixteen
MOST_WORKERS = 8
# no server is needed for these: nothing listens there, and nothing is asked
NOWHERE = {
    "DATABASE_URL": "postgres://hub@/omnihub?host=/nowhere",
    "REDIS_URL": "unix:///nowhere/valkey.sock?db=0",
    "OMNIHUB_SECRET_KEY": "a key of the checks, long enough and random enough: 3pQ7-vX2m-Kz9d-Rt5w",
    "OMNIHUB_DB_POOL": "0",
    "OMNIHUB_URL": "https://hub.example",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    check: Check
    seconds: float
    passed: bool
    output: str


def run(arguments: list[str]) -> int:
    """0 when all passed. With arguments for pytest only pytest runs; `--all` includes `slow`."""
    _provide()
    everything = "--all" in arguments
    rest = [word for word in arguments if word != "--all"]
    failed = [] if rest else _static()
    code = _pytest(rest, everything=everything)
    return code or len(failed)


def static_checks() -> list[Check]:
    """The longest first, so that the others run beside it."""
    manage = [sys.executable, "-W", "ignore", str(ROOT / "manage.py")]
    deploy = ["check", "--deploy", "--fail-level", "WARNING"]
    return [
        Check(name="mypy --strict", argv=[sys.executable, "-m", "mypy", "."], env=NOWHERE),
        # pytest compiles each file as it reads it; else every worker would, all at the same moment
        Check(
            name="pytest --collect-only",
            argv=[sys.executable, "-m", "pytest", "--collect-only", "-qq"],
            env=NOWHERE,
        ),
        Check(name="ruff check", argv=[str(VENV / "bin/ruff"), "check", "."]),
        Check(name="ruff format", argv=[str(VENV / "bin/ruff"), "format", "--check", "."]),
        Check(name="import-linter", argv=[str(VENV / "bin/lint-imports")], env=NOWHERE),
        Check(
            name="makemigrations --check",
            argv=[*manage, "makemigrations", "--check", "--dry-run"],
            env=NOWHERE,
        ),
        Check(name="check --deploy", argv=[*manage, *deploy], env=NOWHERE),
    ]


def _static() -> list[Outcome]:
    """Run them two at a time; print a line each as it ends, and all a failed one said."""
    failed = []
    for outcome in _outcomes(static_checks()):
        word = "ok" if outcome.passed else "FAILED"
        say(f"{outcome.check.name:<24} {word:<8} {outcome.seconds:5.1f} s")
        if not outcome.passed:
            say(outcome.output.rstrip())
            failed.append(outcome)
    if failed:
        say(f"failed: {', '.join(outcome.check.name for outcome in failed)}")
    return failed


def _outcomes(checks: list[Check]) -> Iterator[Outcome]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield from pool.map(_outcome, checks)


def _outcome(check: Check) -> Outcome:
    began = time.monotonic()
    done = subprocess.run(
        check.argv,
        cwd=ROOT,
        env={**_plain_environment(), **check.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    return Outcome(check=check, seconds=seconds, passed=done.returncode == 0, output=done.stdout)


def _pytest(rest: list[str], *, everything: bool) -> int:
    argv = [sys.executable, "-m", "pytest"]
    if not rest:
        argv += ["-n", str(_workers()), "--dist", "loadfile", "--no-loadscope-reorder"]
    if not everything and "-m" not in rest:
        argv += ["-m", "not slow"]
    done = subprocess.run([*argv, *rest], cwd=ROOT, env=_plain_environment(), check=False)
    return done.returncode


def _workers() -> int:
    """Two for each core: half of a test's time is waiting for servers, browsers and children."""
    return max(2, min(MOST_WORKERS, 2 * (os.cpu_count() or 1)))


def _plain_environment() -> dict[str, str]:
    """No Python settings from outside, and a HOME that can be written: browsers insist on one."""
    drop = {*FOREIGN, "DJANGO_SETTINGS_MODULE"}
    env = {name: value for name, value in os.environ.items() if name not in drop}
    home = env.get("HOME", "")
    if not home or not os.access(home, os.W_OK):
        env["HOME"] = str(VENV / "home")
        Path(env["HOME"]).mkdir(exist_ok=True)
    return env


def _provide() -> None:
    """Install what tests need beyond Python; what stays missing is said in pytest's summary."""
    missing = apt.missing(PACKAGES)
    if not missing:
        return
    with step(f"Installing {', '.join(missing)}"):
        done = apt.install(missing)
    if not done:
        say(f"Not installed. Tests that need them are left out. {' '.join(apt.command(missing))}")
