"""What is left of a person outside of their own threads, and how it is wiped."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Lower, Now

from conversations import events, outbox
from conversations.models import (
    Attachment,
    AutomaticAnswer,
    Blob,
    BlockedSender,
    Case,
    ChangeKind,
    Channel,
    Conversation,
    Customer,
    Delivery,
    DeliveryState,
    Export,
    Identity,
    IdentityKind,
    Message,
    Participant,
    Receipt,
    ReceiptState,
    Recipient,
)
from conversations.services import threads, topics
from conversations.services.person import Person

NOBODY = "erased"
"""Stands where an address was, and is the reason of a receipt whose person was erased."""
UNSENT = [DeliveryState.HELD, DeliveryState.QUEUED]


def threads_with(someone: Person) -> list[int]:
    """Other people's threads that they wrote in, or were addressed in."""
    return sorted(
        {
            *someone.elsewhere().values_list("conversation", flat=True),
            *someone.named_elsewhere().values_list("conversation", flat=True),
            *recipients(someone).values_list("delivery__conversation", flat=True),
        }
    )


def recipients(someone: Person) -> QuerySet[Recipient]:
    """Of transmissions in other people's threads."""
    is_them = Q(identity__in=someone.identities) | Q(address__in=someone.addresses)
    return Recipient.objects.filter(is_them).exclude(delivery__conversation__in=someone.threads)


def raw_elsewhere(someone: Person) -> set[int]:
    """Other people's raw events that name them in a header; what those people said stays."""
    rows = Receipt.objects.filter(messages__in=someone.named_elsewhere())
    return set(rows.values_list("pk", flat=True))


def wipe(someone: Person) -> None:
    """Call under the locks of `threads_with`."""
    _their_words(someone)
    _their_name_in_others(someone)
    _in_the_house(someone)
    for export in Export.objects.filter(customer__in=someone.customers):
        export.path.unlink(missing_ok=True)


def _their_words(someone: Person) -> None:
    """In other people's threads: that somebody wrote, and when, is all that stays."""
    written = someone.elsewhere().select_related("case", "conversation")
    for message in written.order_by("conversation", "pk"):
        topics.forget(message)
        Attachment.objects.filter(message=message).delete()
        Message.objects.filter(pk=message.pk).update(
            identity=_nobody(),
            author_name="", subject="", text="", folded="", html="", file_names="", message_id="",
            params={}, addressees=[], references=[], redacted_at=Now(),
        )  # fmt: skip
        case = Case.objects.get(pk=message.case_id)
        threads.reckon_preview(case)
        case.save()
        message.refresh_from_db()
        events.record_change(message.conversation, ChangeKind.MESSAGE, message=message)
    Participant.objects.filter(identity__in=someone.identities).delete()


def _nobody() -> Identity:
    found, _is_new = Identity.objects.get_or_create(
        kind=IdentityKind.EXTERNAL, value=NOBODY, defaults={"is_shared": True}
    )
    return found


def _their_name_in_others(someone: Person) -> None:
    known = {value.lower() for value in someone.addresses}
    for message in someone.named_elsewhere().only("pk", "addressees"):
        kept = [one for one in message.addressees if one.get("address", "").lower() not in known]
        Message.objects.filter(pk=message.pk).update(addressees=kept)
    for recipient in recipients(someone).select_related("delivery"):
        outbox.cancel(recipient.delivery, from_states=UNSENT)
    recipients(someone).update(
        identity=None,
        address=Concat(Value(f"{NOBODY}:"), Cast("pk", CharField()), output_field=CharField()),
        name="",
        reason_words="",
    )
    for shared in _shared_with(someone):
        shared.other_names = [name for name in shared.other_names if name not in someone.names]
        shared.reply_tos = [one for one in shared.reply_tos if one.lower() not in known]
        shared.name = "" if shared.name in someone.names else shared.name
        shared.save(update_fields=["other_names", "reply_tos", "name"])


def _shared_with(someone: Person) -> QuerySet[Identity]:
    return Identity.objects.filter(
        Q(other_names__overlap=list(someone.names))
        | Q(reply_tos__overlap=list(someone.addresses))
        | Q(is_shared=True, name__in=someone.names)
    ).exclude(pk__in=someone.identities)


def _in_the_house(someone: Person) -> None:
    """Lists of addresses, what a mailbox last complained about, and the admin's own history."""
    BlockedSender.objects.filter(value__in=someone.addresses).delete()
    AutomaticAnswer.objects.filter(address__in=someone.addresses).delete()
    for value in someone.addresses:
        Channel.objects.filter(trouble_words__icontains=value).update(trouble_words="")
    own: dict[type[Model], Iterable[int]] = {
        Customer: someone.customers,
        Identity: someone.identities,
        Conversation: someone.threads,
        Case: someone.cases,
        Delivery: someone.deliveries(),
        Receipt: someone.receipts(),
    }
    for model, numbers in own.items():
        kinds = ContentType.objects.get_for_models(model, *_proxies(model)).values()
        LogEntry.objects.filter(
            content_type__in=[kind.pk for kind in kinds], object_id__in=[str(n) for n in numbers]
        ).update(object_repr=NOBODY, change_message="")
    for value in someone.addresses:
        LogEntry.objects.filter(object_repr__icontains=value).update(object_repr=NOBODY)


def _proxies(model: type[Model]) -> list[type[Model]]:
    return [one for one in model.__subclasses__() if one._meta.proxy]  # noqa: SLF001  # Django documents it


def events_about(someone: Person) -> set[int]:
    """Reports of a provider, and what was set aside: raw events without a case that name them."""
    if not someone.addresses:
        return set()
    loose = Receipt.objects.filter(case=None, messages=None, blob__pruned_at=None)
    text = Func("blob__content", Value("LATIN1"), function="convert_from", output_field=TextField())
    found = loose.exclude(blob__content=None).annotate(said=Lower(text))
    named = reduce(or_, [Q(said__contains=value.lower()) for value in someone.addresses])
    numbers = set(found.filter(named).values_list("pk", flat=True))
    large = loose.filter(blob__content=None).select_related("blob")
    numbers |= {one.pk for one in large.iterator(50) if _names(one.blob, someone)}
    return numbers


def _names(blob: Blob, someone: Person) -> bool:
    try:
        content = blob.read().lower()
    except FileNotFoundError:
        return False
    return any(value.lower().encode() in content for value in someone.addresses)


def empty(numbers: Iterable[int]) -> None:
    """Leave of raw events that they came, and under which id: so they are not fetched again."""
    Receipt.objects.filter(pk__in=list(numbers)).update(
        blob=Blob.objects.keep(b""),
        envelope={},
        state=ReceiptState.PROCESSED,
        reason_code=NOBODY,
        reason_params={},
        reason_words="",
    )
