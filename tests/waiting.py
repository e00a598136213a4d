"""Let others come to where they wait, as a race has it."""

import time

from django.db import connection

_WAITING = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted AND a.datname = current_database()
"""


def until_somebody_waits(seconds: float = 1.0) -> bool:
    """Until another connection waits for a lock; False where none came to wait so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(_WAITING)
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.01)
    return False
