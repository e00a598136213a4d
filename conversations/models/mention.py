from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.agent import Agent


class MentionQuerySet(models.QuerySet["Mention"]):
    def seen_by(self, agent: Agent) -> MentionQuerySet:
        """The agent's own, in cases that they may see by now: a mention gives nobody rights."""
        from conversations.models.case import Case

        cases = Case.objects.visible_to(agent).values("pk")
        return self.filter(agent=agent, message__case__in=cases)


class Mention(models.Model):
    """A note calls somebody by name. Read once the note was on their screen."""

    message = models.ForeignKey("conversations.Message", models.CASCADE, related_name="mentions")
    agent = models.ForeignKey("conversations.Agent", models.CASCADE, related_name="mentions")
    read_at = models.DateTimeField(null=True, blank=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [
            models.UniqueConstraint(fields=["message", "agent"], name="mention_once_a_note"),
        ]
        indexes = [
            models.Index("agent", "id", condition=models.Q(read_at=None), name="mention_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.agent_id}"
