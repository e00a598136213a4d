"""Where the name of somebody who was erased may still stand."""

from pathlib import Path

from django.conf import settings
from django.db import connection
from redis import Redis

CANARY = "Zebrafinch"


def found_in_the_database() -> list[str]:
    """Every column of every table that holds the canary, whatever its type."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
        )
        hits = []
        for table, column, kind in cursor.fetchall():
            text = (
                f"convert_from(\"{column}\", 'LATIN1')" if kind == "bytea" else f'"{column}"::text'
            )
            query = f'SELECT count(*) FROM "{table}" WHERE {text} ILIKE %s'  # noqa: S608  # the catalogue's own names
            cursor.execute(query, [f"%{CANARY}%"])
            if cursor.fetchone()[0]:
                hits.append(f"{table}.{column}")
    return sorted(hits)


def found_in_the_store() -> list[str]:
    root = Path(settings.MEDIA_ROOT)
    files = [path for path in root.rglob("*") if path.is_file()]
    return [path.name for path in files if CANARY.encode() in path.read_bytes()]


def found_in_valkey() -> list[str]:
    """Keys whose name or value holds the canary; hints carry numbers alone."""
    valkey = Redis.from_url(settings.REDIS_URL)
    keys = [key for key in valkey.scan_iter() if isinstance(key, bytes)]
    dumps = [(key, valkey.dump(key) or b"") for key in keys]
    word = CANARY.lower().encode()
    return [str(key) for key, said in dumps if word in key.lower() or word in said.lower()]
