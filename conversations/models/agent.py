from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMIN = "admin", _("Admin")


class Giving(models.TextChoices):
    """How a team's waiting cases come to its agents."""

    HAND = "hand", _("By hand")
    ROUND_ROBIN = "round_robin", _("Round robin")
    LEAST_LOADED = "least_loaded", _("To the least loaded")


USUAL_CAPACITY = 12
"""Points: four live chats, or twelve mails."""


class Agent(AbstractUser):
    """Somebody who works here. The user model."""

    email = models.EmailField(_("e-mail address"), unique=True)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.AGENT)
    language = models.CharField(_("language"), max_length=8, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    signature = models.TextField(_("signature"), blank=True)
    capacity = models.PositiveSmallIntegerField(_("capacity"), null=True, blank=True)
    """Points that they can hold at once; none of their own: the team's."""
    undo_seconds = models.PositiveSmallIntegerField(_("seconds to undo a send"), default=10)
    takes_by_answering = models.BooleanField(_("takes a case by starting to answer"), default=True)
    keys = models.JSONField(_("keys"), default=dict, blank=True)
    """Own keys of the desk, by action; actions not named have the usual one."""

    notify = models.JSONField(_("notifications"), default=dict, blank=True)
    """Ways by what to be told of, see `notice.ways`; what is not named has the usual ones."""

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="agent_email_any_case"),
            models.CheckConstraint(
                condition=models.Q(undo_seconds__lte=60), name="agent_undo_at_most_a_minute"
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_admin(self) -> bool:
        return self.is_superuser or self.role == Role.ADMIN

    @property
    def zone(self) -> ZoneInfo:
        """Where their days begin; UTC where the name is none that is known here."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")


class TeamQuerySet(models.QuerySet["Team"]):
    def default(self) -> Team:
        """The team of cases that belong to nobody in particular; made by the first migration."""
        return self.get(is_default=True)

    def of(self, agent: Agent) -> TeamQuerySet:
        """Teams whose cases this agent acts on: their own and the default one; an admin, all."""
        if agent.is_admin:
            return self
        own = agent.teams.through.objects.filter(agent=agent).values("team")
        return self.filter(models.Q(pk__in=own) | models.Q(is_default=True))

    def giving_to(self, agent: Agent) -> TeamQuerySet:
        """Teams whose rule gives this agent cases: theirs, and a default one without members."""
        mine = models.Q(members=agent) | models.Q(members=None, is_default=True)
        return self.exclude(giving=Giving.HAND).filter(mine)


class Team(models.Model):
    """Who a case belongs to. `is_restricted` hides its cases from everybody else."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    icon = models.CharField(_("icon"), max_length=24, default="users")
    is_default = models.BooleanField(_("default team"), default=False)
    is_restricted = models.BooleanField(
        _("restricted"),
        default=False,
        help_text=_("Others see one line in place of its cases: no text, file or search hit."),
    )
    giving = models.CharField(
        _("how cases are given"), max_length=12, choices=Giving, default=Giving.HAND
    )
    capacity = models.PositiveSmallIntegerField(_("capacity of each agent"), default=USUAL_CAPACITY)
    members: models.ManyToManyField[Agent, models.Model] = models.ManyToManyField(
        Agent, related_name="teams", blank=True, verbose_name=_("members")
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="team_one_default"
            ),
            models.CheckConstraint(
                condition=~models.Q(is_default=True, is_restricted=True),
                name="team_default_is_open",
            ),
        ]

    def __str__(self) -> str:
        return self.name
