"""The web process as it runs in earnest, beside the test's database: it can be killed."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from omnihub.launcher.up import healthy
from tests.launcher.hub import beside, until


class Web:
    """It comes back when it was killed, as under the launcher. Its socket stays open meanwhile:
    whoever calls then waits. `data` is OMNIHUB_DATA, `orders` a file of fail points."""

    def __init__(self, data: Path, orders: Path | None = None) -> None:
        self._data, self._orders = data, orders

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listener.set_inheritable(True)
        self.port = self._listener.getsockname()[1]
        self.deaths, self._ends = 0, threading.Event()
        self._start()
        self._watch = threading.Thread(target=self._look_after, daemon=True)
        self._watch.start()
        until(lambda: healthy(self.port), seconds=60)
        return self

    def __exit__(self, *failure: object) -> None:
        self._ends.set()
        self._watch.join()
        self._running.send_signal(signal.SIGKILL)
        self._running.wait()
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _look_after(self) -> None:
        while not self._ends.wait(0.05):
            if self._running.poll() is not None:
                self.deaths += 1
                self._start()

    def _start(self) -> None:
        handle = self._listener.fileno()
        self._running = subprocess.Popen(
            [sys.executable, "-m", "omnihub.launcher.web", str(handle)],
            pass_fds=[handle],
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _environment(self) -> dict[str, str]:
        mine = {"OMNIHUB_DATA": str(self._data), "OMNIHUB_FAILPOINTS": str(self._orders or "")}
        return {**beside(self.url), **mine}
