"""The database is migrated once, while tests are collected; every worker begins with a copy.

A dozen seconds of CPU each, if each did it by itself as pytest-django would have it.
"""

import os
import subprocess
import sys
import time
from typing import Any

import django
import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.backends.postgresql.creation import DatabaseCreation
from psycopg.conninfo import make_conninfo

from omnihub.launcher.environment import ROOT

BEGUN = "HUB_TEST_MIGRATED"
"""In the environment of those whose servers are the suite's own; theirs may be copied."""
LONGEST = 240
"""Seconds that a worker waits."""
MINE: list[subprocess.Popen[bytes]] = []


def begin() -> None:
    os.environ[BEGUN] = "yes"
    made = subprocess.Popen([sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.DEVNULL)
    MINE.append(made)


def end() -> None:
    """Before the server goes."""
    for made in MINE:
        made.terminate()
        made.wait()


def main() -> None:
    """Renamed once it is whole: whoever sees it may copy it."""
    with _outside() as server:
        server.execute("CREATE DATABASE migrating")
        django.setup()
        connections["default"].settings_dict["NAME"] = "migrating"
        call_command("migrate", verbosity=0)
        connections.close_all()
        server.execute("ALTER DATABASE migrating RENAME TO migrated")


def _outside() -> psycopg.Connection[tuple[object, ...]]:
    url = make_conninfo(os.environ["DATABASE_URL"], dbname="postgres")
    return psycopg.connect(url, autocommit=True)


def _is_there() -> bool:
    with _outside() as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = 'migrated'")
        return found.fetchone() is not None


def _copy(creation: DatabaseCreation, *wishes: Any, **more: Any) -> str:
    if BEGUN in os.environ:
        end = time.monotonic() + LONGEST
        while not _is_there():
            if time.monotonic() > end:
                pytest.exit("The database was not migrated; why is said above.")
            time.sleep(0.1)
        creation.connection.settings_dict["TEST"]["TEMPLATE"] = "migrated"
    return str(DJANGOS(creation, *wishes, **more))


DJANGOS = DatabaseCreation._create_test_db  # type: ignore[attr-defined]  # Django's own way in
DatabaseCreation._create_test_db = _copy  # type: ignore[attr-defined]  # as above


if __name__ == "__main__":
    main()
