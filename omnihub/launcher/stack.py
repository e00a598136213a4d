"""The servers under a data folder and the environment by which Django finds them."""

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from omnihub.launcher import process
from omnihub.launcher.console import step
from omnihub.launcher.database import create_database, judge
from omnihub.launcher.services import Servers, clean_env, start_postgres, start_valkey
from omnihub.launcher.state import Folder

MARKER = "OMNIHUB_INSTANCE"


@dataclass(slots=True)
class Stack:
    """PostgreSQL and Valkey for one folder: the operator's own where named, else embedded ones."""

    folder: Folder
    quiet: bool = False
    is_new: bool = field(init=False, default=False)  # its database had to be made
    servers: Servers = field(init=False)

    def __post_init__(self) -> None:
        marked = {**clean_env(), MARKER: str(self.folder.path)}
        self.servers = Servers(data=self.folder.path, env=marked)

    def start(self) -> None:
        """Clear what a killed launcher left, then start what is not given from outside."""
        self._clear()
        if "DATABASE_URL" in os.environ:
            judge(os.environ["DATABASE_URL"])
        else:
            self.is_new = not (self.folder.path / "pg/PG_VERSION").exists()
            with self._step("Starting PostgreSQL"):
                start_postgres(self.servers)
                create_database(self.servers.database_url)
        if "REDIS_URL" not in os.environ:
            with self._step("Starting Valkey"):
                start_valkey(self.servers)

    def _step(self, text: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self.quiet else step(text)

    def _clear(self) -> None:
        leftovers = process.marked(f"{MARKER}={self.folder.path}")
        if leftovers:
            with step(f"Ending {len(leftovers)} processes of a hub that was killed"):
                process.end_all(leftovers, grace=5.0)
        if old := self.folder.read().get("sockets"):
            shutil.rmtree(old, ignore_errors=True)
        self.folder.write(command="./hub", sockets=str(self.servers.sockets))

    def revive(self) -> list[str]:
        """Start again whichever server has ended; its name is returned."""
        found: list[tuple[str, Any, Callable[[Servers], None]]] = [
            ("PostgreSQL", self.servers.postgres, start_postgres),
            ("Valkey", self.servers.valkey, start_valkey),
        ]
        ended = [(name, start) for name, server, start in found if server and _ended(server)]
        for _, start in ended:
            start(self.servers)
        return [name for name, _ in ended]

    def stop(self) -> None:
        self.servers.stop()

    def environment(self, *, url: str, demo: bool) -> dict[str, str]:
        """What every process of this hub adds to the environment it was started in."""
        added = {
            "DJANGO_SETTINGS_MODULE": "omnihub.settings",
            "DATABASE_URL": os.environ.get("DATABASE_URL", self.servers.database_url),
            "REDIS_URL": os.environ.get("REDIS_URL", self.servers.redis_url),
            "OMNIHUB_DATA": str(self.folder.path),
            "OMNIHUB_URL": url,
            "OMNIHUB_DEMO": str(demo).lower(),
        }
        if not {"OMNIHUB_SECRET_KEY", "OMNIHUB_SECRET_KEY_FILE"} & os.environ.keys():
            added["OMNIHUB_SECRET_KEY_FILE"] = str(self.folder.secret_key())
        return added


def _ended(server: Any) -> bool:
    return server.poll() is not None
