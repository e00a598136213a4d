from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.agent import Agent


class ClockTimestamp(models.Func):
    """The database's wall clock at this very statement; Now() is the transaction's start."""

    function = "CLOCK_TIMESTAMP"
    arity = 0
    output_field = models.DateTimeField()


class InThread(Protocol):
    """A row that stands in a thread: a case, a delivery."""

    conversation_id: int

    def refresh_from_db(self, *, fields: list[str]) -> None: ...


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, agent: Agent) -> ConversationQuerySet:
        """Conversations this agent sees: one of the cases is theirs, or nobody's in particular."""
        from conversations.models.case import Case

        cases = Case.objects.of_teams_of(agent).filter(conversation=models.OuterRef("pk"))
        return self.filter(models.Exists(cases))

    def locked(self, pk: int) -> Conversation:
        """Take the thread's lock, following merges; `now` is database time under the lock."""
        while True:
            rows = self.select_for_update(of=("self",)).annotate(db_now=ClockTimestamp())
            found = rows.get(pk=pk)
            if found.merged_into_id is None:
                found.now = found.db_now  # type: ignore[attr-defined]  # annotated just above
                return found
            pk = found.merged_into_id

    def locked_of(self, customer_id: int) -> Conversation | None:
        """Take the lock of a customer's thread; None where they have none yet."""
        rows = self.select_for_update(of=("self",)).annotate(db_now=ClockTimestamp())
        found = rows.filter(customer=customer_id).first()
        if found is None:
            return None
        if found.merged_into_id is not None:
            return self.locked(found.merged_into_id)
        found.now = found.db_now  # type: ignore[attr-defined]  # annotated just above
        return found

    def locked_if_free(self, pk: int) -> Conversation | None:
        """Take the thread's lock unless somebody has it; None then, and where it was merged."""
        rows = self.select_for_update(of=("self",), skip_locked=True)
        found = rows.annotate(db_now=ClockTimestamp()).filter(pk=pk, merged_into=None).first()
        if found is not None:
            found.now = found.db_now  # type: ignore[attr-defined]  # annotated just above
        return found

    def locked_with(self, row: InThread) -> Conversation:
        """Lock the thread that a row stands in by now: a merge, or its undoing, may have moved it
        since the row was read."""
        conversation = self.locked(row.conversation_id)
        while True:
            row.refresh_from_db(fields=["conversation"])
            if row.conversation_id == conversation.pk:
                return conversation
            before, conversation = conversation, self.locked(row.conversation_id)
            if before.pk == conversation.pk:
                return conversation

    def both_locked(self, one: int, other: int) -> list[Conversation]:
        """Two threads in the order of their ids, so that nobody waits in a circle; one thread
        when they were merged meanwhile."""
        while True:
            wanted = sorted({self.survivor_of(one), self.survivor_of(other)})
            found = [self.locked(pk) for pk in wanted]
            if [conversation.pk for conversation in found] == wanted:
                return found

    def rows_locked(self, *ids: int) -> list[Conversation]:
        """These very rows in the order of their ids, merged away or not, with `now`."""
        rows = self.select_for_update(of=("self",)).annotate(db_now=ClockTimestamp())
        found = list(rows.filter(pk__in=ids).order_by("pk"))
        for conversation in found:
            conversation.now = conversation.db_now  # type: ignore[attr-defined]  # annotated
        return found

    def survivor_of(self, pk: int) -> int:
        """The thread that this one was merged into, at the end of the chain."""
        return self.chain_of(pk)[-1]

    def chain_of(self, pk: int) -> list[int]:
        """A thread, the one that it was merged into, and so on."""
        further = self.filter(pk=pk).values_list("merged_into", flat=True).get()
        return [pk] if further is None else [pk, *self.chain_of(further)]


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

    objects = ConversationQuerySet.as_manager()

    now: datetime
    """Database time, on a row that `locked` returned."""

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")

    def __str__(self) -> str:
        return f"#{self.pk}"
