"""Debian packages, where we may install them. Standard library only."""

import os
import shutil
import subprocess
from collections.abc import Sequence

# a daemon that a package brings must not start by itself: tests start their own
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}


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
    words = [f"{name}={value}" for name, value in QUIET.items()]
    run = [*become, "env", *words]
    if _quietly([*run, *command(packages)]):
        return True
    return _quietly([*run, "apt-get", "update"]) and _quietly([*run, *command(packages)])


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
