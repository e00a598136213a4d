"""The database inside the server: made where missing, judged where brought by somebody else."""

import contextlib

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from omnihub.launcher.binaries import ServiceError

OLDEST = 15
EXTENSIONS = {"unaccent", "pg_trgm"}


def create_database(url: str) -> None:
    """Create the database that `url` names, unless it is there."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        with contextlib.suppress(errors.DuplicateDatabase):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def judge(url: str) -> None:
    """ServiceError where a server of the operator's own cannot carry the hub."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            complaints = list(_complaints(connection))
    except psycopg.OperationalError as error:
        raise ServiceError(f"DATABASE_URL does not answer: {error}") from error
    if complaints:
        raise ServiceError("DATABASE_URL: " + " ".join(complaints))


def _complaints(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    found = []
    if connection.info.server_version < OLDEST * 10000:
        found.append(f"PostgreSQL {OLDEST} or newer is needed.")
    if (connection.execute("SHOW server_encoding").fetchone() or [""])[0] != "UTF8":
        found.append("It must be UTF-8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.")
    rows = connection.execute("SELECT name FROM pg_available_extensions").fetchall()
    missing = EXTENSIONS - {str(row[0]) for row in rows}
    if missing:
        found.append(f"The server lacks the extensions {', '.join(sorted(missing))} (contrib).")
    return found
