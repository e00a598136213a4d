from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Merge(models.Model):
    """Two made one, with everything needed to undo it. The last merge is undone first."""

    survivor = models.ForeignKey("conversations.Conversation", models.PROTECT, related_name="+")
    loser = models.ForeignKey("conversations.Conversation", models.PROTECT, related_name="+")
    agent = models.ForeignKey("conversations.Agent", models.PROTECT, null=True, related_name="+")
    cause = models.CharField(_("cause"), max_length=64)
    merged_at = models.DateTimeField(db_default=models.functions.Now())
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(survivor=models.F("loser")), name="merge_takes_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.survivor_id}"


class MergeItem(models.Model):
    """One row that a merge moved: which, from where, to where."""

    merge = models.ForeignKey(Merge, models.CASCADE, related_name="items")
    model = models.CharField(max_length=40)
    row = models.BigIntegerField()
    moved_from = models.BigIntegerField()
    moved_to = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merge", "model", "row"], name="mergeitem_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.row}"
