"""Everything about a person as one ZIP: JSON, their files, and the raw events as they came.

Written in pieces that a worker is woken for; a killed one begins its file anew.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet

from conversations.models import (
    Agent,
    Blob,
    Case,
    Claim,
    ClockTimestamp,
    Conversation,
    Customer,
    Delivery,
    Draft,
    Export,
    ExportState,
    Identity,
    Participant,
    Rearrangement,
    Receipt,
    Recipient,
)
from conversations.services import person
from conversations.services.errors import Forbidden
from conversations.services.filenames import display_name
from conversations.services.person import Person
from conversations.wake import EXPORT, wake_on_commit

log = structlog.get_logger(__name__)

KEPT = timedelta(days=3)
PIECE = 20.0
"""Seconds that a worker gives to an export before others have their turn."""
COPIED = 1024 * 1024
"""Bytes of a large file in memory at a time."""
SEEN_EVERY = 2.0
"""Seconds between two reports of how far it is."""
LEFT_ALONE = timedelta(seconds=30)
"""One on which nobody worked for so long has lost its worker."""
ATTEMPTS = 3
BATCH = 20
RAW_BATCH = 500
"""Which are theirs is asked for once for so many."""
CHUNK = 1000
"""Rows in memory at a time."""
Rows = Iterable[Mapping[str, Any]]
ABOUT = """Everything that this hub keeps about a person.

customer.json      who they are, their addresses and what was merged into them
cases.json         what they asked about
messages.json      what was said, by them and to them, and notes about them
deliveries.json    how messages travelled
elsewhere.json     what they wrote in other people's conversations
files/             files, by the number of their message
raw/               messages exactly as they arrived, by the number of their receipt
"""


def ask(*, thread: Conversation, agent: Agent, client_id: uuid.UUID) -> Export:
    """Have everything about a customer written out. The same id is the same export.

    Raises Forbidden("admins_only"): it holds what restricted teams wrote, too.
    """
    if not agent.is_admin:
        raise Forbidden("admins_only")
    with transaction.atomic():
        export, is_new = Export.objects.get_or_create(
            agent=agent, client_id=client_id, defaults={"customer": thread.customer}
        )
        if is_new:
            wake_on_commit(EXPORT, export.pk)
    return export


def run(export_id: int, *, seconds: float = PIECE) -> bool:
    """Write for a while. True when it is over; else a worker is woken again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if _go_on(export_id):
            return True
    wake_on_commit(EXPORT, export_id)
    return False


def _go_on(export_id: int) -> bool:
    """A piece, after which others see how far it is."""
    with transaction.atomic():
        rows = Export.objects.select_for_update(skip_locked=True).select_related("customer")
        export = rows.filter(pk=export_id, state=ExportState.WAITING).first()
        if export is None:
            return True
        try:
            is_over = _write(export, time.monotonic() + SEEN_EVERY)
        except DatabaseError:
            raise
        except Exception:
            log.exception("export_failed", export=export.pk)
            _begin_anew(export)
            is_over = export.state == ExportState.FAILED
        export.save()
        Export.objects.filter(pk=export.pk).update(worked_at=ClockTimestamp())
    return is_over


def sweep() -> int:
    """Take up exports whose worker was killed or never woken, and let go of old ones."""
    left = Export.objects.filter(
        state=ExportState.WAITING, worked_at__lt=ClockTimestamp() - LEFT_ALONE
    )
    found = list(left.values_list("pk", flat=True)[:5])
    for pk in found:
        run(pk, seconds=5.0)
    return len(found) + _expire()


def _expire() -> int:
    take_out_lost()
    old = list(Export.objects.filter(state=ExportState.READY, expires_at__lt=ClockTimestamp()))
    for export in old:
        export.path.unlink(missing_ok=True)
    gone = [export.pk for export in old]
    return Export.objects.filter(pk__in=gone).update(state=ExportState.EXPIRED)


def take_out_lost() -> None:
    """Files of exports that are no more: whose customer was erased, whoever was killed then."""
    found = list(Export(file_name="").path.glob("*.zip"))  # a row is there before its file
    held = set(Export.objects.values_list("file_name", flat=True)) if found else set()
    for path in found:
        if path.name not in held:
            path.unlink(missing_ok=True)


def _begin_anew(export: Export) -> None:
    export.path.unlink(missing_ok=True)
    export.step, export.last, export.done = "", 0, 0
    export.attempts += 1
    if export.attempts >= ATTEMPTS:
        export.state = ExportState.FAILED


def _write(export: Export, until: float) -> bool:
    someone = person.of(person.standing(export.customer_id))
    steps: dict[str, Callable[[zipfile.ZipFile, Export, Person], bool]] = {
        "": _write_words,
        "files": _write_files,
        "raw": _write_raw,
    }
    if export.step and not _is_whole(export):
        _begin_anew(export)
        if export.state == ExportState.FAILED:
            return True
    export.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with zipfile.ZipFile(export.path, "a" if export.step else "w", zipfile.ZIP_DEFLATED) as target:
        export.path.chmod(0o600)
        while export.step in steps:
            if steps[export.step](target, export, someone):
                names = [*steps, "over"]
                export.step, export.last = names[names.index(export.step) + 1], 0
            if time.monotonic() >= until:
                break
    export.size = export.path.stat().st_size
    if export.step in steps:
        return False
    export.state = ExportState.READY
    export.expires_at = export.created_at + KEPT
    return True


def _is_whole(export: Export) -> bool:
    """Whether the file is as the last piece left it. To one that a killed process left, what comes
    next would be added, and what stood before lost."""
    try:
        with zipfile.ZipFile(export.path):
            return export.path.stat().st_size == export.size
    except (FileNotFoundError, zipfile.BadZipFile):
        return False


