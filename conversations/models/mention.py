from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mention(models.Model):
    """A note calls somebody by name. Read once the note was on their screen.

    It gives nobody rights: whoever lists mentions lists cases that their agent may see.
    """

    message = models.ForeignKey("conversations.Message", models.CASCADE, related_name="mentions")
    agent = models.ForeignKey("conversations.Agent", models.CASCADE, related_name="mentions")
    read_at = models.DateTimeField(null=True, blank=True)

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
