"""What is left of a person outside of their own threads, and how it is wiped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
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
    Draft,
    Identity,
    IdentityKind,
    Message,
    Participant,
    Rearrangement,
    Receipt,
    ReceiptState,
    Recipient,
    SavedView,
)
from conversations.services import naming, threads, topics
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
            *lines_about(someone).values_list("conversation", flat=True),
            *recipients(someone).values_list("delivery__conversation", flat=True),
        }
    )


def lines_about(someone: Person) -> QuerySet[Message]:
    """Lines and messages in other people's threads whose facts name them."""
    facts: list[dict[str, object]] = [{"rearrangement": one.pk} for one in rearrangements(someone)]
    for value in someone.addresses:
        facts += [{"address": value}, {"claimed": value}, {"forwarded": {"address": value}}]
    if not facts:
        return Message.objects.none()
    # as the index has them; an OR of a few dozen is a bitmap of as many short probes
    told = reduce(or_, (Q(params__contains=fact) for fact in facts))
    rows = Message.objects.exclude(params={}).filter(told)
    return rows.exclude(conversation__in=someone.threads)


def rearrangements(someone: Person) -> QuerySet[Rearrangement]:
    """Of their threads and cases, undone or not."""
    own = Q(survivor__in=someone.threads) | Q(loser__in=someone.threads)
    cases = someone.cases
    return Rearrangement.objects.filter(own | Q(source__in=cases) | Q(target__in=cases))


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
    _in_lines(someone)
    _in_the_house(someone)


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


def _in_lines(someone: Person) -> None:
    for line in lines_about(someone).only("pk", "params", "author_name"):
        kept = dict(line.params)
        for name in ("address", "claimed"):
            if kept.get(name) in someone.addresses:
                kept[name] = NOBODY
        if kept.get("forwarded", {}).get("address") in someone.addresses:
            del kept["forwarded"]
        if "rearrangement" in kept:
            kept.update(dict.fromkeys(kept.keys() & {"name", "other", "cause"}, ""))
        is_named = line.author_name in {*someone.names, *someone.addresses}
        author = "" if is_named and "claimed" in kept else line.author_name
        Message.objects.filter(pk=line.pk).update(params=kept, author_name=author)


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
        LogEntry.objects.filter(change_message__icontains=value).update(change_message="")
        _in_what_agents_keep(value)


def _in_what_agents_keep(address: str) -> None:
    """Views that look for them, and whom a draft goes to."""
    sought = [Q(query__icontains=written) for written in naming.written(address)]
    SavedView.objects.filter(Q(name__icontains=address) | reduce(or_, sought)).delete()
    for draft in Draft.objects.annotate(said=Cast("fields", TextField())).filter(
        said__icontains=address
    ):
        kept = {
            name: [one for one in value if str(one).lower() != address]
            if isinstance(value, list)
            else value
            for name, value in draft.fields.items()
        }
        Draft.objects.filter(pk=draft.pk).update(fields=kept)


def _proxies(model: type[Model]) -> list[type[Model]]:
    return [one for one in model.__subclasses__() if one._meta.proxy]  # noqa: SLF001  # Django documents it


def events_about(someone: Person, *, since: datetime | None = None) -> set[int]:
    """Reports of a provider, copies, and what was set aside: raw events that are no message of a
    thread, and name them. What has yet to be taken in is no trace: it may be anybody's word.

    `since`: only what was taken in after it. To look through all takes seconds in a large house.
    """
    if not someone.addresses:
        return set()
    loose = Receipt.objects.filter(messages=None).exclude(state=ReceiptState.STORED)
    if since:
        loose = loose.filter(Q(processed_at__gte=since) | Q(processed_at=None))
    raw = Func("blob__content", Value("LATIN1"), function="convert_from", output_field=TextField())
    said = loose.annotate(said=Lower(raw), known=Lower(Cast("envelope", TextField())))
    named = [
        Q(said__contains=written) | Q(known__contains=written) | Q(reason_words__icontains=written)
        for value in someone.addresses
        for written in naming.written(value)
    ]
    numbers = set(said.filter(reduce(or_, named)).values_list("pk", flat=True))
    # what nobody could read may be written in any way; a large one is in the store
    close = Q(state=ReceiptState.QUARANTINED) | Q(blob__content=None)
    rows = loose.filter(close, blob__pruned_at=None).exclude(pk__in=numbers)
    for receipt in rows.select_related("blob").iterator(50):
        if _names(receipt.blob, someone):
            numbers.add(receipt.pk)
    return numbers


def _names(blob: Blob, someone: Person) -> bool:
    try:
        return naming.names(blob.read(), someone.addresses)
    except FileNotFoundError:
        return False


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
