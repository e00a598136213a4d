"""Who is at their desk, by their sockets' last sign of life and by their own word."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import ClockTimestamp

GONE_AFTER = timedelta(seconds=60)
"""Who gave no sign of life for so long is not here."""
SPARED = timedelta(seconds=10)
"""A sign of life so soon after the last one is not written down again."""


class Availability(models.TextChoices):
    ONLINE = "online", _("Online")
    AWAY = "away", _("Away")
    OFFLINE = "offline", _("Offline")


def _silent() -> Q:
    return Q(seen_at__lt=ClockTimestamp() - GONE_AFTER)


class DutyQuerySet(models.QuerySet["Duty"]):
    def online(self) -> DutyQuerySet:
        return self.filter(state=Availability.ONLINE)

    def gone(self) -> DutyQuerySet:
        """Signed out, or silent; who is merely away by their own word is neither."""
        return self.filter(Q(state=Availability.OFFLINE) | _silent())

    def judge(self) -> list[int]:
        """Make who is silent away. Returns which agents."""
        silent = self.online().filter(_silent())
        found = list(silent.values_list("pk", flat=True))
        if found:
            silent.filter(pk__in=found).update(state=Availability.AWAY, since=ClockTimestamp())
        return found

    def seen(self, agent_id: int) -> bool:
        """A sign of life: online again, unless they chose to be away; whether that is new. One
        statement, which mostly writes nothing."""
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, {"agent": agent_id, "spared": SPARED.total_seconds()})
            row = cursor.fetchone()
        return row is not None and bool(row[0])

    def chosen(self, agent_id: int, state: Availability) -> None:
        """The agent's own word."""
        is_chosen = state == Availability.AWAY
        with connection.cursor() as cursor:
            cursor.execute(_CHOSEN, {"agent": agent_id, "state": state, "chosen": is_chosen})


class Duty(models.Model):
    """Whether an agent can be given work: one narrow row each, written often.

    `is_chosen` where they are away by their own word, which only their word ends. `seen_at` is a
    socket's last sign of life, `given_at` when something was last given to them by a rule.
    """

    agent = models.OneToOneField(
        "conversations.Agent", models.CASCADE, primary_key=True, related_name="duty"
    )
    state = models.CharField(_("availability"), max_length=8, choices=Availability)
    is_chosen = models.BooleanField(default=False)
    since = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last seen"))
    given_at = models.DateTimeField(null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duty")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_chosen=False) | Q(state=Availability.AWAY),
                name="duty_only_away_is_chosen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.state}"


_SEEN = """
INSERT INTO conversations_duty AS a (agent_id, state, is_chosen, since, seen_at)
SELECT %(agent)s, 'online', false, now, now FROM (SELECT clock_timestamp() AS now) AS clock
ON CONFLICT (agent_id) DO UPDATE SET
  seen_at = excluded.seen_at,
  state = CASE WHEN a.is_chosen THEN a.state ELSE 'online' END,
  since = CASE WHEN a.is_chosen OR a.state = 'online' THEN a.since ELSE excluded.since END
WHERE a.seen_at < excluded.seen_at - make_interval(secs => %(spared)s)
   OR NOT a.is_chosen AND a.state <> 'online'
RETURNING since = seen_at
"""
_CHOSEN = """
INSERT INTO conversations_duty AS a (agent_id, state, is_chosen, since, seen_at)
VALUES (%(agent)s, %(state)s, %(chosen)s, clock_timestamp(), clock_timestamp())
ON CONFLICT (agent_id) DO UPDATE SET
  seen_at = excluded.seen_at,
  state = excluded.state,
  is_chosen = excluded.is_chosen,
  since = CASE WHEN a.state = excluded.state THEN a.since ELSE excluded.since END
"""
