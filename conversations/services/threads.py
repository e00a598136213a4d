"""Write to a thread under its lock: the one place where entries are put into order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby

from django.db.models import Max, Q

from conversations import events
from conversations.adapters.base import Malformed
from conversations.adapters.messages import File
from conversations.models import (
    Agent,
    Attachment,
    Blob,
    Case,
    Change,
    ChangeKind,
    Conversation,
    IdentityKind,
    Kind,
    Message,
    Receipt,
)
from conversations.models.message import ARTICLE_READ
from conversations.services import looks
from conversations.services.errors import Conflict, Forbidden
from conversations.services.filenames import claimed_type, display_name, sniffed_type

ARTICLE = "article"
"""The step of a journey that is no channel: something was read."""
JOURNEY_LENGTH = 12
PREVIEW_LENGTH = 200


def case_for_work(
    case_id: int, agent: Agent, *, seen: int | None = None
) -> tuple[Conversation, Case]:
    """Lock a case's thread for an agent who acts on it.

    Raises Case.DoesNotExist when they may not even see it, Forbidden when it is another team's,
    Conflict when its header changed after revision `seen`.
    """
    conversation, case = case_for_note(case_id, agent)
    refuse_unless_worked(case, agent)
    refuse_if_changed(conversation, case, agent, seen)
    return conversation, case


def refuse_unless_worked(case: Case, agent: Agent) -> None:
    """Raises Forbidden when the case belongs to a team that the agent is not of."""
    if not Case.objects.of_teams_of(agent).filter(pk=case.pk).exists():
        raise Forbidden("not_your_team", team=case.team.name)


def case_for_note(case_id: int, agent: Agent) -> tuple[Conversation, Case]:
    """Lock a case's thread for an agent who sees it. Raises Case.DoesNotExist."""
    while True:
        visible = as_seen(case_id, agent)
        conversation = Conversation.objects.locked_with(visible)
        case = Case.objects.select_related("team", "assignee").get(pk=visible.pk)
        if case.merged_into_id is None:
            return conversation, case


def as_seen(case_id: int, agent: Agent) -> Case:
    """The case of this number, or the one it was merged into. Raises Case.DoesNotExist."""
    seen = Case.objects.visible_to(agent)
    found = seen.filter(pk=case_id).first()
    return found or seen.get(pk=Case.objects.survivor_of(case_id))


def refuse_if_changed(
    conversation: Conversation, case: Case, agent: Agent, seen: int | None
) -> None:
    """Raises Conflict when another agent changed the case's header after revision `seen`.

    What a customer or the clock did is not asked about.
    """
    if seen is None:
        return
    others = Change.objects.filter(
        conversation=conversation,
        case=case,
        kind=ChangeKind.CASE,
        revision__gt=seen,
        message__agent__isnull=False,
    ).exclude(message__agent=agent)
    last = others.select_related("message__agent").order_by("-revision").first()
    if last is not None and last.message is not None:
        raise Conflict("changed_meanwhile", **who_did(last.message))


def refuse_if_done(case: Case, agent: Agent, codes: Iterable[str], **about: object) -> None:
    """Raises Conflict when another agent did one of these things already, as a line says."""
    told = {f"params__{name}": value for name, value in about.items()}
    lines = case.messages.filter(kind=Kind.ACTIVITY, code__in=codes, agent__isnull=False, **told)
    last = lines.exclude(agent=agent).select_related("agent").order_by("sorted_at", "id").last()
    if last is not None:
        raise Conflict("changed_meanwhile", **who_did(last))


def who_did(line: Message) -> dict[str, object]:
    """Who was first, and what they did, as a Conflict says it."""
    return {
        "who": str(line.agent),
        "at": line.sorted_at.isoformat(),
        "what": line.code,
        "about": line.params,
    }


def sent_before(known: Message, text: str) -> Message:
    """What an agent sends again who had no answer. Raises Conflict where they have changed the
    words since: which of them went out is theirs to know, and the rest must not vanish."""
    if known.redacted_at is None and known.text.split() != text.split():
        raise Conflict("sent_before", text=known.text[:PREVIEW_LENGTH])
    return known


def add(
    conversation: Conversation,
    message: Message,
    *,
    files: Iterable[File] = (),
    at: datetime | None = None,
) -> Message:
    """Put an entry at the end of a locked thread, with its files, and record the change.

    `at` is for imports alone, which stand where they were written.
    """
    message.conversation = conversation
    message.sorted_at = at or conversation.now
    files = tuple(files)
    message.file_names = "\n".join(display_name(file.name) for file in files)
    message.save(force_insert=True)
    attach(message, files)
    events.record_change(conversation, ChangeKind.MESSAGE, message=message, is_new=True)
    return message


def attach(message: Message, files: Iterable[File]) -> None:
    """Cut files into blobs and hang them on a message. Raises OSError when the store is full, and
    Malformed where a file names bytes that its receipt's edge did not keep."""
    rows = [_attachment(message, place, file) for place, file in enumerate(files)]
    if rows:
        Attachment.objects.bulk_create(rows)
        looks.expect(rows)