def _write_words(target: zipfile.ZipFile, export: Export, someone: Person) -> bool:
    target.writestr("README.txt", ABOUT)
    for name, rows in _words(someone).items():
        with target.open(f"{name}.json", "w", force_zip64=True) as to:
            for text in _json(rows):
                to.write(text.encode())
    export.total = someone.files().count() + len(someone.receipts())
    return True


def _json(rows: Rows | dict[str, Rows]) -> Iterator[str]:
    """In pieces, a row to a line: a thread of any length is never held whole."""
    if isinstance(rows, dict):
        for number, (name, part) in enumerate(rows.items()):
            yield f"{',' if number else '{'}\n{json.dumps(name)}: "
            yield from _json(part)
        yield "\n}"
        return
    yield "["
    for number, row in enumerate(rows):
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        yield f"{',' if number else ''}\n{text}"
    yield "\n]"


def _write_files(target: zipfile.ZipFile, export: Export, someone: Person) -> bool:
    rows = someone.files().filter(pk__gt=export.last).select_related("blob").order_by("pk")
    batch = list(rows[:BATCH])
    for file in batch:
        name = f"files/{file.message_id}/{file.position}-{display_name(file.name)}"
        _put(target, name, file.blob)
        export.last, export.done = file.pk, export.done + 1
    return len(batch) < BATCH


def _write_raw(target: zipfile.ZipFile, export: Export, someone: Person) -> bool:
    due = [number for number in someone.receipts() if number > export.last][:RAW_BATCH]
    rows = Receipt.objects.filter(pk__in=due).select_related("blob", "channel")
    for receipt in rows.order_by("pk").iterator(BATCH):
        kind = "eml" if receipt.channel.kind == "email" else "raw"
        _put(target, f"raw/{receipt.pk}.{kind}", receipt.blob)
        export.last, export.done = receipt.pk, export.done + 1
    return len(due) < RAW_BATCH


def _put(target: zipfile.ZipFile, name: str, blob: Blob) -> None:
    """The bytes; where they were let go already, their hash says so."""
    if blob.content is None and blob.pruned_at is None and not blob.path.is_file():
        target.writestr(f"{name}.missing", blob.sha256)
    elif blob.content is None and blob.pruned_at is None:
        with blob.path.open("rb") as source, target.open(_large(name), "w", force_zip64=True) as to:
            shutil.copyfileobj(source, to, COPIED)
    else:
        target.writestr(name, blob.read() if blob.pruned_at is None else b"")


def _large(name: str) -> zipfile.ZipInfo:
    """Pictures and films are packed as they are: to press a gigabyte takes longer than we have."""
    info = zipfile.ZipInfo(name, date_time=time.localtime()[:6])
    info.external_attr = 0o600 << 16
    return info


def _words(someone: Person) -> dict[str, Rows | dict[str, Rows]]:
    """What each JSON file holds. Tokens and hashes of codes are no facts about a person."""
    said = (
        "pk", "case", "kind", "code", "params", "author_name", "sorted_at", "subject", "text",
        "folded", "addressees", "message_id", "redacted_at", "cancelled_at",
    )  # fmt: skip
    who = {"channel_name": F("channel__name"), "address": F("identity__value")}
    customers = Customer.objects.filter(pk__in=someone.customers)
    cases = Case.objects.filter(pk__in=someone.cases)
    deliveries = Delivery.objects.filter(conversation__in=someone.threads)
    merges = Rearrangement.objects.filter(survivor__in=someone.threads)
    return {
        "customer": {
            "customers": _rows(
                customers, "pk", "name", "language", "time_zone", "place", "created_at"
            ),
            "addresses": _rows(
                Identity.objects.filter(pk__in=someone.identities),
                "kind", "value", "name", "verified_at", "unreachable_code", "created_at",
            ),
            "claims": _rows(
                Claim.objects.filter(customer__in=someone.customers),
                "kind", "value", "created_at", "confirmed_at",
            ),
            "merges": _rows(merges, "kind", "cause", "done_at", "undone_at"),
            "took_part_in": _rows(
                Participant.objects.filter(identity__in=someone.identities),
                "case", "state", "created_at",
            ),
        },
        "cases": _with_tags(
            cases, "pk", "topic", "status", "priority", "team__name", "opened_at",
            "resolved_at", "last_message_at",
        ),
        "messages": _rows(someone.messages().in_order(), *said, **who),
        "drafts": _rows(Draft.objects.filter(case__in=cases), "case", "kind", "text", "updated_at"),
        "elsewhere": _rows(someone.elsewhere().in_order(), *said, **who),
        "deliveries": {
            "deliveries": _rows(
                deliveries, "pk", "channel__name", "state", "sender", "created_at", "sent_at",
                "reason_code", "reason_words",
            ),
            "recipients": _rows(
                Recipient.objects.filter(delivery__in=deliveries),
                "delivery", "role", "address", "name", "state", "reason_code", "updated_at",
            ),
        },
    }  # fmt: skip


def _rows(rows: QuerySet[Any], *names: str, **more: Any) -> Rows:
    told: QuerySet[Any, dict[str, Any]] = rows.annotate(**more).values(*names, *more)
    return told.iterator(CHUNK)


def _with_tags(cases: QuerySet[Case], *names: str) -> Rows:
    tags: dict[int, list[str]] = {}
    for pk, name in cases.filter(tags__isnull=False).values_list("pk", "tags__name"):
        tags.setdefault(pk, []).append(name)
    for row in cases.order_by("pk").values(*names).iterator(CHUNK):
        yield {**row, "tags": sorted(tags.get(row["pk"], []))}
