"""A hub as it runs in earnest: web, worker and clock are processes, beside the test's database."""

from __future__ import annotations

import signal
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from omnihub.launcher import children, process
from omnihub.launcher.up import healthy
from tests.launcher.hub import beside, until


@dataclass
class House:
    """Started by `with`; whoever is killed comes back, as under the launcher."""

    folder: Path
    allow: str = "127.0.0.1,localhost"
    everybody: list[children.Child] = field(init=False)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.set_inheritable(True)
        self.port = self._listener.getsockname()[1]
        logs = self.folder / "log"
        self.everybody = children.family(self._environment(), logs, self._listener.fileno())
        for child in self.everybody:
            child.start()
        self._ends = threading.Event()
        self._watch = threading.Thread(target=self._look_after, daemon=True)
        self._watch.start()
        self.wait()
        return self

    def __exit__(self, *failure: object) -> None:
        self._ends.set()
        self._watch.join()
        children.stop(self.everybody, seconds=4.0)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def shop(self) -> str:
        """Where the demo's shop stands: for a browser another site."""
        return f"http://localhost:{self.port}"

    def kill(self, name: str) -> None:
        """Without a word of warning. It is started again at once."""
        one = next(child for child in self.everybody if child.name == name)
        if one.running:
            process.tell(one.running.pid, signal.SIGKILL, group=True)

    def wait(self) -> None:
        until(lambda: healthy(self.port), seconds=60)

    def _look_after(self) -> None:
        while not self._ends.wait(0.2):
            for child in self.everybody:
                child.look_after()

    def _environment(self) -> dict[str, str]:
        return {**beside(self.url), "OMNIHUB_ALLOW_HOSTS": self.allow}
