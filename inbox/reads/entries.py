"""A thread's entries: each message with what its look depends on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from conversations.adapters import registry
from conversations.adapters.base import Face
from conversations.adapters.messages import Grade
from conversations.models import DeliveryState, Kind, Message, Rearrangement
from conversations.services import inviting
from conversations.services.topics import clean_subject
from inbox import texts
from inbox.reads import clocks, hung, people
from inbox.reads.deliveries import Progress, progress_of
from inbox.reads.faces import face_of
from inbox.reads.hung import Hung
from inbox.reads.people import Person

FOLD_FROM = 3
"""So many events in a row are folded under one line."""
_TOKEN = re.compile(r"\+[0-9a-f.]{32,}@")
SILENCE = timedelta(days=1)
"""A gap between a customer's message and our answer that is worth a line."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One message. `day`, `face` and `silence` stand above it where something changes."""

    message: Message
    author: Person
    day: str = ""
    face: Face | None = None
    """Set where the thread comes to another channel."""
    silence: timedelta | None = None
    progress: Progress | None = None
    subject: str = ""
    """Shown where it is not what the thread is about already."""
    is_first_unread: bool = False
    can_be_undone: bool = False
    """Tells of a rearrangement that still stands."""
    is_unanswered: bool = False

    @property
    def look(self) -> str:
        """Name of the template that draws it."""
        if self.message.kind == Kind.MESSAGE:
            return "mail" if self._channel_face.has_subject else "bubble"
        return "note" if self.message.kind == Kind.NOTE else "event"

    @property
    def _channel_face(self) -> Face:
        return face_of(self.message.channel.kind if self.message.channel else "")

    @property
    def parts(self) -> int:
        """Of a message of ours, on a channel that sends long ones in several."""
        kind = self.message.channel.kind if self.message.channel else ""
        if not self.message.is_outbound or kind not in registry.kinds():
            return 1
        return registry.adapter_for(kind).measure(self.message.text).parts

    @property
    def hour(self) -> str:
        return clocks.hour(self.message.sorted_at)

    @property
    def sentence(self) -> str:
        message = self.message
        return texts.activity(message.code, message.params, who=self.author.first_name)

    @cached_property
    def hung(self) -> list[Hung]:
        """Files and pictures below the message."""
        return hung.below(self.message)

    @property
    def files(self) -> list[Hung]:
        return [one for one in self.hung if not one.is_film]

    @property
    def films(self) -> list[Hung]:
        return [one for one in self.hung if one.is_film]

    @property
    def is_films_note(self) -> bool:
        """The words are about the one film that they came with."""
        return len(self.films) == 1 and self.look == "bubble"

    @property
    def drawn(self) -> int:
        """Pictures in its markup that can be drawn by now: each more has its frame read anew."""
        return hung.drawn_within(self.message)

    @property
    def resumed(self) -> int:
        return hung.times_resumed(self.message)

    @property
    def folded(self) -> str:
        """The quoted remainder, or our signature; markup brings its own."""
        return "" if self.message.html else self.message.folded

    @property
    def recipients(self) -> str:
        """Where it went; our own address without the reply token that it carried."""
        shown = (a["address"] for a in self.message.addressees if a["role"] != "bcc")
        return ", ".join(_TOKEN.sub("@", address) for address in shown)

    @property
    def is_forged(self) -> bool:
        return self.message.grade == Grade.FAIL

    @property
    def is_unchecked(self) -> bool:
        return self.message.grade == Grade.NONE

    @property
    def claimed(self) -> str:
        """The address that a form says is the writer's."""
        return str(self.message.params.get("claimed") or "")

    @property
    def forward(self) -> Mapping[str, str] | None:
        """The mail that an agent passed on with this one: its `name`, `address`."""
        return self.message.params.get("forwarded") or None

    @property
    def is_given(self) -> bool:
        """Whether the passed on mail was made from its sender."""
        return "given" in self.message.params

    @property
    def is_redacted(self) -> bool:
        """All of it, or a file."""
        return self.message.redacted_at is not None or "redacted_files" in self.message.params

    @property
    def can_take_link_back(self) -> bool:
        """Tells of a link that was not taken back."""
        is_told = self.message.code in inviting.LINES
        return is_told and not self.message.params.get(inviting.TAKEN_BACK)

    @property
    def untold(self) -> str:
        """Whom a note called who may not see the case."""
        names = self.message.params.get("untold") or []
        return ", ".join(map(str, names))

    @property
    def can_be_passed_on(self) -> bool:
        """To a third party; the page that this leads to asks again."""
        return self.message.kind == Kind.MESSAGE and not (self.message.redacted_at or self.is_held)

    @property
    def is_held(self) -> bool:
        return self.progress is not None and self.progress.state == DeliveryState.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Several events under one line."""

    entries: tuple[Entry, ...]
    look: str = "fold"


def build(
    messages: Iterable[Message],
    *,
    topic: str,
    before: Message | None = None,
    voice: Message | None = None,
) -> list[Entry]:
    """Entries of messages in order; `before` is the message that stands above the first, `voice`
    the last above them that came or went by a channel."""
    built: list[Entry] = []
    messages = list(messages)
    standing = _standing(messages)
    above, face = before, _face(voice)
    subject = clean_subject(voice.subject) if voice and voice.subject else topic
    for message in messages:
        entry, own = _entry(message, above), _face(message)
        about = clean_subject(message.subject) or subject
        if own is not None and (face is None or own.kind != face.kind):
            entry = replace(entry, face=own)
        can_be_undone = message.params.get("rearrangement") in standing
        built.append(
            replace(
                entry,
                subject=about if about != subject else "",
                can_be_undone=can_be_undone and not message.code.endswith("_undone"),
            )
        )
        above, face, subject = message, own or face, about
    return built


def _standing(messages: Iterable[Message]) -> set[int]:
    """Of the rearrangements that these messages tell of, those that were not undone."""
    told = {message.params.get("rearrangement") for message in messages} - {None}
    if not told:
        return set()
    return set(Rearrangement.objects.standing().filter(pk__in=told).values_list("pk", flat=True))


def _face(message: Message | None) -> Face | None:
    return face_of(message.channel.kind) if message is not None and message.channel else None


def _entry(message: Message, above: Message | None) -> Entry:
    day = clocks.day(message.sorted_at)
    return Entry(
        message=message,
        author=author_of(message),
        day=day if above is None or clocks.day(above.sorted_at) != day else "",
        progress=progress_of(message) if message.is_outbound else None,
        silence=_silence(message, above),
    )


def _silence(message: Message, above: Message | None) -> timedelta | None:
    if above is None or above.identity_id is None or not message.is_outbound:
        return None
    if above.is_aside or message.is_aside:
        return None
    gap = message.sorted_at - above.sorted_at
    return gap if gap >= SILENCE else None


def author_of(message: Message) -> Person:
    if message.identity is not None:
        return people.of_identity(message.identity, message.author_name)
    if message.is_from_mailbox and message.agent is None:
        return people.of_mailbox(message.author_name)
    return people.of_agent(message.agent) if message.agent else people.house()


def mark_unread(entries: list[Entry], read_at: datetime | None) -> list[Entry]:
    """Set the divider above the first customer message that the agent has not read."""
    for place, entry in enumerate(entries):
        message = entry.message
        if message.identity_id and (read_at is None or message.sorted_at > read_at):
            if place:
                entries[place] = replace(entry, is_first_unread=True)
            break
    return entries


def lift_unanswered(entries: list[Entry]) -> list[Entry]:
    """Lift the newest customer message that no public answer follows."""
    lifted = unanswered(entry.message for entry in reversed(entries))
    return [
        replace(entry, is_unanswered=True) if entry.message.pk == lifted else entry
        for entry in entries
    ]


def unanswered(newest_first: Iterable[Message]) -> int | None:
    """Number of the newest customer message that no public answer follows."""
    for message in newest_first:
        if message.is_aside:
            continue
        if message.is_outbound and (message.agent_id or message.is_from_mailbox):
            return None
        if message.identity_id and message.kind == Kind.MESSAGE and not message.is_unconfirmed:
            return message.pk
    return None


def folded(entries: Iterable[Entry]) -> Iterator[Entry | Fold]:
    """Put runs of events under one line each."""
    run: list[Entry] = []
    for entry in entries:
        if entry.look == "event" and not (run and entry.day):
            run.append(entry)
            continue
        yield from _close(run)
        run = [entry] if entry.look == "event" else []
        if not run:
            yield entry
    yield from _close(run)


def _close(run: list[Entry]) -> Iterator[Entry | Fold]:
    if len(run) >= FOLD_FROM:
        yield Fold(entries=tuple(run))
    else:
        yield from run
