"""What agents are told of while they do not look, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from conversations.models.case import PAST_TARGET, Case, Status
from conversations.models.conversation import ClockTimestamp
from conversations.models.mention import Mention

if TYPE_CHECKING:
    from conversations.models.agent import Agent


class NoticeKind(models.TextChoices):
    ASSIGNED = "assigned", _("Assigned to you")
    MENTIONED = "mentioned", _("You were mentioned")
    LATE = "late", _("Past the reply target")
    WROTE = "wrote", _("The customer wrote")


class Way(models.TextChoices):
    BROWSER = "browser", _("Notification")
    SOUND = "sound", _("Sound")
    MAIL = "mail", _("E-mail")


USUAL = {
    NoticeKind.ASSIGNED: {Way.BROWSER, Way.MAIL},
    NoticeKind.MENTIONED: {Way.BROWSER, Way.MAIL},
    NoticeKind.LATE: {Way.BROWSER, Way.MAIL},
    NoticeKind.WROTE: {Way.BROWSER},
}
"""How agents are told who said nothing about it."""


def ways(agent: Agent, kind: str) -> set[str]:
    """How this agent wants to be told of this."""
    if kind in agent.notify:
        return set(agent.notify[kind])
    return {str(way) for way in USUAL[NoticeKind(kind)]}


class NoticeQuerySet(models.QuerySet["Notice"]):
    def standing(self) -> NoticeQuerySet:
        """Neither read, nor mailed, nor let go."""
        return self.filter(settled_at=None)

    def true_for(self, agent: Agent) -> NoticeQuerySet:
        """Those of the agent's that still hold, about cases that they may see at this moment."""
        kind, mine = NoticeKind, Q(case__assignee=F("agent"))
        waits = mine & Q(case__status=Status.OPEN, case__waiting_since__isnull=False)
        past = Q(case__in=Case.objects.filter(PAST_TARGET).values("pk"))
        still = [Status.OPEN, Status.SNOOZED]
        called = Mention.objects.filter(
            agent=OuterRef("agent"), message__case=OuterRef("case"), read_at=None
        )
        return self.filter(
            Q(kind=kind.ASSIGNED) & mine & Q(case__status__in=still)
            | Q(kind=kind.MENTIONED) & Exists(called)
            | Q(kind=kind.LATE) & waits & past
            | Q(kind=kind.WROTE) & waits,
            agent=agent,
            case__in=Case.objects.visible_to(agent).values("pk"),
        )


class Notice(models.Model):
    """One thing to tell one agent about one case; it holds numbers only.

    `at` is the time of the thread when it happened. Notices that were claimed together go in one
    mail, `mail_id`, also when it has to be tried again. `settled_at`: there is nothing left to
    mail, since it was read, or told by an open desk, or mailed at `sent_at`, or holds no more.
    """

    agent = models.ForeignKey("conversations.Agent", models.CASCADE, related_name="notices")
    case = models.ForeignKey("conversations.Case", models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    at = models.DateTimeField(db_default=ClockTimestamp())
    mail_id = models.UUIDField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index("agent", "id", name="notice_by_agent"),
            models.Index("at", condition=Q(settled_at=None), name="notice_to_settle"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.case_id} {self.kind}"