def _attachment(message: Message, place: int, file: File) -> Attachment:
    blob = _kept(message.receipt, file) if file.blob else Blob.objects.keep(file.content)
    return Attachment(
        message=message,
        blob=blob,
        position=place,
        name=display_name(file.name),
        type=sniffed_type(blob.start() if file.blob else file.content, file.type),
        claimed_type=claimed_type(file.type),
        size=file.size,
        is_inline=file.is_inline,
        content_id=file.content_id[:255],
    )


def _kept(receipt: Receipt | None, file: File) -> Blob:
    """Bytes that are here already. What came in must be named by its edge's envelope, since a
    reader of hostile mail must not have anybody's file by its hash."""
    named = receipt.envelope.get("blobs", ()) if receipt else (file.blob,)
    blob = Blob.objects.held(file.blob) if file.blob in named else None
    if blob is None or blob.pruned_at or file.content:
        raise Malformed("unknown_file", sha256=file.blob)
    if blob.size != file.kept_size:
        raise Malformed("file_of_another_size", sha256=file.blob)
    return blob


def add_activity(
    conversation: Conversation,
    case: Case,
    code: str,
    *,
    agent: Agent | None = None,
    params: Mapping[str, object] | None = None,
) -> Message:
    """A line about what happened to a case, by an agent or by the system; saves the case."""
    case.save()
    activity = Message(
        case=case,
        kind=Kind.ACTIVITY,
        agent=agent,
        is_system=agent is None,
        code=code,
        params=dict(params or {}),
    )
    add(conversation, activity)
    events.record_change(conversation, ChangeKind.CASE, message=activity)
    return activity


def note_message(case: Case, message: Message, kind_of_channel: str) -> None:
    """Repeat on the case what its list row shows of a new message. The caller saves the case."""
    case.last_message_at = max(case.last_message_at, message.sorted_at)
    if case.last_message_at == message.sorted_at and not message.is_unconfirmed:
        _show(case, message)
    if message.identity_id is not None and not message.is_unconfirmed:
        case.last_inbound_at = max(case.last_inbound_at or message.sorted_at, message.sorted_at)
    if kind_of_channel and not message.is_aside and case.journey[-1:] != [kind_of_channel]:
        case.journey = [*case.journey, kind_of_channel][-JOURNEY_LENGTH:]


def _show(case: Case, message: Message | None) -> None:
    """Have the list row show this message, and whose words it has."""
    case.last_preview = preview(message) if message else ""
    case.last_author = message.agent if message else None
    case.last_is_aside = message is not None and message.is_aside
    case.last_speaker = _speaker(case, message) if message else ""


def _speaker(case: Case, message: Message) -> str:
    """Who wrote, where that was neither the customer nor we."""
    identity = message.identity
    if identity is None or identity.customer_id == case.conversation.customer_id:
        return ""
    if case.conversation.customer.writes_through(identity):
        return ""
    address = (
        "" if identity.kind in {IdentityKind.EXTERNAL, IdentityKind.VISITOR} else identity.value
    )
    return (message.author_name or identity.name or address)[:PREVIEW_LENGTH]


def reckon_preview(case: Case) -> None:
    """Set what the list row shows from the last message that counts. The caller saves the case."""
    last = (
        case.messages.filter(kind=Kind.MESSAGE, cancelled_at=None, is_unconfirmed=False)
        .exclude(is_system=True)
        .order_by("-sorted_at", "-id")
        .first()
    )
    _show(case, last)
    if last is not None:
        case.last_message_at = last.sorted_at


def reckon(case: Case) -> None:
    """Set all that a case repeats of its messages, after some came or went. The caller saves."""
    public = case.messages.filter(kind=Kind.MESSAGE, cancelled_at=None)
    came = public.filter(identity__isnull=False, is_unconfirmed=False)
    case.last_inbound_at = came.aggregate(last=Max("sorted_at"))["last"]
    reckon_journey(case)
    case.last_message_at = case.opened_at
    reckon_preview(case)
    case.reckon_wait()


def reckon_journey(case: Case) -> None:
    """Set by which channels a case went, with what was read in between. The caller saves."""
    said = Q(kind=Kind.MESSAGE, cancelled_at=None, is_aside=False, is_system=False)
    steps = case.messages.filter(said | Q(code=ARTICLE_READ)).in_order()
    kinds = steps.values_list("channel__kind", flat=True)
    case.journey = [str(kind or ARTICLE) for kind, _ in groupby(kinds)][-JOURNEY_LENGTH:]


def preview(message: Message) -> str:
    """The one line that a list shows: words first, then the subject, then what the files are."""
    files = ", ".join(message.file_names.splitlines())
    return " ".join((message.text or message.subject or files).split())[:PREVIEW_LENGTH]
