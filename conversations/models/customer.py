from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.identity import Identity


class Customer(models.Model):
    """The person outside. A merged customer keeps a pointer to the one who survived."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    via = models.ForeignKey(
        "conversations.Identity",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="threads",
        help_text=_("The shared identity through which this person writes."),
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def addresses(self) -> models.QuerySet[Identity]:
        """Their own, and the shared one that they write through."""
        from conversations.models.identity import Identity

        return Identity.objects.filter(models.Q(customer=self) | models.Q(threads=self)).distinct()

    def known_as(self) -> str:
        """Their name, else an address that says something to people; empty without either."""
        from conversations.models.identity import READABLE

        known = self.addresses().filter(kind__in=READABLE).order_by("pk")
        return self.name or known.values_list("value", flat=True).first() or ""

    def writes_through(self, identity: Identity) -> bool:
        """Whether they, or somebody who was merged into them, write through this shared address."""
        if self.via_id is not None and self.via_id == identity.pk:
            return True
        return any(other.writes_through(identity) for other in self.merged.all())

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"
