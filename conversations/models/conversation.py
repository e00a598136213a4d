from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.agent import Agent


class ClockTimestamp(Now):
    """The database's wall clock now, not the transaction's start."""

    def as_postgresql(self, compiler, connection, **extra_context):  # type: ignore[no-untyped-def]  # noqa: ANN
        return self.as_sql(compiler, connection, template="CLOCK_TIMESTAMP()", **extra_context)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, agent: Agent) -> ConversationQuerySet:
        """Conversations this agent sees: one of the cases is theirs, or nobody's in particular."""
        from conversations.models.case import Case

        cases = Case.objects.of_teams_of(agent).filter(conversation=models.OuterRef("pk"))
        return self.filter(models.Exists(cases))

    def locked(self, pk: int) -> Conversation:
        """Take the thread's lock, following merges; `now` is database time under the lock."""
        while True:
            found = self.select_for_update(of=("self",)).annotate(now=ClockTimestamp()).get(pk=pk)
            if found.merged_into_id is None:
                return found
            pk = found.merged_into_id


class Conversation(models.Model):
    """The one living thread of a customer; never closed. Its row is the thread's lock."""

    customer = models.OneToOneField(
        "conversations.Customer", models.PROTECT, related_name="conversation"
    )
    revision = models.PositiveBigIntegerField(default=0)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    if TYPE_CHECKING:
        now: datetime

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")

    def __str__(self) -> str:
        return f"#{self.pk}"
