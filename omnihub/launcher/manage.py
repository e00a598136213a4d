"""./hub manage …: Django's manage.py on the hub's servers, its own for the duration if none run."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import NoReturn

from omnihub.launcher import process
from omnihub.launcher.children import ROOT
from omnihub.launcher.console import say
from omnihub.launcher.stack import Stack
from omnihub.launcher.state import Folder, data_folder, refuse
from omnihub.launcher.up import prepare

TURN_SECONDS = 60.0  # another command's servers are not ours to use: they end with it


def run(arguments: list[str]) -> int:
    """The command's exit code. Standard output belongs to the command alone."""
    folder = data_folder(None)
    if not folder.claim():
        _join(folder, arguments)
    process.become_subreaper()
    stack = Stack(folder, quiet=True)
    try:
        stack.start()
        folder.write(command="./hub manage", sockets=str(stack.servers.sockets))
        return _run(stack, arguments)
    finally:
        stack.stop()


def _join(folder: Folder, arguments: list[str]) -> None:
    """Become the command beside a running hub; after another command, take our turn."""
    note = folder.read()
    if "env" in note:
        _become(arguments, note["env"])
    if not folder.claim(wait=TURN_SECONDS):
        raise refuse(folder)


def _become(arguments: list[str], env: Mapping[str, str]) -> NoReturn:
    argv = [sys.executable, "-P", str(ROOT / "manage.py"), *arguments]
    os.execve(argv[0], argv, {**os.environ, "OMNIHUB_DB_POOL": "0", **env})  # noqa: S606


def _run(stack: Stack, arguments: list[str]) -> int:
    url = os.environ.get("OMNIHUB_URL", "http://127.0.0.1:8000")
    env = stack.environment(url=url, demo=stack.folder.is_demo)
    if stack.is_new:
        say("A new data folder: making its tables first.")
        prepare(env, seed=False)
    argv = [sys.executable, "-P", str(ROOT / "manage.py"), *arguments]
    running = subprocess.Popen(
        argv,
        env={**os.environ, "OMNIHUB_DB_POOL": "0", **env},
        preexec_fn=process.die_with(os.getpid(), signal.SIGTERM),  # noqa: PLW1509  # one thread
    )
    with _forwarding(running):
        code = running.wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _forwarding(running: subprocess.Popen[bytes]) -> Iterator[None]:
    def handle(signum: int, _frame: FrameType | None) -> None:
        running.send_signal(signum)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the command itself
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, handle)
    yield
