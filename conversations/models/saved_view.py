from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.models.agent import Agent, Team


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def shown_to(self, agent: Agent) -> SavedViewQuerySet:
        """Their own, and those of the teams whose cases they act on."""
        teams = Team.objects.of(agent).values("pk")
        return self.filter(Q(owner=agent) | Q(team__in=teams), deleted_at=None)


class SavedView(models.Model):
    """A queue, its filters and an order under a name: somebody's own, or a team's.

    `queue` is the key of a list that everybody has, `query` its filters as an address writes them.
    It holds no cases: who opens it sees those of theirs that match.
    """

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey("conversations.Agent", models.CASCADE, related_name="saved_views")
    team = models.ForeignKey(
        "conversations.Team", models.CASCADE, null=True, blank=True, related_name="saved_views"
    )
    queue = models.CharField(max_length=40)
    query = models.CharField(max_length=500, blank=True)
    sort = models.CharField(max_length=20, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
