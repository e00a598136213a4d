"""Starting and ending processes so that none is left: Linux first, elsewhere as well as it goes."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(
    argv: list[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str],
    on_death: signal.Signals = signal.SIGTERM,
    **popen: Any,
) -> subprocess.Popen[bytes]:
    """Start `argv` in its own session, told `on_death` by the kernel when the launcher dies.

    Without a `log` it writes where we write.
    """
    with _output(log) as output:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            start_new_session=True,
            preexec_fn=die_with(os.getpid(), on_death),  # noqa: PLW1509  # the launcher has one thread
            **popen,
        )


def _output(log: Path | None) -> contextlib.AbstractContextManager[IO[bytes] | None]:
    if log is None:
        return contextlib.nullcontext()
    log.parent.mkdir(parents=True, exist_ok=True)
    log.parent.chmod(0o700)
    return log.open("ab")


def die_with(parent: int, signum: signal.Signals) -> Callable[[], None]:
    """For Popen's preexec_fn: the kernel sends `signum` when `parent` dies, however it dies."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked to be told
            os._exit(1)

    return prepare


def become_subreaper() -> None:
    """Grandchildren whose parent was killed become our children, so that they can be found."""
    if _libc is not None:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(pid: int | None = None) -> list[int]:
    """Direct children; needs /proc, elsewhere the empty list."""
    tasks = Path(f"/proc/{pid or os.getpid()}/task")
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in tasks.iterdir():
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


def alive(pid: int) -> bool:
    """Is it running? A zombie is not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return sys.platform != "linux" and _exists(pid)
    except PermissionError:
        return True
    return state not in "ZX"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def tell(pid: int, signum: signal.Signals, *, group: bool = False) -> None:
    """Send a signal; one that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(pid, signum)
        else:
            os.kill(pid, signum)


def wait_gone(gone: Callable[[], bool], seconds: float) -> bool:
    """Poll until `gone()`; False when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while not gone():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def marked(marker: str) -> list[int]:
    """Processes other than ours that carry `marker` (NAME=value) in their environment."""
    wanted, found = marker.encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]


def end_all(pids: Iterable[int], *, grace: float) -> None:
    """SIGTERM, up to `grace` seconds, then SIGKILL."""
    targets = list(pids)
    for signum, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 2.0)):
        for pid in filter(alive, targets):
            tell(pid, signum)
        if wait_gone(lambda: not any(map(alive, targets)), seconds):
            return
