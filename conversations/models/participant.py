from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ParticipantState(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    UNCONFIRMED = "unconfirmed", _("Unconfirmed")


class Participant(models.Model):
    """An identity beside the customer in one case. Gets the mails sent to it, nothing else."""

    case = models.ForeignKey("conversations.Case", models.CASCADE, related_name="participants")
    identity = models.ForeignKey(
        "conversations.Identity", models.PROTECT, related_name="participations"
    )
    state = models.CharField(max_length=12, choices=ParticipantState)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["case", "identity"], name="participant_once_a_case"),
        ]

    def __str__(self) -> str:
        return str(self.identity)
