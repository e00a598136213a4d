"""./hub up: everything, until told to stop."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from types import FrameType

from omnihub.launcher import process
from omnihub.launcher.binaries import ServiceError
from omnihub.launcher.children import ROOT, Child, family, stop
from omnihub.launcher.console import say, step
from omnihub.launcher.stack import MARKER, Stack
from omnihub.launcher.state import Folder, data_folder, refuse

READY_SECONDS = 60.0
ROUNDS = 4  # looks for what is left at the end, a moment apart
LOG_LIMIT = 10 * 1024 * 1024  # bytes; a larger log is set aside at the next start


class Stopped(BaseException):
    """SIGINT, SIGTERM or SIGHUP came. Not an Exception: nothing on the way may swallow it."""


def run(options: Namespace) -> int:
    """0 after an orderly stop; ServiceError with words for people when it cannot start."""
    folder = data_folder(options.data)
    listener = _listen(options.host, options.port)
    if not folder.claim():
        raise refuse(folder)
    process.become_subreaper()
    stack, everybody = Stack(folder), list[Child]()
    try:
        with _signals():
            _serve(options, stack, everybody, listener)
    except Stopped:
        say("\nStopping…")
    finally:
        _ignore_signals()
        _end(stack, everybody)
    return 0


def _serve(
    options: Namespace, stack: Stack, everybody: list[Child], listener: socket.socket
) -> None:
    port = listener.getsockname()[1]
    url = os.environ.get("OMNIHUB_URL") or f"http://{_name(options.host)}:{port}"
    demo = stack.folder.decide(demo=not options.no_demo)
    stack.start()
    added = stack.environment(url=url, demo=demo)
    if options.host not in ("127.0.0.1", "localhost", "::1") and "OMNIHUB_URL" not in os.environ:
        added["OMNIHUB_HOSTS"] = "*"  # asked to be reachable by names we cannot know
    env = {**added, MARKER: str(stack.folder.path)}
    prepare(env)
    logs = stack.folder.path / "log"
    _rotate(stack.folder)
    everybody += family(env, logs, listener.fileno())
    with step("Starting web, worker and clock"):
        for child in everybody:
            child.start()
        _await_web(port, everybody[0])
    stack.folder.write(command="./hub up", url=url, env=added, sockets=str(stack.servers.sockets))
    _announce(stack.folder, url, demo)
    _supervise(stack, everybody)


def prepare(env: dict[str, str], *, seed: bool = True) -> None:
    """Tables, static files, translations, the demo: one start of Django for all of them."""
    running = process.start(
        [sys.executable, "-P", ROOT / "manage.py", "prepare", *([] if seed else ["--no-seed"])],
        log=None,
        env={**os.environ, "OMNIHUB_DB_POOL": "0", "OMNIHUB_LOG_LEVEL": "WARNING", **env},
        cwd=ROOT,
    )
    if running.wait():
        raise ServiceError("The database could not be prepared; the reason is above.")


def _supervise(stack: Stack, everybody: list[Child]) -> None:
    while True:
        time.sleep(0.2)
        for name in stack.revive():
            say(f"{name} ended; started it again.")
        for child in everybody:
            child.look_after()
        _reap(stack, everybody)


def _reap(stack: Stack, everybody: list[Child]) -> None:
    """Bury grandchildren that came to us because their parent died."""
    known = {c.running.pid for c in everybody if c.running}
    known |= {s.pid for s in (stack.servers.postgres, stack.servers.valkey) if s}
    for pid in set(process.children()) - known:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _end(stack: Stack, everybody: list[Child]) -> None:
    stop(everybody, seconds=4.0)
    stack.stop()
    _end_orphans()
    stack.folder.write(command="./hub up")


def _end_orphans() -> None:
    """What comes to us while its parent dies, as initdb's servers do, comes a moment later."""
    for _ in range(ROUNDS):
        process.end_all(filter(process.alive, process.children()), grace=0.5)
        time.sleep(0.05)


# -- the edges -------------------------------------------------------------------------------------
@contextlib.contextmanager
def _signals() -> Iterator[None]:
    def handle(_signum: int, _frame: FrameType | None) -> None:
        _ignore_signals()
        raise Stopped

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, handle)
    yield


def _ignore_signals() -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)


def _listen(host: str, port: int) -> socket.socket:
    """Bound here, before anything is started, and kept over restarts of web."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise ServiceError(
            f"Port {port} on {host} cannot be had ({error.strerror}). "
            "Choose another with --port N; --port 0 takes a free one."
        ) from error
    listener.listen(1024)
    listener.set_inheritable(True)
    return listener


def _name(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104  # compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _rotate(folder: Folder) -> None:
    for log in (folder.path / "log").glob("*.log"):
        if log.stat().st_size > LOG_LIMIT and not log.name.startswith(("postgres", "valkey")):
            shutil.move(log, log.with_suffix(".log.1"))


def _await_web(port: int, web: Child) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not healthy(port):
        if time.monotonic() > deadline or (web.running and web.running.poll() is not None):
            lines = web.log.read_text(errors="replace").splitlines()[-8:]
            raise ServiceError("\n".join(["The web process did not start:", *lines]))
        time.sleep(0.05)


def healthy(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
        return client.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        client.close()


def _announce(folder: Folder, url: str, demo: bool) -> None:
    """The one line everybody waits for, on standard output."""
    try:
        logins = json.loads((folder.path / "demo_logins.json").read_text()) if demo else []
    except (OSError, ValueError):
        logins = []
    words = [f"{one['email']} / {one['password']} ({one['role']})" for one in logins]
    how = "log in as " + ", ".join(words) if words else "first admin: ./hub manage createsuperuser"
    sys.stdout.write(f"OmniHub is ready at {url}/ ({how})\n")
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
