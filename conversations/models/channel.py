from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.agent import Agent


def new_key() -> str:
    """The unguessable part of a channel's webhook URL: 192 random bits."""
    return secrets.token_urlsafe(24)


_WELL = {"trouble_at": None, "trouble_code": "", "trouble_words": ""}


SPARED = timedelta(seconds=1)
"""Traffic so soon after the last is not written down again."""


class ChannelQuerySet(models.QuerySet["Channel"]):
    def active(self) -> ChannelQuerySet:
        return self.filter(is_active=True)

    def open_to(self, agent: Agent) -> ChannelQuerySet:
        """What an agent may know of and write through: all but others' restricted teams'."""
        from conversations.models.agent import Team

        theirs = models.Q(team__in=Team.objects.of(agent).values("pk"))
        return self.filter(theirs | models.Q(team__is_restricted=False))


class Channel(models.Model):
    """A configured endpoint: support@…, a phone number, a widget. Settings are the kind's own.

    Health is what was last seen to work; `trouble_code` and `trouble_words` say what does not.
    """

    kind = models.CharField(_("kind"), max_length=16)
    name = models.SlugField(_("name"), max_length=60, unique=True)
    label = models.CharField(_("label"), max_length=120, blank=True)
    key = models.CharField(max_length=64, unique=True, default=new_key, editable=False)
    team = models.ForeignKey(
        "conversations.Team", models.PROTECT, related_name="channels", verbose_name=_("team")
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_own_topic = models.BooleanField(
        _("own topic"),
        default=False,
        help_text=_("Its messages join only open cases of its own team (billing@, jobs@)."),
    )
    fails_over = models.BooleanField(
        _("tries another channel"),
        default=False,
        help_text=_(
            "What surely did not arrive goes out again by the next channel that reaches the "
            "customer. Agents can say otherwise for each message."
        ),
    )
    language = models.CharField(_("language"), max_length=8, default="en")
    reply_target = models.DurationField(_("reply target"), default=timedelta(minutes=15))
    last_in_at = models.DateTimeField(_("last message in"), null=True, blank=True)
    last_out_at = models.DateTimeField(_("last message out"), null=True, blank=True)
    last_contact_at = models.DateTimeField(_("last good contact"), null=True, blank=True)
    trouble_at = models.DateTimeField(_("in trouble since"), null=True, blank=True)
    trouble_code = models.CharField(max_length=64, blank=True)
    trouble_words = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    SENDING_REFUSED: ClassVar[str] = "sending_refused"
    """The trouble of a channel whose provider takes nothing from us."""

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label or self.name

    def note_contact(self) -> None:
        """The provider answered as it should: healthy, as of database time.

        A refusal to send stays: reading goes on meanwhile, and says nothing about it.
        """
        from conversations.models.conversation import ClockTimestamp

        mine = Channel.objects.filter(pk=self.pk)
        mine.update(last_contact_at=ClockTimestamp())
        mine.exclude(trouble_code=self.SENDING_REFUSED).exclude(trouble_at=None).update(**_WELL)

    def note_traffic(self, column: str) -> None:
        """Say after commit that something went in or out: `last_in_at`, `last_out_at`.

        Within the transaction all of a channel's traffic would wait for this one row, and who has
        the row and wants a thread could wait in a circle with who has the thread.
        """
        from django.db.models.functions import Now

        is_news = models.Q(**{column: None}) | models.Q(**{f"{column}__lt": Now() - SPARED})
        mine = Channel.objects.filter(is_news, pk=self.pk)
        seen = {column: Now(), "last_contact_at": Now()}
        transaction.on_commit(lambda: mine.update(**seen), robust=True)

    def note_sent(self) -> None:
        """Sending works: what was said of it before holds no more."""
        Channel.objects.filter(pk=self.pk, trouble_code=self.SENDING_REFUSED).update(**_WELL)

    def note_trouble(self, code: str, words: str = "") -> None:
        """Something is wrong; the time of the first sight of it is kept."""
        from django.db.models.functions import Coalesce

        from conversations.models.conversation import ClockTimestamp

        Channel.objects.filter(pk=self.pk).update(
            trouble_at=Coalesce("trouble_at", ClockTimestamp()),
            trouble_code=code,
            trouble_words=words.replace("\x00", "\ufffd")[:2000],
        )
