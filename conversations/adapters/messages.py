"""The canonical data model: what every channel's events are translated into and out of.

Standard library only, so that an adapter can be read, tested and run without Django. All values
are immutable; times are aware datetimes; text is `str` without NUL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

FOLDED_CLASS = "hub-folded"
"""Class of the `<details>` in a message's markup that holds what is shown on request.

It has no `<summary>`: who shows the markup puts one in, in the reader's language. Channels must
not let a sender's own markup carry it.
"""


class IdentityKind(StrEnum):
    """What sort of address says "this is this customer"."""

    EMAIL = "email"
    PHONE = "phone"
    VISITOR = "visitor"
    EXTERNAL = "external"
    UNPROVEN_EMAIL = "unproven_email"
    """An address whose check failed: never the same identity as the address itself."""


class Grade(StrEnum):
    """What the sender's address is worth: proven, not checked, or checked and wrong."""

    PASS = "pass"  # noqa: S105 -- a verdict
    NONE = "none"
    FAIL = "fail"


class Origin(StrEnum):
    """Who or what wrote: decides whether a clock starts and whether anything may be answered."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    BOUNCE = "bounce"
    OWN = "own"


class RecipientRole(StrEnum):
    TO = "to"
    CC = "cc"
    BCC = "bcc"


class Outcome(StrEnum):
    """What a provider reports about one recipient; UNKNOWN is a word we have no meaning for."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address as the channel normalises it (e-mail lower-cased, phone in E.164)."""

    kind: IdentityKind
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    role: RecipientRole
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One attachment, in or out. `content_id` is the bare id that `cid:` links name.

    `reference` is our own name of a file that leaves, for channels that carry a link instead.
    `blob` is the SHA-256 (hex) of bytes that the edge has kept already, `kept_size` how many they
    are: such a file has no `content`.
    """

    name: str
    type: str
    content: bytes = field(repr=False)
    is_inline: bool = False
    content_id: str = ""
    reference: str = ""
    blob: str = ""
    kept_size: int = 0

    @property
    def size(self) -> int:
        return self.kept_size if self.blob else len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEvent:
    """A receipt's bytes and what the edge knew when it took them.

    `envelope` holds the edge's own findings (verdicts of checks that need the network, the
    transport's sender and recipients, a fetch's folder and UID), JSON values only.
    `own_addresses` are the addresses that this installation receives at, lower-cased.
    """

    body: bytes = field(repr=False)
    received_at: datetime
    envelope: Mapping[str, object] = field(default_factory=dict)
    own_addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """A provider's word about a message of ours.

    Names the delivery by `provider_id` (ours or theirs) and, where the channel has several
    recipients, the one it is about. `key` is our own id where the provider hands that back beside
    its own: it names a delivery whose provider's id we never heard. `status` is a mail system's
    code (RFC 3463, `5.1.1`), `action` its own word for what it did (RFC 3464 2.3.3). `words` are
    the vendor's own, shown to the agent. `ends_address`: nobody is reached at the recipient's
    address, now or later.
    """

    provider_id: str
    outcome: Outcome
    key: str = ""
    recipient: str = ""
    code: str = ""
    status: str = ""
    action: str = ""
    words: str = ""
    ends_address: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """A message that was passed on: by whom it says to be, and `note`, what was added to it."""

    sender: Address
    subject: str = ""
    text: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """Something a person (or their machine) said to us, channel forgotten.

    `text` is what they wrote, `folded` the quoted or signed remainder shown on request, `html`
    the sanitised markup where the channel has one, the remainder in it in `<details>` of
    FOLDED_CLASS where that can be done. `tokens` are reply tokens found in addresses
    and references, best first; `references` are provider message ids, nearest first.
    `is_answerable` is false where no machine may answer, whoever wrote (RFC 3834 2).
    `is_spam` is the provider's own verdict. `sent_at` is the sender's own clock and orders nothing.
    `reports` are what a bounce says about a message of ours, one a recipient; their `provider_id`
    is empty where it names none. `claimed` is who a form or relay says has written through it: a
    claim, never proof. `forwarded` is what the sender passed on, in the words of their mail
    program: no proof either.
    """

    sender: Address
    grade: Grade = Grade.NONE
    origin: Origin = Origin.PERSON
    addressees: tuple[Addressee, ...] = ()
    reply_to: Address | None = None
    claimed: Address | None = None
    forwarded: Forwarded | None = None
    subject: str = ""
    text: str = ""
    folded: str = ""
    html: str = ""
    sent_at: datetime | None = None
    message_id: str = ""
    references: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    language: str = ""
    reports: tuple[DeliveryReport, ...] = ()
    is_answerable: bool = True
    is_spam: bool = False
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One transmission, ready to send.

    `key` is the same over all attempts (an e-mail's Message-ID).
    """

    key: str
    sender: Address
    addressees: tuple[Addressee, ...]
    subject: str = ""
    text: str = ""
    html: str = ""
    reply_token: str = ""
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    is_automatic: bool = False
    language: str = ""
    """The reader's, for words that a channel adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCopy:
    """A message of ours that somebody sent past the hub, from their own program."""

    message: InboundMessage


Event = InboundMessage | DeliveryReport | SentCopy
