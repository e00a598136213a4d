"""Debian packages, where we may install them. Standard library only."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")


def missing(packages: Sequence[str]) -> list[str]:
    """Those of `packages` that dpkg does not have installed; all of them where there is no dpkg."""
    if not shutil.which("dpkg-query"):
        return list(packages)
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    there = {line.split()[0] for line in found.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in packages if name not in there]


def command(packages: Sequence[str]) -> list[str]:
    """What installs them; for printing, where we may not."""
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def install(packages: Sequence[str]) -> bool:
    """Install them as root or by a sudo that asks nothing; False where that is not possible."""
    become = _become_root()
    if become is None or not shutil.which("apt-get"):
        return False
    run = [*become, "env", "DEBIAN_FRONTEND=noninteractive"]
    with _no_daemons(become):
        if _quietly([*run, *command(packages)]):
            return True
        return _quietly([*run, "apt-get", "update"]) and _quietly([*run, *command(packages)])


@contextmanager
def _no_daemons(become: list[str]) -> Iterator[None]:
    """A daemon that a package brings must not start by itself; whoever needs one starts it."""
    if POLICY.exists():  # the machine's own policy stands
        yield
        return
    with tempfile.NamedTemporaryFile("w", suffix="policy-rc.d") as policy:
        policy.write("#!/bin/sh\nexit 101\n")
        policy.flush()
        _quietly([*become, "install", "-m", "755", policy.name, str(POLICY)])
    try:
        yield
    finally:
        _quietly([*become, "rm", "-f", str(POLICY)])


def _become_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _quietly(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return None


def _quietly(argv: list[str]) -> bool:
    # a daemon that starts anyway would keep a pipe of ours open for ever: hence no pipes
    return (
        subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
        == 0
    )
