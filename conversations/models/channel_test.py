from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

PATIENCE = timedelta(minutes=5)
"""A test that has said nothing for this long was interrupted with its process."""


class ChannelTest(models.Model):
    """One test of a channel's connection: by whom, when, and what each step said.

    A step is {code, ok, seconds, words, fix}, as the adapter gave it; never a secret.
    """

    channel = models.ForeignKey("conversations.Channel", models.CASCADE, related_name="tests")
    agent = models.ForeignKey(
        "conversations.Agent", models.SET_NULL, null=True, related_name="+", verbose_name=_("agent")
    )
    started_at = models.DateTimeField(_("started"), db_default=models.functions.Now())
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    steps: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list
    )

    class Meta:
        verbose_name = _("connection test")
        verbose_name_plural = _("connection tests")
        indexes = [models.Index(fields=["channel", "-id"], name="channeltest_latest")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def passed(self) -> bool:
        return bool(self.finished_at and self.steps and all(step["ok"] for step in self.steps))

    def is_running(self, now: datetime) -> bool:
        return self.finished_at is None and now - self.updated_at < PATIENCE
