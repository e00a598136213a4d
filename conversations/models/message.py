from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.adapters.messages import Grade, Origin

if TYPE_CHECKING:
    from conversations.models.agent import Agent


FROM_MAILBOX = "from_mailbox"
"""Code of a message of ours that was sent past the hub, from somebody's own mail program."""


ARTICLE_READ = "article_read"
"""Code of a line about a page that the customer read before they wrote."""
FAILS_OVER = "fails_over"
"""Name in `params` of an agent's word whether another channel is tried where this one fails."""
PASSED_ON = "passed_on"
"""In a message's params: what it hands on to a third party. Its `messages` and `attachments` by
number, as chosen, and the `signature` that stands between our words and theirs."""


class Kind(models.TextChoices):
    MESSAGE = "message", _("Message")
    NOTE = "note", _("Note")
    ACTIVITY = "activity", _("Activity")


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, agent: Agent) -> MessageQuerySet:
        from conversations.models.case import Case

        return self.filter(case__in=Case.objects.visible_to(agent).values("pk"))

    def public(self) -> MessageQuerySet:
        """What the customer and we said to each other: all that a customer may ever be shown.

        Notes and lines are not of it, nor what was taken back, nor what was said aside.
        """
        return self.filter(kind=Kind.MESSAGE, cancelled_at=None, is_aside=False)

    def in_order(self) -> MessageQuerySet:
        return self.order_by("sorted_at", "id")


class Message(models.Model):
    """One entry in a conversation, on its own channel, in one case, by exactly one author.

    `text` is what was written, `folded` the quoted remainder, `html` sanitised markup.
    `is_aside` is what passes between us and a third party: no answer to the customer, no word of
    theirs, and never shown or sent to them.
    An activity is stored as `code` and `params` and rendered in the reader's language.
    `file_names` repeats the attachments' names, one a line. The database keeps a column `search`
    beside these, which no model field reads: services.search asks it.
    """

    conversation = models.ForeignKey(
        "conversations.Conversation", models.PROTECT, related_name="messages"
    )
    case = models.ForeignKey("conversations.Case", models.PROTECT, related_name="messages")
    channel = models.ForeignKey(
        "conversations.Channel", models.PROTECT, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MESSAGE)
    identity = models.ForeignKey(
        "conversations.Identity", models.PROTECT, null=True, blank=True, related_name="messages"
    )
    agent = models.ForeignKey(
        "conversations.Agent", models.PROTECT, null=True, blank=True, related_name="messages"
    )
    is_system = models.BooleanField(default=False)
    author_name = models.CharField(max_length=200, blank=True)
    grade = models.CharField(max_length=8, blank=True, choices=[(g.value, g.value) for g in Grade])
    origin = models.CharField(
        max_length=12, default=Origin.PERSON, choices=[(o.value, o.value) for o in Origin]
    )
    is_unconfirmed = models.BooleanField(default=False)
    is_aside = models.BooleanField(default=False, db_default=False)
    subject = models.CharField(max_length=998, blank=True)
    text = models.TextField(blank=True)
    folded = models.TextField(blank=True)
    html = models.TextField(blank=True)
    code = models.CharField(max_length=64, blank=True)
    params = models.JSONField(default=dict, blank=True)
    addressees = models.JSONField(default=list, blank=True)
    file_names = models.TextField(blank=True, default="")
    message_id = models.CharField(max_length=998, blank=True)
    references = ArrayField(models.CharField(max_length=998), default=list, blank=True)
    client_id = models.UUIDField(null=True, blank=True)
    receipt = models.ForeignKey(
        "conversations.Receipt", models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    sorted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    redacted_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(identity__isnull=False, agent=None, is_system=False)
                | Q(identity=None, agent__isnull=False, is_system=False)
                | Q(identity=None, agent=None, is_system=True),
                name="message_one_author",
            ),
            models.CheckConstraint(
                condition=~Q(kind="message") | Q(channel__isnull=False),
                name="message_travels_on_a_channel",
            ),
            models.CheckConstraint(
                condition=~Q(kind="note") | Q(channel=None), name="message_note_has_no_channel"
            ),
            models.UniqueConstraint(
                fields=["conversation", "client_id"],
                condition=Q(client_id__isnull=False),
                name="message_sent_once",
            ),
            models.UniqueConstraint(
                fields=["conversation", "message_id"],
                condition=~Q(message_id="") & Q(identity__isnull=False),
                name="message_received_once",
            ),
        ]
        indexes = [
            models.Index("conversation", "sorted_at", "id", name="message_in_order"),
            models.Index("case", "sorted_at", "id", name="message_of_case"),
            models.Index("sorted_at", "id", name="message_by_time"),
            models.Index("message_id", condition=~Q(message_id=""), name="message_by_its_id"),
            # who is named in other people's threads: asked for when a person is erased
            GinIndex(
                OpClass("addressees", "jsonb_path_ops"),
                condition=~Q(addressees=[]),
                name="message_addressees",
            ),
            GinIndex(
                OpClass("params", "jsonb_path_ops"), condition=~Q(params={}), name="message_params"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_from_mailbox(self) -> bool:
        return self.code == FROM_MAILBOX

    @property
    def is_outbound(self) -> bool:
        return self.kind == Kind.MESSAGE and self.identity_id is None


class Attachment(models.Model):
    """A file of a message, cut out once. `type` is sniffed, `claimed_type` is what was said."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    blob = models.ForeignKey("conversations.Blob", models.PROTECT, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=120)
    claimed_type = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField()
    is_inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "position"], name="attachment_has_its_place"
            ),
        ]

    def __str__(self) -> str:
        return self.name
