"""Counters of cases, kept by the database itself as cases change.

Each change adds rows of +1 and -1, so that nobody waits for anybody's counter; the clock folds
them. The sum over them is exact at every moment, in the very snapshot that a list is read in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from conversations.models.agent import Team

if TYPE_CHECKING:
    from conversations.models.agent import Agent


class TallyQuerySet(models.QuerySet["Tally"]):
    def of_teams_of(self, agent: Agent) -> TallyQuerySet:
        """Of the cases that the agent may act on."""
        if agent.is_admin:
            return self.all()
        return self.filter(team_id__in=Team.objects.of(agent).values("pk"))

    def fold(self) -> int:
        """Make one row of all that count the same. Returns how many rows it was."""
        with connection.cursor() as cursor:
            cursor.execute(_FOLD)
            return int(cursor.fetchone()[0])


class Tally(models.Model):
    """So many more, or fewer, standing cases of a team, an assignee (or nobody) and a status."""

    team_id = models.BigIntegerField()
    assignee_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10)
    is_waiting = models.BooleanField()
    number = models.IntegerField()

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")

    def __str__(self) -> str:
        return f"{self.team_id} {self.status} {self.number:+}"


# rows that another fold has are left to it; one that finds nothing to fold writes nothing
_FOLD = """
WITH many AS (
  SELECT team_id, assignee_id, status, is_waiting FROM conversations_tally
  GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
), held AS (
  SELECT t.id FROM conversations_tally t JOIN many m
    ON t.team_id = m.team_id AND t.assignee_id IS NOT DISTINCT FROM m.assignee_id
   AND t.status = m.status AND t.is_waiting = m.is_waiting
  FOR UPDATE OF t SKIP LOCKED
), gone AS (
  DELETE FROM conversations_tally t USING held WHERE t.id = held.id
  RETURNING t.team_id, t.assignee_id, t.status, t.is_waiting, t.number
), kept AS (
  INSERT INTO conversations_tally (team_id, assignee_id, status, is_waiting, number)
  SELECT team_id, assignee_id, status, is_waiting, sum(number) FROM gone
  GROUP BY 1, 2, 3, 4 HAVING sum(number) <> 0
)
SELECT count(*) FROM gone
"""
