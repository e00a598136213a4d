"""Everything about one person written out and then erased, in a house of a million messages.

    ./hub bench person [CASES]

One customer has 1,000 of the cases, with ten messages each; every message came as a raw event, and
half as many raw events again are reports that belong to no message. Prints seconds, the memory
that grew, and for how long the person's threads were locked. Fails where the person is left.
"""

import resource
import sys
import time
import uuid
import zipfile
from collections.abc import Callable

from django.db import connection

import bench._setup as setup
from bench._fill import MESSAGES_A_CASE, fill
from bench.lists import people
from conversations.models import Agent, Conversation, Customer, Erasure, Message, Receipt
from conversations.services import erasure, exporting

THREAD = 1_000_001
CASES = 1_000
STATEMENTS = [
    # the first five hundred customers' cases become the first one's
    """
    UPDATE conversations_case SET conversation_id = %(thread)s
    WHERE conversation_id BETWEEN %(thread)s AND %(thread)s + %(cases)s / 2 - 1
    """,
    """
    UPDATE conversations_message SET conversation_id = %(thread)s, identity_id = %(thread)s
    WHERE conversation_id BETWEEN %(thread)s AND %(thread)s + %(cases)s / 2 - 1
    """,
    """
    INSERT INTO conversations_blob (sha256, size, created_at, content)
    SELECT encode(sha256(n::text::bytea), 'hex'), 700, now(),
      convert_to('From: c' || n || '@bench.example' || repeat(E'\\r\\nSome words of a mail.', 30),
        'LATIN1')
    FROM generate_series(1, %(messages)s * 3 / 2) n
    """,
    """
    INSERT INTO conversations_receipt
      (id, channel_id, external_id, blob_id, envelope, is_history, state, attempts, reason_code,
       reason_params, reason_words, received_at, processed_at)
    OVERRIDING SYSTEM VALUE
    SELECT 1000000 + row_number() OVER (ORDER BY b.id),
      (SELECT id FROM conversations_channel LIMIT 1), b.sha256, b.id, '{}', false, 'processed',
      1, '', '{}', '', now() - interval '1 day', now() - interval '1 day'
    FROM conversations_blob b WHERE size = 700
    """,
    """
    UPDATE conversations_message m SET receipt_id = 1000000 + o.place
    FROM (SELECT id, row_number() OVER (ORDER BY id) place FROM conversations_message) o
    WHERE o.id = m.id
    """,
]


def prepare(cases: int) -> tuple[Agent, Conversation]:
    people()
    fill(cases)
    wanted = {"thread": THREAD, "cases": CASES, "messages": cases * MESSAGES_A_CASE}
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, wanted)
        cursor.execute("VACUUM ANALYZE")
    admin, _ = Agent.objects.get_or_create(username="admin", is_superuser=True, role="admin")
    return admin, Conversation.objects.select_related("customer").get(pk=THREAD)


def memory() -> float:
    """The most that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _note_lock(seen: list[float]) -> Callable[..., object]:
    """When the first lock on a thread was asked for."""

    def wrapper(
        execute: Callable[..., object], sql: str, params: object, many: bool, context: object
    ) -> object:
        if not seen and "FOR UPDATE" in sql and "conversations_conversation" in sql:
            seen.append(time.perf_counter())
        return execute(sql, params, many, context)

    return wrapper


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    admin, thread = prepare(cases)
    print(f"{Message.objects.count()} messages, {Receipt.objects.count()} raw events")
    before = memory()
    export = exporting.ask(thread=thread, agent=admin, client_id=uuid.uuid4())
    took = setup.seconds(lambda: exporting.run(export.pk, seconds=600))
    export.refresh_from_db()
    with zipfile.ZipFile(export.path) as found:
        entries = len(found.namelist())
    grown = memory() - before
    line = "export   {:6.1f} s, {} entries, {:.1f} MB, memory +{:.0f} MB"
    print(line.format(took, entries, export.size / 1e6, grown))
    before = memory()
    locked: list[float] = []
    with connection.execute_wrapper(_note_lock(locked)):
        asked = erasure.ask(customer_id=thread.customer_id, agent=admin)
        took = setup.seconds(lambda: erasure.run(asked.pk))
    held = time.perf_counter() - locked[0]
    print(f"erasure  {took:6.1f} s, locked for {held:.1f} s, memory +{memory() - before:.0f} MB")
    left = Customer.objects.filter(pk=thread.customer_id).count()
    done = Erasure.objects.get(pk=asked.pk)
    sys.exit("something is left" if left or done.state != "done" else 0)


if __name__ == "__main__":
    main()
