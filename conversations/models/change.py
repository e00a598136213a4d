from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    MESSAGE = "message"
    DELIVERY = "delivery"
    CASE = "case"
    CUSTOMER = "customer"
    RESET = "reset"


class Change(models.Model):
    """One step of a thread's revision. Replay is the changes after n; `reset` means reload.

    `is_new` where the message came with it. `is_told` once the rooms were told.
    """

    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="changes"
    )
    revision = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12, choices=ChangeKind)
    message = models.ForeignKey("conversations.Message", models.CASCADE, null=True, blank=True)
    case = models.ForeignKey("conversations.Case", models.CASCADE, null=True, blank=True)
    is_new = models.BooleanField(default=False)
    is_told = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "revision"], name="change_one_a_step"),
        ]
        indexes = [
            models.Index("at", name="change_by_age"),
            models.Index("id", condition=models.Q(is_told=False), name="change_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}@{self.revision}"
