"""Starts PostgreSQL and Valkey before Django's settings are read; loaded by pytest as a plugin.

With DATABASE_URL or REDIS_URL given, those are used. Workers of xdist use their parent's servers:
each its own database (pytest-django's doing) and its own Valkey database number.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from omnihub.launcher.database import create_database
from omnihub.launcher.services import Servers, start_postgres, start_valkey
from tests.plugins import migrated

MINE: list[Servers] = []
FOLDERS: list[Path] = []


def _begin() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    ours = worker is None and "DATABASE_URL" not in os.environ
    if worker is None:
        _start_servers()
    else:
        # gw0 takes number 1: number 0 stays the parent's
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace("?db=0", f"?db={number}")
    _environment()
    if ours:
        migrated.begin()


def _start_servers() -> None:
    servers = Servers(data=_folder(), safe=False)
    if "DATABASE_URL" not in os.environ:
        start_postgres(servers)
        create_database(servers.database_url)
        os.environ["DATABASE_URL"] = servers.database_url
    if "REDIS_URL" not in os.environ:
        start_valkey(servers)
        os.environ["REDIS_URL"] = servers.redis_url
    MINE.append(servers)


def _environment() -> None:
    """What a developer's shell says must not change what the tests say."""
    for name in [n for n in os.environ if n.startswith("OMNIHUB_") and n != "OMNIHUB_CORPORA"]:
        del os.environ[name]
    os.environ.update(
        DJANGO_SETTINGS_MODULE="omnihub.settings",
        OMNIHUB_DATA=str(_folder()),
        OMNIHUB_URL="http://testserver",
        OMNIHUB_DEMO="true",
        OMNIHUB_SECRET_KEY=secrets.token_hex(32),
        OMNIHUB_DB_POOL="0",
        OMNIHUB_LOG_LEVEL="WARNING",
        OMNIHUB_STATIC_LIVE="true",
    )


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hub-test-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user beneath
    FOLDERS.append(folder)
    return folder


@atexit.register  # not a hook of pytest: those are left out when it fails to start
def _finish() -> None:
    migrated.end()
    for servers in MINE:
        servers.stop()
    for folder in FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)


_begin()
