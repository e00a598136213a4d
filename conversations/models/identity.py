from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.adapters.messages import Address
from conversations.adapters.messages import IdentityKind as CanonicalKind


class IdentityKind(models.TextChoices):
    EMAIL = CanonicalKind.EMAIL, _("E-mail")
    PHONE = CanonicalKind.PHONE, _("Phone")
    VISITOR = CanonicalKind.VISITOR, _("Chat visitor")
    EXTERNAL = CanonicalKind.EXTERNAL, _("External id")
    UNPROVEN_EMAIL = CanonicalKind.UNPROVEN_EMAIL, _("E-mail that failed its check")


READABLE = (IdentityKind.EMAIL, IdentityKind.UNPROVEN_EMAIL, IdentityKind.PHONE)
"""Whose value says something to people; the others are made up by programs."""


class Identity(models.Model):
    """ "This address is this customer." A shared identity is nobody in particular.

    `is_noted`: only an agent says that it is this customer's, who may have mistyped it; whoever has
    it is written to, and sees nothing of theirs.
    `verified_at` is when a check that we trust last vouched for the address. `other_names` and
    `reply_tos` are the few further ones that it brought, `suggested_at` since when those are too
    many for one person, `is_one_person` an admin's word that it is one all the same.
    """

    customer = models.ForeignKey(
        "conversations.Customer", models.PROTECT, null=True, blank=True, related_name="identities"
    )
    kind = models.CharField(_("kind"), max_length=16, choices=IdentityKind)
    value = models.CharField(_("address"), max_length=320)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_shared = models.BooleanField(
        _("shared"),
        default=False,
        help_text=_(
            "A contact form, marketplace or gateway: each thread is a customer of its own."
        ),
    )
    other_names = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    reply_tos = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    suggested_at = models.DateTimeField(_("suggested as shared"), null=True, blank=True)
    is_one_person = models.BooleanField(_("known to be one person"), default=False)
    is_noted = models.BooleanField(_("noted by an agent"), default=False, db_default=False)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    unreachable_code = models.CharField(_("unreachable because"), max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="identity_one_per_address"),
            models.CheckConstraint(
                condition=models.Q(is_shared=True, customer=None)
                | models.Q(is_shared=False, customer__isnull=False),
                name="identity_is_somebody_or_shared",
            ),
        ]
        indexes = [
            models.Index(
                "suggested_at",
                condition=models.Q(suggested_at__isnull=False),
                name="identity_suggested",
            ),
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def brought(self) -> list[str]:
        """What it brought that may be other people's: names first, then where answers go."""
        names = [self.name] if self.name and self.other_names else []
        return [*names, *self.other_names, *self.reply_tos]

    @property
    def address(self) -> Address:
        return Address(kind=CanonicalKind(self.kind), value=self.value, name=self.name)


class Claim(models.Model):
    """An address that somebody merely typed, or wrote from without proof. Opens nothing.

    It is confirmed by a code that went there: kept as a hash, for a few minutes and a few tries.
    """

    customer = models.ForeignKey("conversations.Customer", models.CASCADE, related_name="claims")
    kind = models.CharField(_("kind"), max_length=16, choices=IdentityKind)
    value = models.CharField(_("address"), max_length=320)
    code_hash = models.CharField(max_length=128, blank=True)
    code_until = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "value"], name="claim_once_per_customer"
            ),
        ]
        indexes = [models.Index(fields=["kind", "value"], name="claim_by_address")]

    def __str__(self) -> str:
        return self.value
