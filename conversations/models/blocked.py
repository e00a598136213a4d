from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class BlockedSenderManager(models.Manager["BlockedSender"]):
    def covers(self, address: str) -> bool:
        """Whether an address is blocked itself, or by its domain or one above."""
        domain = address.rpartition("@")[2].lower()
        labels = domain.split(".")
        above = [".".join(labels[place:]) for place in range(max(len(labels) - 1, 1))]
        return self.filter(value__in=[address.lower(), *above]).exists()


class BlockedSender(models.Model):
    """An address or a domain whose messages are kept as spam: nobody is told, no clock runs."""

    value = models.CharField(_("address or domain"), max_length=320, unique=True)
    blocked_by = models.ForeignKey(
        "conversations.Agent",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("blocked by"),
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects: ClassVar[BlockedSenderManager] = BlockedSenderManager()

    class Meta:
        verbose_name = _("blocked sender")
        verbose_name_plural = _("blocked senders")
        ordering = ["value"]

    def __str__(self) -> str:
        return self.value
