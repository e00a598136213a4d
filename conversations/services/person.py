"""All rows that are a person's: theirs, and those of everybody who was merged into them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from conversations.models import (
    Attachment,
    Blob,
    Case,
    Conversation,
    Customer,
    Delivery,
    Identity,
    Message,
    Receipt,
)
from conversations.models.message import MessageQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Numbers of rows, and the addresses (as identities have them) that are theirs alone."""

    customers: tuple[int, ...]
    threads: tuple[int, ...]
    identities: tuple[int, ...]
    addresses: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def cases(self) -> tuple[int, ...]:
        rows = Case.objects.filter(conversation__in=self.threads).order_by("pk")
        return tuple(rows.values_list("pk", flat=True))

    def messages(self) -> MessageQuerySet:
        """Everything in their threads, by whomever."""
        return Message.objects.filter(conversation__in=self.threads)

    def elsewhere(self) -> MessageQuerySet:
        """What they wrote in other people's threads."""
        rows = Message.objects.filter(identity__in=self.identities)
        return rows.exclude(conversation__in=self.threads)

    def named_elsewhere(self) -> MessageQuerySet:
        """Other people's messages that they were addressed in."""
        if not self.addresses:
            return Message.objects.none()
        named = [Q(addressees__contains=[{"address": value}]) for value in self.addresses]
        rows = Message.objects.exclude(addressees=[]).filter(reduce(or_, named))
        return rows.exclude(conversation__in=self.threads)

    def deliveries(self) -> list[int]:
        rows = Delivery.objects.filter(conversation__in=self.threads)
        return list(rows.values_list("pk", flat=True))

    def receipts(self) -> list[int]:
        """Raw events of their messages, those that came again, and what they wrote elsewhere."""
        # three short looks at indexes: as one condition it is a scan of every event of the house
        came = [self.messages(), self.elsewhere()]
        numbers = {n for rows in came for n in rows.values_list("receipt", flat=True) if n}
        again = Receipt.objects.filter(case__in=self.cases).values_list("pk", flat=True)
        return sorted(numbers.union(again))

    def files(self) -> QuerySet[Attachment]:
        """Of their threads, and of what they wrote elsewhere."""
        own = Q(message__in=self.messages()) | Q(message__in=self.elsewhere())
        return Attachment.objects.filter(own)

    def blobs(self, receipts: list[int]) -> set[int]:
        raw = Blob.objects.filter(receipts__in=receipts)
        return {*self.files().values_list("blob", flat=True), *raw.values_list("pk", flat=True)}


def standing(customer_id: int) -> Conversation:
    """The thread of a customer, or of whom they were merged into."""
    known = Conversation.objects.filter(customer=customer_id).values_list("pk", flat=True).get()
    survivor = Conversation.objects.survivor_of(known)
    return Conversation.objects.select_related("customer").get(pk=survivor)


def of(thread: Conversation) -> Person:
    """`thread` is the standing one."""
    threads, newest = [thread.pk], [thread.pk]
    while newest:
        rows = Conversation.objects.filter(merged_into__in=newest).order_by("pk")
        newest = list(rows.values_list("pk", flat=True))
        threads += newest
    customers = Customer.objects.filter(conversation__in=threads).order_by("pk")
    own = Identity.objects.filter(customer__in=customers).order_by("pk")
    names = {*customers.values_list("name", flat=True), *own.values_list("name", flat=True)}
    return Person(
        customers=tuple(customers.values_list("pk", flat=True)),
        threads=tuple(threads),
        identities=tuple(own.values_list("pk", flat=True)),
        addresses=tuple(own.values_list("value", flat=True)),
        names=tuple(sorted(name for name in names if name)),
    )
