"""A big inbox for measuring: rows written straight by SQL, since only their number matters.

Never used for a demo or a test of behaviour.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

CASES_A_CUSTOMER = 2
MESSAGES_A_CASE = 10


def fill(cases: int) -> None:
    """Bring the database to `cases` cases with ten messages each, and analyse it."""
    with connection.cursor() as cursor:
        with transaction.atomic():
            _insert(cursor, cases)
        cursor.execute("VACUUM ANALYZE")


def _insert(cursor: CursorWrapper, cases: int) -> None:
    cursor.execute("SELECT count(*) FROM conversations_case")
    have = cursor.fetchone()[0]
    wanted = {"from": have // CASES_A_CUSTOMER + 1, "to": cases // CASES_A_CUSTOMER}
    cursor.execute("SELECT pg_get_indexdef('message_words'::regclass)")
    index = cursor.fetchone()[0]
    cursor.execute("DROP INDEX message_words")  # made once, not grown a million times
    for statement in STATEMENTS:
        cursor.execute(statement, wanted)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an index waits for no check
    cursor.execute(index)


STATEMENTS = [
    """
    INSERT INTO conversations_customer (id, name, language, time_zone, place, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT 1000000 + n, 'Customer ' || n, 'en', '', '', now()
    FROM generate_series(%(from)s::bigint, %(to)s::bigint) n
    """,
    """
    INSERT INTO conversations_identity
      (id, customer_id, kind, value, name, is_shared, is_one_person, other_names, reply_tos,
       unreachable_code, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT 1000000 + n, 1000000 + n, 'email', 'c' || n || '@bench.example', '', false, false, '{}',
      '{}', '', now()
    FROM generate_series(%(from)s::bigint, %(to)s::bigint) n
    """,
    """
    INSERT INTO conversations_conversation (id, customer_id, revision, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT 1000000 + n, 1000000 + n, 1, now()
    FROM generate_series(%(from)s::bigint, %(to)s::bigint) n
    """,
    """
    INSERT INTO conversations_case
      (id, conversation_id, topic, status, priority, team_id, assignee_id, reply_token, opened_at,
       resolved_at, waiting_since, reply_due_at, last_message_at, last_inbound_at, last_preview,
       journey, target_edition, last_speaker, last_is_aside)
    OVERRIDING SYSTEM VALUE
    SELECT 1000000 + 2 * n + k, 1000000 + n, 'Topic ' || n,
      CASE WHEN (n + k) %% 5 = 0 THEN 'open' ELSE 'resolved' END, 1,
      (SELECT id FROM conversations_team ORDER BY id
       OFFSET n %% (SELECT count(*) FROM conversations_team) LIMIT 1),
      CASE WHEN (n + k) %% 3 = 0
        THEN (SELECT id FROM conversations_agent ORDER BY id
              OFFSET n %% (SELECT count(*) FROM conversations_agent) LIMIT 1)
      END,
      md5(n || '/' || k) || md5(k || ':' || n), now() - n * interval '1 second',
      CASE WHEN (n + k) %% 5 = 0 THEN NULL ELSE now() END,
      CASE WHEN (n + k) %% 10 = 0 THEN now() - n * interval '1 second' END,
      CASE WHEN (n + k) %% 10 = 0 THEN now() - n * interval '1 second' + interval '1 hour' END,
      now() - n * interval '1 second', now() - n * interval '1 second', 'Hello', '{email}',
      0, '', false
    FROM generate_series(%(from)s::bigint, %(to)s::bigint) n, generate_series(0, 1) k
    """,
    """
    INSERT INTO conversations_message
      (conversation_id, case_id, channel_id, kind, identity_id, is_system, author_name, grade,
       origin, is_unconfirmed, subject, text, folded, html, code, params, addressees, message_id,
       "references", file_names, sorted_at)
    SELECT 1000000 + n, 1000000 + 2 * n + k, (SELECT id FROM conversations_channel LIMIT 1),
      'message', 1000000 + n, false, '', 'none', 'person', false, 'Topic ' || n,
      'Some words of a customer. ' || (
        SELECT string_agg('word' || floor(power(10, random() * 4.7))::int, ' ')
        FROM generate_series(1, 40 + 0 * m)
      ) || CASE WHEN (20 * n + 10 * k + m) %% 39989 = 0 THEN ' aardvark' ELSE '' END,
      '', '', '', '{}', '[]',
      n || '.' || k || '.' || m || '@bench.example', '{}', '',
      now() - n * interval '1 second' + m * interval '1 minute'
    FROM generate_series(%(from)s::bigint, %(to)s::bigint) n, generate_series(0, 1) k,
      generate_series(1, 10) m
    """,
]
