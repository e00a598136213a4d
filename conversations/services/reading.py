"""How far an agent has read."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from conversations import events
from conversations.models import Agent
from conversations.services import mentions, notices, threads

READ = "case.read"
"""What is said to who shows how far a case was read."""


def mark_read(*, case_id: int, agent: Agent, up_to: datetime) -> None:
    """Everything up to this time is read. A mark only moves forward, and not past the present."""
    case = threads.as_seen(case_id, agent)
    with connection.cursor() as cursor:
        cursor.execute(_FORWARD, [case.pk, agent.pk, up_to])
    events.nudged(READ, case.pk)
    mentions.mark_read(case=case, agent=agent, up_to=up_to)
    notices.read(case=case, agent=agent, up_to=up_to)


_FORWARD = """
INSERT INTO conversations_readmark (case_id, agent_id, read_at)
VALUES (%s, %s, least(%s, clock_timestamp()))
ON CONFLICT (case_id, agent_id)
DO UPDATE SET read_at = greatest(conversations_readmark.read_at, excluded.read_at)
"""


def mark_unread(*, case_id: int, agent: Agent) -> None:
    case = threads.as_seen(case_id, agent)
    agent.read_marks.filter(case=case).delete()
