"""What a data folder says about the hub that runs on it: a lock nobody can forge, and a note."""

import fcntl
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from omnihub.launcher.binaries import ServiceError


@dataclass(slots=True)
class Folder:
    """A data folder; `claim()` it before starting anything on it."""

    path: Path
    _lock: IO[str] | None = None

    def claim(self, *, wait: float = 0.0) -> bool:
        """True when it is ours now. The kernel gives the lock back when we die, however we die."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711)  # PostgreSQL may run as another user beneath; secrets are 0600
        handle = (self.path / "hub.lock").open("a")
        deadline = time.monotonic() + wait
        while not _locked(handle):
            if time.monotonic() > deadline:
                handle.close()
                return False
            time.sleep(0.1)
        self._lock = handle
        return True

    def read(self) -> dict[str, Any]:
        """The note of whoever claimed it: pid, command, url, env. True only while it is claimed."""
        try:
            note: dict[str, Any] = json.loads((self.path / "hub.json").read_text())
        except (OSError, ValueError):
            return {}
        return note

    def write(self, **note: Any) -> None:
        write_private(self.path / "hub.json", json.dumps({"pid": os.getpid(), **note}))

    def describe(self) -> str:
        """Who has it, in words."""
        note = self.read()
        who = f"{note.get('command', 'a hub')} (pid {note.get('pid', '?')})"
        return f"{who} at {note['url']}" if note.get("url") else who

    def secret_key(self) -> Path:
        """The file of this installation's secret key, made once."""
        kept = self.path / "secret_key"
        if not kept.exists():
            write_private(kept, secrets.token_urlsafe(48))
        return kept

    def decide(self, *, demo: bool) -> bool:
        """Whether this folder is the demo's: decided at its first start, and then for good."""
        kept = self.path / "kind"
        if not kept.exists():
            write_private(kept, "demo" if demo else "own")
        return self.is_demo

    @property
    def is_demo(self) -> bool:
        kept = self.path / "kind"
        return kept.exists() and kept.read_text().strip() == "demo"


def data_folder(given: str | None) -> Folder:
    """`--data`, else OMNIHUB_DATA, else `data` in the checkout."""
    default = Path(__file__).resolve().parent.parent.parent / "data"
    return Folder(Path(given or os.environ.get("OMNIHUB_DATA") or default).expanduser().resolve())


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, readable by its owner only."""
    building = path.with_name(f"{path.name}.{os.getpid()}.new")
    building.unlink(missing_ok=True)
    with os.fdopen(os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    building.replace(path)


def refuse(folder: Folder) -> ServiceError:
    return ServiceError(
        f"{folder.describe()} is using {folder.path}. "
        "Stop it, or choose another folder and port: ./hub up --data DIR --port N"
    )


def _locked(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
