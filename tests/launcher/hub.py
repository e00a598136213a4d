"""Real hubs as processes, for tests of the launcher."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from omnihub.launcher import process
from omnihub.launcher.environment import inside
from omnihub.launcher.services import inhabitants
from omnihub.launcher.stack import MARKER

UP = [sys.executable, "-P", "-m", "omnihub.launcher", "up"]


@dataclass(slots=True)
class Hub:
    """`./hub up --port 0 --data DATA --no-demo`, without the step that makes the environment."""

    data: Path
    arguments: tuple[str, ...] = ("--port", "0", "--no-demo")
    url: str = ""
    running: subprocess.Popen[str] = field(init=False)

    def start(self) -> "Hub":
        self.launch()
        assert self.running.stdout
        line = self.running.stdout.readline()
        assert "ready at http" in line, self.error()
        self.url = line.split("ready at ")[1].split("/ ")[0]
        return self

    def launch(self) -> None:
        """Without waiting for the ready line."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "stderr.txt").open("a") as errors:
            self.running = subprocess.Popen(
                [*UP, *self.arguments, "--data", str(self.data)],
                cwd=self.data,
                env=outside(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def error(self) -> str:
        return (self.data / "stderr.txt").read_text()

    def end(self, signum: signal.Signals = signal.SIGTERM) -> float:
        """Seconds until the launcher was gone."""
        began = time.monotonic()
        self.running.send_signal(signum)
        self.running.wait(20)
        assert self.running.stdout
        self.running.stdout.close()
        return time.monotonic() - began

    def health(self) -> dict[str, str]:
        """What /healthz says; empty while nobody answers in a second."""
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        client = http.client.HTTPConnection(host, int(port), timeout=1)
        try:
            client.request("GET", "/healthz")
            return dict(json.loads(client.getresponse().read()))
        except (OSError, ValueError):
            return {}
        finally:
            client.close()

    def is_well(self) -> bool:
        """Whatever this system cannot shut."""
        told = {**self.health(), "files": ""}
        return told == {"database": "ok", "broker": "ok", "clock": "ok", "files": ""}

    def pid_of(self, word: str) -> int | None:
        """The launcher's child whose command line has `word`; None while there is none."""
        for pid in process.children(self.running.pid):
            with suppress(OSError):  # it may end between the listing and the look
                line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                if word in line and process.alive(pid):
                    return pid
        return None

    def family(self) -> list[int]:
        """Everything that belongs to this hub, except the launcher itself."""
        return [*process.marked(f"{MARKER}={self.data}"), *inhabitants(self.data / "pg")]


@contextmanager
def passable() -> Iterator[Path]:
    """A data folder that PostgreSQL can enter as another user too, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="hub-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder).resolve()


def outside() -> dict[str, str]:
    """The environment of a shell that knows nothing of these tests."""
    drop = ("OMNIHUB_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "PYTEST_")
    return inside({k: v for k, v in os.environ.items() if not k.startswith(drop)})


def until(happens: Callable[[], bool], *, seconds: float = 30.0) -> None:
    assert process.wait_gone(happens, seconds), f"not within {seconds:.0f} s"


def beside(url: str) -> dict[str, str]:
    """The environment of a hub's process that works on the test's own database."""
    at = urlsplit(os.environ["DATABASE_URL"])
    mine = at._replace(path=f"/{connection.settings_dict['NAME']}")
    named = {"DATABASE_URL": urlunsplit(mine), "OMNIHUB_URL": url, "OMNIHUB_STATIC_LIVE": "true"}
    return {**inside(os.environ), **named}
