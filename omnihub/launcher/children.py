"""The hub's own processes: which they are, and keeping them alive."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from omnihub.launcher import process
from omnihub.launcher.console import say

ROOT = Path(__file__).resolve().parent.parent.parent
HEALTHY_SECONDS = 60.0  # a process that lived so long starts again at once
LONGEST_PAUSE = 30.0  # seconds between two attempts


@dataclass(slots=True, kw_only=True)
class Child:
    """One supervised process and how it has been doing."""

    name: str
    arguments: list[str]
    env: Mapping[str, str]
    log: Path
    sockets: tuple[int, ...] = ()
    running: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)

    def start(self) -> None:
        self.started = time.monotonic()
        self.running = process.start(
            [sys.executable, "-P", *self.arguments],
            log=self.log,
            env=self.env,
            cwd=ROOT,
            pass_fds=self.sockets,
        )

    def look_after(self) -> None:
        """Start it when it is due; notice when it ended."""
        if self.running is None:
            if time.monotonic() >= self.due:
                self.start()
        elif self.running.poll() is not None:
            self._ended(self.running.returncode)

    def _ended(self, code: int) -> None:
        if self.running is not None:  # what it forked must not work beside its successor
            process.tell(self.running.pid, signal.SIGKILL, group=True)
        lived = time.monotonic() - self.started
        self.failures = 0 if lived > HEALTHY_SECONDS else self.failures + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - 1)) if self.failures > 1 else 0.0
        self.running, self.due = None, time.monotonic() + pause
        again = f"starting it again in {pause:.0f} s" if pause else "starting it again"
        say(f"{self.name} ended ({_reason(code)}); {again}. Its log: {self.log}")


def stop(everybody: list[Child], *, seconds: float) -> None:
    """SIGTERM to all at once; who is still there after `seconds` is killed with all it forked."""
    running = [child.running for child in everybody if child.running]
    for one in running:
        process.tell(one.pid, signal.SIGTERM)
    process.wait_gone(lambda: all(one.poll() is not None for one in running), seconds)
    for one in running:
        process.tell(one.pid, signal.SIGKILL, group=True)
        one.wait()


def family(env: Mapping[str, str], logs: Path, listener: int) -> list[Child]:
    """web, worker and clock. `listener` is the descriptor of the socket that web serves."""
    celery = "-m celery -A omnihub worker -c 2 -Q inbound,outbound --without-gossip"
    plans = [
        ("web", f"-m omnihub.launcher.web {listener}", {"OMNIHUB_DB_POOL": "20"}),
        ("worker", f"{celery} --without-mingle --without-heartbeat", {"OMNIHUB_DB_POOL": "4"}),
        ("clock", "manage.py run_clock", {"OMNIHUB_DB_POOL": "20"}),
    ]
    return [
        Child(
            name=name,
            arguments=words.split(),
            env={**os.environ, **env, **extra},
            log=logs / f"{name}.log",
            sockets=(listener,) if name == "web" else (),
        )
        for name, words, extra in plans
    ]


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
