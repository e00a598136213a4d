"""Erase a person: asked for by an admin, and done after a while in which it can be called off.

Everything in the database goes in one transaction; bytes in the store go after it, and are noted
until they are gone. Hashes stay, so that the same mail, coming again, is known.
"""

from __future__ import annotations

import re
from datetime import timedelta

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from conversations import rooms
from conversations.adapters import registry
from conversations.models import (
    Agent,
    Blob,
    Case,
    Claim,
    ClockTimestamp,
    Conversation,
    Customer,
    Delivery,
    DeliveryState,
    Erasure,
    ErasureState,
    Identity,
    Message,
)
from conversations.services import exporting, person, previews, relay, tombstones, traces
from conversations.services.errors import Conflict, Forbidden
from conversations.services.person import Person

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=10)
"""From the word to the deed."""
LONGEST_INTAKE = timedelta(minutes=15)
"""What is taken in bears the time at which that began: nothing takes nearly so long."""
CAUSE_LENGTH = 200


def ask(*, customer_id: int, agent: Agent, cause: str = "") -> Erasure:
    """Have a customer erased after GRACE. Asked twice it is one erasure.

    Raises Forbidden("admins_only") and Conversation.DoesNotExist.
    """
    if not agent.is_admin:
        raise Forbidden("admins_only")
    thread = person.standing(customer_id)
    asked, _is_new = Erasure.objects.get_or_create(
        customer_number=thread.customer_id,
        state=ErasureState.WAITING,
        defaults={
            "agent": agent,
            "cause": " ".join(cause.split())[:CAUSE_LENGTH],
            "due_at": ClockTimestamp() + GRACE,
        },
    )
    asked.refresh_from_db()
    return asked


def call_off(*, erasure_id: int, agent: Agent) -> Erasure:
    """Keep the customer after all. Raises Forbidden, and Conflict once it is done."""
    if not agent.is_admin:
        raise Forbidden("admins_only")
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(pk=erasure_id)
        if erasure.state == ErasureState.DONE:
            raise Conflict("already_erased")
        erasure.state = ErasureState.CALLED_OFF
        erasure.save(update_fields=["state"])
    return erasure


def waiting_for(customer: Customer) -> Erasure | None:
    return Erasure.objects.filter(customer_number=customer.pk, state=ErasureState.WAITING).first()


def counts(someone: Person) -> dict[str, int]:
    """What goes, by kind."""
    return {
        "customers": len(someone.customers),
        "addresses": len(someone.identities),
        "cases": len(someone.cases),
        "messages": someone.messages().exclude(kind="activity").count(),
        "files": someone.files().count(),
        "elsewhere": someone.elsewhere().count(),
        "raw": len(someone.receipts()),
    }


def sweep() -> int:
    """Erase who is due, and finish what a killed process left of it. Returns how many."""
    due = Erasure.objects.filter(state=ErasureState.WAITING, due_at__lte=ClockTimestamp())
    found = [*due.order_by("due_at"), *Erasure.objects.exclude(files=[])]
    return sum(_guarded(erasure.pk) for erasure in found)


def _guarded(pk: int) -> bool:
    try:
        return run(pk)
    except DatabaseError:
        raise
    except Exception:
        log.exception("erasure_failed", erasure=pk)
        return False


def run(erasure_id: int) -> bool:
    """Erase now. False when it must be tried again: a transmission is under way, or they moved."""
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(pk=erasure_id)
        if erasure.state == ErasureState.WAITING and not _erase(erasure):
            return False
    _let_files_go(erasure)
    exporting.take_out_lost()
    return True


def _erase(erasure: Erasure) -> bool:
    try:
        thread = person.standing(erasure.customer_number)
    except Conversation.DoesNotExist:
        _done(erasure)
        return True
    someone = person.of(thread)
    other = traces.threads_with(someone)
    begun = timezone.now()
    early = traces.events_about(someone)  # of a whole house: before anybody waits for our locks
    relay.hold_back()
    Conversation.objects.rows_locked(*someone.threads, *other)
    if person.of(thread) != someone or traces.threads_with(someone) != other:
        return False  # somebody was merged, or wrote, before the locks were held
    if Delivery.objects.filter(
        conversation__in=someone.threads, state=DeliveryState.SENDING
    ).exists():
        return False
    erasure.counts = counts(someone)
    erasure.cause = _unnamed(erasure.cause, someone)
    late = traces.events_about(someone, since=begun - LONGEST_INTAKE)
    found = sorted({*someone.receipts(), *early, *late, *traces.raw_elsewhere(someone)})
    _bury(someone, found)
    blobs = someone.blobs(found)
    for room in rooms.rooms():
        room.forget(someone)
    for adapter in registry.adapters():
        adapter.forget(someone)
    traces.wipe(someone)
    traces.empty(found)
    _delete(someone)
    erasure.files = _unheld(blobs)
    _done(erasure)
    log.info("person_erased", customer=erasure.customer_number, **erasure.counts)
    return True


def _unnamed(cause: str, someone: Person) -> str:
    """The record outlives them, and names nobody."""
    called = sorted({*someone.addresses, *someone.names}, key=len, reverse=True)
    either = "|".join(map(re.escape, called))
    pattern = rf"(?<!\w)(?:{either})(?!\w)"
    return re.sub(pattern, "…", cause, flags=re.IGNORECASE) if called else cause


def _done(erasure: Erasure) -> None:
    erasure.state = ErasureState.DONE
    erasure.save()
    Erasure.objects.filter(pk=erasure.pk).update(done_at=ClockTimestamp())


def _bury(someone: Person, found: list[int]) -> None:
    ids = {
        *someone.messages().values_list("message_id", flat=True),
        *someone.elsewhere().values_list("message_id", flat=True),
        *Blob.objects.filter(receipts__in=found).values_list("sha256", flat=True),
    }
    tombstones.bury(ids)


def _delete(someone: Person) -> None:
    """Rows in the order in which they hold one another."""
    cases = someone.cases
    traces.rearrangements(someone).delete()
    Delivery.objects.filter(conversation__in=someone.threads).delete()
    Message.objects.filter(conversation__in=someone.threads).delete()
    Case.objects.filter(pk__in=cases).update(merged_into=None, follows=None)
    Case.objects.filter(pk__in=cases).delete()
    Customer.objects.filter(pk__in=someone.customers).update(merged_into=None, via=None)
    Conversation.objects.filter(pk__in=someone.threads).update(merged_into=None)
    Conversation.objects.filter(pk__in=someone.threads).delete()
    Claim.objects.filter(value__in=someone.addresses).delete()
    Identity.objects.filter(pk__in=someone.identities).delete()
    Customer.objects.filter(pk__in=someone.customers).delete()


def _unheld(blobs: set[int]) -> list[str]:
    """Bytes that nothing refers to any more: their rows go now, what is in the store afterwards."""
    # what was made of a file first: it holds the file's row
    return [*previews.forget(blobs), *previews.unheld(Blob.objects.filter(pk__in=blobs))]


def _let_files_go(erasure: Erasure) -> None:
    """Not what somebody else sent meanwhile: then a row holds it again."""
    for digest in erasure.files:
        Blob.take_out(digest)
    Erasure.objects.filter(pk=erasure.pk).update(files=[])
