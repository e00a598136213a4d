from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

LEASE = timedelta(seconds=15)


class HeartbeatManager(models.Manager["Heartbeat"]):
    def beat(self, name: str, holder: uuid.UUID) -> bool:
        """Say that `name` is alive. True while this holder is the one who may do its work.

        Another holder takes over when the lease, by database time, has run out.
        """
        with connection.cursor() as cursor:
            cursor.execute(_BEAT, {"name": name, "holder": holder, "lease": LEASE.total_seconds()})
            return cursor.fetchone() is not None

    def release(self, name: str, holder: uuid.UUID) -> None:
        """Let the next holder begin at once."""
        self.filter(name=name, holder=holder).delete()


class Heartbeat(models.Model):
    """Last sign of life of a process of which one should work, and which one that is."""

    name = models.CharField(max_length=40, unique=True)
    holder = models.UUIDField()
    at = models.DateTimeField()

    objects = HeartbeatManager()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


_BEAT = """
INSERT INTO conversations_heartbeat (name, holder, at)
VALUES (%(name)s, %(holder)s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, at = excluded.at
WHERE conversations_heartbeat.holder = excluded.holder
   OR conversations_heartbeat.at < clock_timestamp() - make_interval(secs => %(lease)s)
RETURNING id
"""
