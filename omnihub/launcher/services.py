"""The embedded PostgreSQL and Valkey: real servers from wheels, on unix sockets, no port."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from omnihub.launcher import process
from omnihub.launcher.binaries import (
    Identity,
    ServiceError,
    locale_options,
    ordinary_user,
    postgres_bin,
    valkey_server,
)

START_SECONDS = 60.0  # crash recovery of a large database takes a while
SOCKET_LIMIT = 100  # bytes of a unix socket's path, a little under the kernel's 108
UNSAFE = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


def clean_env() -> dict[str, str]:
    """The environment without PG* and locale words, which would change what the servers do."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def socket_folder() -> Path:
    """A private folder with a short path: sockets' paths are limited and checkouts lie deep."""
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    if len(bytes(folder)) + len("/.s.PGSQL.5432.lock") > SOCKET_LIMIT:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="hub-", dir="/tmp"))
    return folder


@dataclass(slots=True, kw_only=True)
class Servers:
    """What was started for one data folder, and where it listens."""

    data: Path
    safe: bool = True  # False: no fsync, for tests
    env: dict[str, str] = field(default_factory=clean_env)
    sockets: Path = field(default_factory=socket_folder)
    postgres: subprocess.Popen[bytes] | None = None
    valkey: subprocess.Popen[bytes] | None = None

    @property
    def database_url(self) -> str:
        return f"postgres://hub@/omnihub?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets}/valkey.sock?db=0"

    def stop(self) -> None:
        """Fast shutdown of both, together; seconds at most, then the hard way."""
        running = [p for p in (self.postgres, self.valkey) if p is not None]
        for server in running:
            server.send_signal(signal.SIGINT if server is self.postgres else signal.SIGTERM)
        process.wait_gone(lambda: all(p.poll() is not None for p in running), 3.0)
        for server in running:
            if server.poll() is None:
                server.send_signal(signal.SIGQUIT if server is self.postgres else signal.SIGKILL)
                server.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)


# -- PostgreSQL ------------------------------------------------------------------------------------
def start_postgres(servers: Servers) -> None:
    """Start it on `data/pg`, made first where missing; one left over there is stopped before."""
    programs, cluster = postgres_bin(), servers.data / "pg"
    identity = ordinary_user(programs)
    servers.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _make_cluster(programs, identity, cluster, servers.env)
    identity.own(cluster, servers.sockets)
    stop_stale_postgres(cluster)
    options = ["-c", "listen_addresses=", "-p", "5432", "-c", "max_connections=200"]
    options += ["-c", f"unix_socket_directories={servers.sockets}", "-c", "timezone=UTC"]
    servers.postgres = process.start(
        [*identity.prefix, programs / "postgres", "-D", cluster, *options, *_speed(servers)],
        log=servers.data / "log/postgres.log",
        env=servers.env,
        on_death=signal.SIGINT,
        cwd="/",
        **identity.popen,
    )
    _wait(servers.postgres, lambda: _postgres_ready(servers), servers.data / "log/postgres.log")


def _speed(servers: Servers) -> list[str]:
    return [] if servers.safe else UNSAFE


def _make_cluster(programs: Path, identity: Identity, cluster: Path, env: dict[str, str]) -> None:
    """Built beside its place and renamed, so a kill in the middle leaves nothing half made."""
    if (cluster / "PG_VERSION").exists():
        return
    building = cluster.with_name("pg.new")
    shutil.rmtree(building, ignore_errors=True)
    identity.own(building)
    options = ["-U", "hub", "--auth=trust", "-E", "UTF8", "-N", *locale_options(programs)]
    made = subprocess.run(
        [*identity.prefix, programs / "initdb", "-D", building, *options],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=env,
        **identity.popen,
    )
    if made.returncode:
        raise ServiceError(f"PostgreSQL could not make its files:\n{made.stderr.strip()}")
    building.rename(cluster)


def _postgres_ready(servers: Servers) -> bool:
    """The postmaster writes its pid and `ready` into its pid file: nobody else answers for it."""
    try:
        lines = (servers.data / "pg/postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return False
    pid = servers.postgres.pid if servers.postgres else 0
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004


def stop_stale_postgres(cluster: Path) -> None:
    """Stop what a killed launcher left running on these files, backends included.

    Its pid file goes too: where nobody buries the dead (a container without an init), PostgreSQL
    would take a zombie for a running server.
    """
    for signum in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for pid in inhabitants(cluster):
            process.tell(pid, signum)
        if process.wait_gone(lambda: not inhabitants(cluster), 5.0):
            break
    if Path("/proc/self/cwd").exists():  # else we could not see them
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def inhabitants(cluster: Path) -> list[int]:
    """PostgreSQL's processes stand in their data folder; a zombie stands nowhere."""
    found, home = [], cluster.resolve()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            named = (folder / "comm").read_text().strip() == "postgres"  # not somebody's shell
            if named and (folder / "cwd").readlink() == home:
                found.append(int(folder.name))
    return found


# -- Valkey ----------------------------------------------------------------------------------------
def start_valkey(servers: Servers) -> None:
    """Start it on `data/valkey`; its append-only file keeps the queue over a restart."""
    folder, log = servers.data / "valkey", servers.data / "log/valkey.log"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stop_stale_valkey(folder)
    address = servers.sockets / "valkey.sock"
    options = ["--port", "0", "--unixsocket", str(address), "--unixsocketperm", "700"]
    options += ["--dir", str(folder)]
    options += ["--save", "", "--appendonly", "yes" if servers.safe else "no"]
    # its own title would hide the environment by which leftovers are found
    options += ["--set-proc-title", "no", "--databases", "64"]
    program = valkey_server()
    servers.valkey = process.start([program, *options], log=log, env=servers.env, cwd="/")
    (folder / "valkey.pid").write_text(str(servers.valkey.pid))
    _wait(servers.valkey, lambda: _pong(address), log)


def stop_stale_valkey(folder: Path) -> None:
    """Two servers on one append-only file would ruin it: end the one a killed launcher left."""
    try:
        pid = int((folder / "valkey.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return
    if str(folder).encode() in words:
        process.end_all([pid], grace=3.0)


def _pong(address: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(address))
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def _wait(server: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace").splitlines()[-6:]
            raise ServiceError("\n".join(["A server did not start; its log ends:", *tail]))
        time.sleep(0.02)
