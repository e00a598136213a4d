from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _

from conversations.models import target
from conversations.models.agent import Team
from conversations.models.message import FROM_MAILBOX

if TYPE_CHECKING:
    from conversations.models.agent import Agent
    from conversations.models.delivery import Delivery
    from conversations.models.message import Message


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")
    SPAM = "spam", _("Spam")


class Priority(models.IntegerChoices):
    LOW = 0, _("Low")
    NORMAL = 1, _("Normal")
    HIGH = 2, _("High")
    URGENT = 3, _("Urgent")


PAST_TARGET = Q(waiting_since__isnull=False, reply_due_at__lte=Now())
"""The customer waits past the reply target."""
DUE_SOON = Q(waiting_since__isnull=False, reply_soon_at__lte=Now(), reply_due_at__gt=Now())
"""The customer waits and the end of the target is near."""


def new_token() -> str:
    """A reply token: 160 random bits in lower-case hex, safe in any mail address."""
    return secrets.token_hex(20)


class LastOf(Func):
    """The last element of an array column; NULL of an empty one."""

    template = "(%(expressions)s)[array_upper(%(expressions)s, 1)]"
    arity = 1
    output_field = models.CharField()


class CaseQuerySet(models.QuerySet["Case"]):
    """The one "who sees what" query: everything else that an agent sees is derived from here.

    A case that was merged into another is seen by nobody: its number leads to the other.
    """

    def standing(self) -> CaseQuerySet:
        """Cases that were not merged into another."""
        return self.filter(merged_into=None)

    def most_urgent(self) -> CaseQuerySet:
        """The open ones in which the customer waits, the earliest target first: of one customer,
        the first is the customer's own clock."""
        waiting = self.filter(status=Status.OPEN, waiting_since__isnull=False)
        return waiting.order_by(F("reply_due_at").asc(nulls_last=True), "waiting_since", "pk")

    def to_give(self) -> CaseQuerySet:
        """Those in which the customer waits and nobody in particular works, in that order."""
        return self.filter(assignee=None).most_urgent()

    def survivor_of(self, case_id: int) -> int:
        """The number of the case that this one was merged into, at the end of the chain."""
        while (further := self._next(case_id)) is not None:
            case_id = further
        return case_id

    def _next(self, case_id: int) -> int | None:
        return self.filter(pk=case_id).values_list("merged_into", flat=True).first()

    def of_teams_of(self, agent: Agent) -> CaseQuerySet:
        """Cases that the agent may act on."""
        standing = self.standing()
        if agent.is_admin:
            return standing
        return standing.filter(team__in=Team.objects.of(agent).values("pk"))

    def visible_to(self, agent: Agent) -> CaseQuerySet:
        """Cases whose text the agent may read: whole conversations, less others' restricted ones.

        A conversation is seen whole when one of its cases is the agent's to act on.
        """
        standing = self.standing()
        if agent.is_admin:
            return standing
        teams = Team.objects.of(agent).values("pk")
        open_teams = Team.objects.filter(is_restricted=False).values("pk")
        return standing.filter(
            Q(team__in=teams) | Q(team__in=open_teams) & Q(IsNull(_beside(teams), False))
        )


def _beside(teams: models.QuerySet[Team, Any]) -> Subquery:
    """A case of these teams in the same conversation.

    Not an EXISTS: PostgreSQL would hash all cases of the teams for it, which costs 100 ms at
    100,000 cases, where this probes an index for each row that a page shows.
    """
    same = Case.objects.standing().filter(conversation=OuterRef("conversation"), team__in=teams)
    return Subquery(same.values("pk")[:1])


