from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.models.agent import Agent, Team
from conversations.models.case import Priority


class Giving(models.TextChoices):
    NOBODY_ELSE = "", _("As it is")
    ME = "me", _("To whoever uses it")
    NOBODY = "none", _("To nobody")


class MacroQuerySet(models.QuerySet["Macro"]):
    def usable_by(self, agent: Agent) -> MacroQuerySet:
        """Everybody's, those of the agent's teams, and their own."""
        teams = Team.objects.of(agent).values("pk")
        shared = Q(team=None, owner=None) | Q(team__in=teams)
        return self.filter(shared | Q(owner=agent), is_active=True)


class Macro(models.Model):
    """Words that are said again and again, with `{{placeholders}}`, and what is done along.

    Everybody's, unless it has a team or an owner. Without text it only does something.
    """

    name = models.CharField(_("name"), max_length=80)
    team = models.ForeignKey(
        "conversations.Team",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="macros",
        verbose_name=_("team"),
        help_text=_("Empty: everybody's."),
    )
    owner = models.ForeignKey(
        "conversations.Agent", models.CASCADE, null=True, blank=True, related_name="macros"
    )
    text_en = models.TextField(_("text, English"), blank=True)
    text_es = models.TextField(_("text, Spanish"), blank=True)
    add_tags = models.CharField(
        _("tags to add"), max_length=300, blank=True, help_text=_("Separated by commas.")
    )
    assign = models.CharField(
        _("assign"), max_length=8, choices=Giving, blank=True, default=Giving.NOBODY_ELSE
    )
    priority = models.SmallIntegerField(_("priority"), choices=Priority, null=True, blank=True)
    snooze_hours = models.PositiveSmallIntegerField(
        _("snooze, in hours"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(9000)],
    )
    resolves = models.BooleanField(_("resolve"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    used_count = models.PositiveIntegerField(_("used"), default=0, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = MacroQuerySet.as_manager()

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(team=None) | Q(owner=None), name="macro_of_a_team_or_a_person"
            ),
            models.CheckConstraint(
                condition=Q(snooze_hours=None) | Q(resolves=False),
                name="macro_resolves_or_snoozes",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_text(self) -> bool:
        return bool(self.text_en.strip() or self.text_es.strip())

    @property
    def tags(self) -> list[str]:
        return [name.strip() for name in self.add_tags.split(",") if name.strip()]
