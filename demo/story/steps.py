"""The verbs of the story. Each step is one thing that somebody did, `ago` before now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from conversations.adapters.messages import File
from demo.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """About the latest case of `who`."""

    who: Person
    ago: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes(Step):
    """A customer sends a mail. `answers` answers the last mail that somebody got from us."""

    text: str
    subject: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    cc: tuple[str, ...] = ()
    answers: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendsFilm(Step):
    """A customer opens a link that `by` made, and sends a film by it with a note."""

    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IsAway(Step):
    """Their mail program answers our last mail by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WroteBefore(Step):
    """A mail that lay in the mailbox before the hub was connected to it."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendsNoise(Step):
    """Bytes arrive that are no mail."""

    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Step):
    """An agent answers. The next step is a while later: the answer has to leave first."""

    by: str
    text: str
    subject: str = ""
    resolves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Step):
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Step):
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Step):
    by: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Step):
    by: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(Step):
    by: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Step):
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(Step):
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spam(Step):
    by: str


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    return timedelta(days=count)
