"""After a test with real transactions: only what it filled is emptied, and the floor laid again.

Django truncates every table and announces every migration anew, a third of a second for each such
test. Most of them write to a few tables, and the permissions stay what they are.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import TransactionTestCase

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
    -- whoever still writes is waited for, as TRUNCATE would
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', every);
    FOREACH one IN ARRAY string_to_array(every, ',') LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %s', one);
        END IF;
    END LOOP;
END $$
"""


DJANGOS = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # a private hook


def _empty(case: TransactionTestCase) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if _may_do_without_triggers(cursor):
            # references and triggers sleep meanwhile: nothing is left for them to look after
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(EMPTY)
        else:
            DJANGOS(case)
    lay_the_floor()


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
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty)
        yield
