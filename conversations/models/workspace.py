from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkspaceManager(models.Manager["Workspace"]):
    def current(self) -> Workspace:
        """The one row; unsaved and nameless until somebody names it."""
        return self.filter(pk=Workspace.ONLY).first() or Workspace(pk=Workspace.ONLY)


class Workspace(models.Model):
    """What this installation is called: one company, one row."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    name = models.CharField(_("name"), max_length=80)

    objects: ClassVar[WorkspaceManager] = WorkspaceManager()

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspace")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="workspace_is_one"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = self.ONLY
        super().save(*args, **kwargs)
