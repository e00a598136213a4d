"""After a test with real transactions: only what it filled is emptied, and the floor laid again.

Django truncates every table and announces every migration anew, a third of a second for each such
test. Most of them write to a few tables, and the permissions stay what they are.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.db.backends.postgresql.creation import DatabaseCreation
from django.test import TransactionTestCase
from psycopg.errors import DeadlockDetected

EMPTY = """
DO $$
DECLARE
    every text := (
        SELECT string_agg(format('%I', tablename), ',') FROM pg_tables
        WHERE schemaname = current_schema()
        AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    );
    one text;
    filled boolean;
BEGIN
    -- whoever still writes, or holds a row to write, is waited for, as TRUNCATE would
    EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', every);
    FOREACH one IN ARRAY string_to_array(every, ',') LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %s', one);
        END IF;
    END LOOP;
END $$
"""


ATTEMPTS = 5
DJANGOS = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # a private hook


def empty(case: TransactionTestCase) -> None:
    """A request that a page sent last may still run: where the two wait for each other, again."""
    for left in reversed(range(ATTEMPTS)):
        try:
            _empty(case)
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, DeadlockDetected):
                raise
        else:
            break
    lay_the_floor()


def _empty(case: TransactionTestCase) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if _may_do_without_triggers(cursor):
            # references and triggers sleep meanwhile: nothing is left for them to look after
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(EMPTY)
        else:
            DJANGOS(case)


def _may_do_without_triggers(cursor: Any) -> bool:
    """The embedded server's user may; another server's, hardly."""
    cursor.execute("SHOW is_superuser")
    return bool(cursor.fetchone() == ("on",))


def lay_the_floor() -> None:
    """What migrations put into empty tables."""
    floor = import_module("conversations.migrations.0002_floor")
    floor.make_default_team(apps, None)
    floor.make_first_edition(apps, None)


@pytest.fixture(scope="session", autouse=True)
def only_what_was_filled() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


def _drop(creation: DatabaseCreation, name: str, verbosity: int) -> None:
    """Also where a request that nobody waits for any more still holds a connection."""
    del verbosity
    with creation._nodb_cursor() as cursor:  # type: ignore[attr-defined]  # Django's own way in
        quoted = creation.connection.ops.quote_name(name)
        cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")


# for good: the databases go after every fixture of ours has ended
DatabaseCreation._destroy_test_db = _drop  # type: ignore[attr-defined]  # a private hook
