"""What an agent keeps at a case: a draft, a read mark."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DraftKind(models.TextChoices):
    MESSAGE = "message", _("Message")
    NOTE = "note", _("Note")
    ASIDE = "aside", _("To a third party")


class Draft(models.Model):
    """Unsent words, kept by (case, agent, kind). `version` orders writes of several tabs."""

    case = models.ForeignKey("conversations.Case", models.CASCADE, related_name="drafts")
    agent = models.ForeignKey("conversations.Agent", models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=10, choices=DraftKind, default=DraftKind.MESSAGE)
    text = models.TextField()
    fields = models.JSONField(default=dict, blank=True)
    version = models.PositiveBigIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "agent", "kind"], name="draft_one_each"),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class ReadMark(models.Model):
    """How far an agent has read a case: everything up to `read_at`."""

    case = models.ForeignKey("conversations.Case", models.CASCADE, related_name="read_marks")
    agent = models.ForeignKey("conversations.Agent", models.CASCADE, related_name="read_marks")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "agent"], name="readmark_one_each"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.case_id}"
