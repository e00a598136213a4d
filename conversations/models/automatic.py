from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import connection, models


class AutomaticAnswerManager(models.Manager["AutomaticAnswer"]):
    def claim(self, *, kind: str, address: str) -> bool:
        """Take the right to answer an address by itself; False when it had one within a day.

        One statement by database time: of two at once one is told no.
        """
        pause = AutomaticAnswer.PAUSE.total_seconds()
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"kind": kind, "address": address, "pause": pause})
            return cursor.fetchone() is not None


class AutomaticAnswer(models.Model):
    """When an address last had an automatic answer of ours: one a day at most (RFC 3834 2)."""

    kind = models.CharField(max_length=16)
    address = models.CharField(max_length=320)
    answered_at = models.DateTimeField()

    PAUSE: ClassVar[timedelta] = timedelta(days=1)

    objects: ClassVar[AutomaticAnswerManager] = AutomaticAnswerManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "address"], name="automatic_answer_once"),
        ]

    def __str__(self) -> str:
        return self.address


_CLAIM = """
INSERT INTO conversations_automaticanswer AS known (kind, address, answered_at)
VALUES (%(kind)s, %(address)s, clock_timestamp())
ON CONFLICT (kind, address) DO UPDATE SET answered_at = clock_timestamp()
WHERE known.answered_at <= clock_timestamp() - make_interval(secs => %(pause)s)
RETURNING id
"""
