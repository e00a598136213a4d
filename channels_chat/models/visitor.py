from __future__ import annotations

import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.adapters.messages import Address, IdentityKind


class Visitor(models.Model):
    """A browser on a shop's page. Becomes a customer with the first message.

    `number` is the address of the identity that it then has. `token_hash` is the SHA-256 (hex) of
    what the browser shows, empty once that was given up. `subject` is the shop's own id of the
    user, proven by a signature. `email` is an address of theirs that is proven, `claimed` one that
    they typed. `is_proven` once an address was confirmed or a proof was taken: such a visitor sees
    the whole thread, another only what was said since it came (`since`). `is_leave_told` until they
    leave, and again once the case says that they did. `case` is where they came in by a link that
    proved an address of theirs.
    """

    channel = models.ForeignKey(
        "conversations.Channel", models.CASCADE, related_name="chat_visitors"
    )
    number = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    token_hash = models.CharField(max_length=64, blank=True)
    shown_at = models.DateTimeField(db_default=Now())
    subject = models.CharField(max_length=200, blank=True)
    is_proven = models.BooleanField(default=False)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    claimed = models.EmailField(max_length=254, blank=True)
    case = models.ForeignKey(
        "conversations.Case", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    since = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    is_leave_told = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(_("first seen"), db_default=Now())

    objects: ClassVar[models.Manager[Visitor]] = models.Manager()

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        constraints = [
            models.UniqueConstraint(
                fields=["token_hash"], condition=~Q(token_hash=""), name="visitor_by_token"
            ),
        ]
        indexes = [
            models.Index("shown_at", condition=Q(since=None), name="visitor_silent"),
            models.Index("left_at", condition=Q(is_leave_told=False), name="visitor_leaving"),
        ]

    def __str__(self) -> str:
        return self.name or self.value

    @property
    def value(self) -> str:
        """The identity's value."""
        return self.number.hex

    @property
    def address(self) -> Address:
        return Address(kind=IdentityKind.VISITOR, value=self.value, name=self.name)


class PageRead(models.Model):
    """What a visitor read before the first message; `helpful` is what they said of it."""

    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="pages")
    url = models.CharField(max_length=500)
    title = models.CharField(max_length=200, blank=True)
    helpful = models.BooleanField(null=True)
    at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager[PageRead]] = models.Manager()

    class Meta:
        verbose_name = _("page read")
        verbose_name_plural = _("pages read")
        constraints = [
            models.UniqueConstraint(fields=["visitor", "url"], name="page_once_a_visitor"),
        ]

    def __str__(self) -> str:
        return self.title or self.url


class Upload(models.Model):
    """A file that a visitor has put up and not yet said anything with."""

    number = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="uploads")
    blob = models.ForeignKey("conversations.Blob", models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager[Upload]] = models.Manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        indexes = [models.Index("created_at", name="upload_by_age")]

    def __str__(self) -> str:
        return self.name


class Unseen(models.Model):
    """A message of ours that a visitor has not had before their eyes. It goes when they have, or
    when it left by e-mail. `asked_at` once it was to leave and there was nowhere to send it."""

    message = models.OneToOneField(
        "conversations.Message", models.CASCADE, primary_key=True, related_name="chat_unseen"
    )
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="unseen")
    at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Unseen]] = models.Manager()

    class Meta:
        verbose_name = _("unseen message")
        verbose_name_plural = _("unseen messages")
        indexes = [
            models.Index("at", condition=Q(asked_at=None), name="unseen_due"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}"


class Rating(models.Model):
    """Whether it helped: 1 no, 2 barely, 3 partly, 4 mostly, 5 yes."""

    case = models.OneToOneField(
        "conversations.Case", models.CASCADE, primary_key=True, related_name="chat_rating"
    )
    visitor = models.ForeignKey(Visitor, models.SET_NULL, null=True, related_name="+")
    score = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    comment = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager[Rating]] = models.Manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.score}"