class Case(models.Model):
    """A piece of work inside a conversation. What gets assigned and resolved.

    The last-message columns, `journey` and those about waiting repeat what the messages say, so
    that a list page reads one table. `last_speaker` is who wrote, where that was somebody else than
    the customer and us. `waiting_since` is the first unanswered customer message,
    `reply_due_at` the earliest target of those, `reply_soon_at` from when on that is soon;
    `target_passed_at` is when it was noticed that it has passed.
    """

    conversation = models.ForeignKey(
        "conversations.Conversation", models.PROTECT, related_name="cases"
    )
    topic = models.CharField(_("topic"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    priority = models.SmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    team = models.ForeignKey("conversations.Team", models.PROTECT, related_name="cases")
    assignee = models.ForeignKey(
        "conversations.Agent", models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    follows = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="followed_by"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    tags: models.ManyToManyField[Tag, models.Model] = models.ManyToManyField(
        "conversations.Tag", blank=True, related_name="cases"
    )
    reply_token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    opened_at = models.DateTimeField(_("opened"))
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    reply_due_at = models.DateTimeField(_("reply due"), null=True, blank=True)
    reply_soon_at = models.DateTimeField(null=True, blank=True)
    target_passed_at = models.DateTimeField(_("target passed"), null=True, blank=True)
    target_edition = models.PositiveBigIntegerField(default=0)
    last_message_at = models.DateTimeField(_("last message"))
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_preview = models.CharField(max_length=200, blank=True)
    last_author = models.ForeignKey(
        "conversations.Agent", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_speaker = models.CharField(max_length=200, blank=True)
    last_is_aside = models.BooleanField(default=False)
    journey = ArrayField(models.CharField(max_length=16), default=list, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(status=Status.RESOLVED, resolved_at__isnull=False)
                | ~Q(status=Status.RESOLVED) & Q(resolved_at=None),
                name="case_resolved_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.SNOOZED) | Q(snoozed_until=None),
                name="case_only_snoozed_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(waiting_since=None) | ~Q(status__in=[Status.RESOLVED, Status.SPAM]),
                name="case_nobody_waits_on_a_closed_one",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(status=Status.RESOLVED),
                name="case_merged_is_closed",
            ),
        ]
        indexes = [
            models.Index("waiting_since", "id", condition=Q(status="open"), name="case_waiting"),
            models.Index("reply_due_at", "id", condition=Q(status="open"), name="case_due"),
            models.Index(
                "reply_due_at",
                condition=Q(status="open", target_passed_at=None, reply_due_at__isnull=False),
                name="case_to_pass",
            ),
            models.Index(
                "target_edition", condition=Q(waiting_since__isnull=False), name="case_reckoned"
            ),
            models.Index("last_message_at", "id", condition=Q(status="open"), name="case_open"),
            models.Index(
                "assignee", "waiting_since", "id", condition=Q(status="open"), name="case_mine"
            ),
            models.Index("status", "last_message_at", "id", name="case_by_status"),
            models.Index(
                "team",
                "reply_due_at",
                "id",
                condition=Q(status="open", assignee=None, waiting_since__isnull=False),
                name="case_to_give",
            ),
            models.Index("snoozed_until", "id", condition=Q(status="snoozed"), name="case_snoozed"),
            models.Index("last_message_at", "id", name="case_by_time"),
            models.Index("conversation", "status", "last_message_at", name="case_of_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.topic}"

    @property
    def number(self) -> int:
        return self.pk

    @property
    def is_new(self) -> bool:
        """Not stored yet."""
        return self._state.adding

    @property
    def is_closed(self) -> bool:
        return self.status in {Status.RESOLVED, Status.SPAM}

    def wait(self, message: Message) -> None:
        """The customer waits from this message on, unless they waited already."""
        self.waiting_since = self.waiting_since or message.sorted_at
        self.reckon_target()

    def answer(self) -> None:
        """Nobody waits any more: a person answered in public, or the case was closed."""
        self.waiting_since = self.reply_due_at = self.reply_soon_at = self.target_passed_at = None

    def reckon_wait(self) -> None:
        """Set all that is said about waiting from the messages. The caller saves.

        Waiting starts at the first customer message after our last public human answer; one
        that reached nobody was no answer.
        """
        passed_at = self.target_passed_at
        self.answer()
        if self.is_closed:
            return
        first = self._unanswered().values_list("sorted_at", flat=True).first()
        if first is not None:
            self.waiting_since, self.target_passed_at = first, passed_at
            self.reckon_target()

    def reckon_target(self) -> None:
        """Set when an answer is due to who waits, by channels and team. The caller saves."""
        if self.waiting_since is None:
            return
        asked = self._asked().filter(sorted_at__gte=self.waiting_since)
        aim = target.aim(self.team_id, asked)
        self.reply_due_at, self.reply_soon_at = aim.due, aim.soon
        self.target_edition = aim.edition
        if aim.due is None or (self.target_passed_at and self.target_passed_at < aim.due):
            self.target_passed_at = None

    def _unanswered(self) -> models.QuerySet[Message]:
        by_us = Q(agent__isnull=False) | Q(code=FROM_MAILBOX)
        answers = self.messages.public().filter(by_us).exclude(Exists(_missed()) | Exists(_later()))
        answered = answers.aggregate(last=models.Max("sorted_at"))["last"]
        asked = self._asked()
        return asked if answered is None else asked.filter(sorted_at__gt=answered)

    def _asked(self) -> models.QuerySet[Message]:
        """What a person wrote to us who counts."""
        by_them = self.messages.public().filter(
            identity__isnull=False, origin="person", is_unconfirmed=False
        )
        return by_them.exclude(receipt__is_history=True).order_by("sorted_at", "id")


def _missed() -> models.QuerySet[Delivery, Any]:
    """Deliveries of a message that reached nobody, and that no other makes up for."""
    from conversations.models.delivery import Delivery

    lost = Delivery.objects.filter(state__in=["failed", "cancelled"], instead=None)
    return lost.filter(messages=OuterRef("pk"))


def _later() -> models.QuerySet[Delivery, Any]:
    """Deliveries of a message that wait for a time which somebody chose."""
    from conversations.models.delivery import Delivery

    waits = Delivery.objects.filter(state="held", is_scheduled=True)
    return waits.filter(messages=OuterRef("pk")).values("pk")


def most_urgent(cases: Iterable[Case]) -> Case | None:
    """The first of `CaseQuerySet.most_urgent`, of cases at hand."""
    waiting = [case for case in cases if case.status == Status.OPEN and case.waiting_since]
    return min(waiting, key=_urgency, default=None)


def _urgency(case: Case) -> tuple[object, ...]:
    return case.reply_due_at is None, case.reply_due_at, case.waiting_since, case.pk


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
