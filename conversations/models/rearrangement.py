from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conversations.models.agent import Team

if TYPE_CHECKING:
    from conversations.models.agent import Agent
    from conversations.models.conversation import Conversation


class RearrangementKind(models.TextChoices):
    CUSTOMERS = "customers", _("Customers merged")
    CASES = "cases", _("Cases merged")
    SPLIT = "split", _("Case split")
    MOVE = "move", _("Messages moved")


class RearrangementQuerySet(models.QuerySet["Rearrangement"]):
    def standing(self) -> RearrangementQuerySet:
        """Those that were not undone."""
        return self.filter(undone_at=None)

    def visible_to(self, agent: Agent) -> RearrangementQuerySet:
        """Those in threads that the agent sees, where no case is another's restricted one.

        Cases that were merged away count by their own team: nobody sees them any more.
        """
        from conversations.models.conversation import Conversation

        seen = Conversation.objects.visible_to(agent).values("pk")
        closed = Team.objects.filter(is_restricted=True).exclude(pk__in=Team.objects.of(agent))
        hidden = Q(source__team__in=closed.values("pk")) | Q(target__team__in=closed.values("pk"))
        here = Q(survivor__in=seen) | Q(source__conversation__in=seen) & Q(
            target__conversation__in=seen
        )
        return self.filter(here).exclude(hidden)

    def of_thread(self, conversation: Conversation) -> RearrangementQuerySet:
        """What made this thread what it is."""
        return self.filter(
            Q(survivor=conversation)
            | Q(source__conversation=conversation)
            | Q(target__conversation=conversation)
        )


class Rearrangement(models.Model):
    """Customers or cases made one, or messages put into another case; with all it takes to undo it.

    Of customers: `loser` went into `survivor`, the older one. Of cases: what was moved went from
    `source` to `target`. `details` keeps what rows cannot: columns before and after, and the
    highest ids of that moment, so that later rows are known as later.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=RearrangementKind)
    survivor = models.ForeignKey(
        "conversations.Conversation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    loser = models.ForeignKey(
        "conversations.Conversation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    source = models.ForeignKey(
        "conversations.Case", models.PROTECT, null=True, blank=True, related_name="+"
    )
    target = models.ForeignKey(
        "conversations.Case", models.PROTECT, null=True, blank=True, related_name="+"
    )
    agent = models.ForeignKey(
        "conversations.Agent", models.PROTECT, null=True, blank=True, related_name="+"
    )
    cause = models.CharField(_("cause"), max_length=200, blank=True)
    details = models.JSONField(default=dict, blank=True)
    done_at = models.DateTimeField(_("done"), db_default=models.functions.Now())
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        "conversations.Agent", models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RearrangementQuerySet.as_manager()

    class Meta:
        verbose_name = _("rearrangement")
        verbose_name_plural = _("rearrangements")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind="customers", survivor__isnull=False, loser__isnull=False,
                    source=None, target=None,
                )
                | Q(survivor=None, loser=None, source__isnull=False, target__isnull=False)
                & ~Q(kind="customers"),
                name="rearrangement_is_of_customers_or_cases",
            ),
            models.CheckConstraint(
                condition=~Q(survivor=F("loser")) & ~Q(source=F("target")),
                name="rearrangement_takes_two",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class RearrangedRow(models.Model):
    """One row that was moved: which, from where, to where. `model` names model and column."""

    rearrangement = models.ForeignKey(Rearrangement, models.CASCADE, related_name="rows")
    model = models.CharField(max_length=40)
    row = models.BigIntegerField()
    moved_from = models.BigIntegerField()
    moved_to = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rearrangement", "model", "row"], name="rearrangedrow_once"
            ),
        ]
        indexes = [models.Index("model", "row", name="rearrangedrow_by_row")]

    def __str__(self) -> str:
        return f"{self.model} {self.row}"
