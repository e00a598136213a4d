"""A channel's face: what the core asks of an adapter, and how an adapter fails."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from conversations.adapters.messages import (
    Address,
    Event,
    File,
    IdentityKind,
    InboundMessage,
    OutboundMessage,
    RawEvent,
)

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from conversations.models import Agent, Case, Channel, Delivery, Identity, Message
    from conversations.services.person import Person


RECEIVES_ONLY = "receives_only"
"""Why nothing is sent by a channel that only takes in."""
EXAMINED = "examined"
"""Where an envelope holds what `examine` found."""
LONGEST_CODE, LONGEST_WORDS, LONGEST_ID = 64, 4000, 255
"""Characters of what a vendor says that are kept."""


def kept(text: str, longest: int) -> str:
    """What a vendor said, as far as a row can hold it: how it ends must not depend on that."""
    return text.replace("\x00", "\ufffd")[:longest]


class ChannelFailure(Exception):
    """A fault with a stable `code`, its `params`, and the vendor's own `words`."""

    def __init__(self, code: str, *, words: str = "", **params: object) -> None:
        self.code = kept(code, LONGEST_CODE)
        self.words = kept(words, LONGEST_WORDS)
        self.params = {
            name: kept(value, LONGEST_WORDS) if isinstance(value, str) else value
            for name, value in params.items()
        }
        super().__init__(f"{self.code}: {self.words}" if words else self.code)


class Malformed(ChannelFailure):
    """`normalize` cannot make sense of a receipt: it is quarantined, raw bytes and all."""


class TransientFailure(ChannelFailure):
    """Not sent, and worth another try. `retry_after` in seconds when the provider said so."""

    def __init__(
        self, code: str, *, words: str = "", retry_after: float | None = None, **params: object
    ) -> None:
        super().__init__(code, words=words, **params)
        self.retry_after = retry_after


class PermanentFailure(ChannelFailure):
    """Not sent, and never will be as it stands."""


class OutcomeUnknown(ChannelFailure):
    """The provider may have accepted: trying again could send it twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Accepted. `refused` maps a recipient's address to (code, the server's words); those who are
    `gone` are reached there by nobody, now or later."""

    provider_id: str
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_id", kept(self.provider_id, LONGEST_ID))
        refused = {
            address: (kept(code, LONGEST_CODE), kept(words, LONGEST_WORDS))
            for address, (code, words) in self.refused.items()
        }
        object.__setattr__(self, "refused", refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """How a channel looks and what it can carry. Sizes in bytes."""

    kind: str
    label: _StrPromise | str
    icon: str
    admin_icon: str = ""
    """Name of the icon among the admin's (Material Symbols), where that is another."""
    is_rich: bool = False
    has_subject: bool = False
    has_copies: bool = False
    holds_for_undo: bool = False
    resends_safely: bool = False
    """True where a second transmission carries the same id, so that a repeat is harmless."""
    max_attachment_size: int = 0
    has_files: bool = True
    receives_only: bool = False
    """True where nothing ever goes out: no composer offers it."""
    has_signature: bool = True
    """False where a closing line under an agent's words would be out of place."""
    reply_target: timedelta = timedelta(minutes=15)
    """Within this time a customer should have an answer, until an admin says otherwise."""
    weight: int = 1
    """Points of an agent's capacity that an open case takes while it is on this channel."""
    is_instant: bool = False
    """True where the other side reads from our own database: what is written is sent."""
    is_live: bool = False
    """True where the other side waits at the screen, as in a chat: it cannot wait for an agent who
    is not here."""

    @property
    def symbol(self) -> str:
        return self.admin_icon or self.icon


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    pass


TOO_EARLY = "send_at"
"""The fix of what need only be sent later."""
OTHER_ADDRESS = "add_address"
"""The fix of an address that nothing will ever reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """Why a channel cannot be used now (`code`, `params`), and the action that would mend it.

    `until` is when it can be used again by itself: what is due before then waits for it.
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    fix: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    units: int = 0
    parts: int = 1
    encoding: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a connection test: done or failed, with a plain error and its fix."""

    code: str
    ok: bool
    seconds: float
    words: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link under which a customer gives what they were asked for. `text` is what to tell them,
    with the link in it, in their language; `number` is the channel's own, to take it back by."""

    url: str
    text: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a customer goes on. The page at `url` finds `token` in a cookie of that name, which is
    set for its path and for a minute: no address holds what opens a thread for longer."""

    url: str
    cookie: str
    token: str


class ChannelAdapter(ABC):
    """One kind of channel. Instances hold no state and are shared by all threads."""

    kind: ClassVar[str]
    identity_kind: ClassVar[str]
    """Kind of identity that this channel reaches."""
    urlconf: ClassVar[str | None] = None
    """Dotted path of a URLconf, mounted under /hooks/<kind>/."""
    pages: ClassVar[Mapping[str, str]] = {}
    """What customers open: prefix of the address by dotted path of a URLconf."""
    mounts: ClassVar[Mapping[str, str]] = {}
    """What is answered in front of Django, which reads a request's whole body before any view sees
    it: pattern of the whole path by dotted path of an ASGI application for HTTP."""
    routing: ClassVar[str | None] = None
    """Dotted path of a module with `websocket_urlpatterns`. Each of them guards its own door."""
    composer_module: ClassVar[str] = ""
    """Static path of a module for the composer; its markup is `channels/<kind>/composer.html`."""
    invites: ClassVar[bool] = False
    """Whether agents can ask a customer for something that comes by this channel."""
    leads_on: ClassVar[bool] = False
    """Whether a link can lead a customer to this channel, at a case of theirs."""
    is_read_apart: ClassVar[bool] = False
    """Whether `normalize` reads what can hang or kill its process: it then runs in a child."""

    @abstractmethod
    def describe(self) -> Face: ...

    @abstractmethod
    def normalize(self, raw: RawEvent) -> Sequence[Event]:
        """Translate a receipt. Pure: no database, no network, so that it can be replayed.

        Raises Malformed when there is nothing to make of the bytes.
        """

    def examine(self, raw: RawEvent) -> Mapping[str, object]:
        """What has to be found out about a receipt over the network before it is read.

        Asked once, for live receipts only, and kept in the envelope: `normalize` finds it there
        whenever it runs. Must bound its own time; whatever goes wrong, the event is read without.
        """
        return {}

    @abstractmethod
    def config(self, channel_id: int) -> Any:
        """A frozen copy of the channel's settings and credentials, for `send`."""

    @abstractmethod
    def send(self, message: OutboundMessage, config: Any) -> Sent:
        """Transmit once. Raises TransientFailure, PermanentFailure or OutcomeUnknown."""

    def placed(self, delivery: Delivery) -> None:  # noqa: B027 -- most channels are not
        """A delivery of an instant channel is sent: in that transaction, database writes only."""

    def forget(self, someone: Person) -> None:  # noqa: B027 -- most channels keep nobody
        """Let go of what the channel keeps of a person who is being erased, in that transaction."""

    def own_addresses(self) -> frozenset[str]:
        """Every address that channels of this kind receive at, lower-cased."""
        return frozenset()

    def sender_addresses(self, channel_id: int) -> tuple[Address, ...]:
        """Addresses that an agent may send from, the default first."""
        return ()

    def signature(self, *, channel_id: int, author: str) -> str:
        """Closing lines under an agent's words, in plain text; empty for none."""
        return ""

    def first_answer(self, *, channel_id: int, language: str) -> str:
        """What a customer is told by itself when their message opens a case; empty for nothing.

        `{name}` and `{number}` stand for the customer and the case.
        """
        return ""

    def answer_at_once(self, *, channel_id: int, message: InboundMessage, language: str) -> str:
        """What this very message is answered with by itself, whenever it comes (HELP in a text);
        empty for nothing."""
        return ""

    def message_key(self, *, token: str, client_id: str) -> str:
        """The id under which a message leaves, the same over all attempts.

        `token` is the case's reply token, `client_id` the message's own random hex.
        """
        return client_id

    def parse_address(self, typed: str) -> Address | None:
        """The address that somebody typed, normalised; None when it cannot be one."""
        return None

    def availability(
        self, *, channel: Channel, address: Address, at: datetime
    ) -> Available | Unavailable:
        """Whether this channel can reach this address now; asked by menu, send, failover, claim."""
        return Available()

    def cannot_carry(self, *, channel: Channel, files: Sequence[File] = ()) -> Unavailable | None:
        """Why this channel does not carry these files; of none: why it carries no file at all."""
        face = self.describe()
        if not face.has_files:
            return Unavailable(code="no_files_here")
        most = face.max_attachment_size
        if most and sum(file.size for file in files) > most:
            return Unavailable(code="files_too_large", params={"most": most})
        return None

    def invite(
        self,
        *,
        channel_id: int,
        case: Case,
        identity: Identity,
        agent: Agent | None,
        language: str,
    ) -> Invitation | None:
        """Make a link for whom an answer goes to, in the caller's transaction; None for nothing.

        `agent` is who asks, None where the customer asked for it themselves.
        """
        return None

    def take_back(self, number: int) -> bool:
        """Let an invitation open nothing from now on; False where it opened nothing already."""
        return False

    def lead_on(self, *, channel_id: int, case: Case, identity: Identity) -> Place | None:
        """A place for whoever has proven that they hold this address, in the caller's transaction;
        None where there is none now."""
        return None

    def longest_film(self, channel_id: int) -> int | None:
        """Seconds that a film may last which came by this channel; None for as long as it likes."""
        return None

    def measure(self, text: str) -> Measure:
        return Measure()

    def present(self, message: Message) -> Mapping[str, object]:
        """Channel-specific values for the message's template, as a plain dict."""
        return {}

    def test_connection(self, channel_id: int) -> Iterable[Step]:
        """Try the connection end to end without writing to a customer.

        A generator is best: each step is shown when it is yielded.
        """
        return ()

    def explain(self, raw: RawEvent) -> Sequence[tuple[_StrPromise | str, str]]:
        """What is made of a receipt, as (label, text) for an admin who asks why."""
        return ()

    def texts(self) -> Mapping[str, _StrPromise | str]:
        """What this kind's codes mean, for people: steps of the test, troubles, reasons.

        The remedy of a code is under `<code>.fix`; a failed step's `fix` is such a code.
        """
        return {}

    def webhook_path(self, key: str) -> str:
        """Where the outside posts to the channel with this key; empty when nowhere."""
        return f"/hooks/{self.kind}/{key}/raw" if self.urlconf else ""

    def listeners(self) -> Sequence[Callable[[Callable[[], bool]], None]]:
        """Long-running loops of this channel for the clock process; each is handed `stopping()`."""
        return ()

    def sweeps(self) -> Mapping[str, Callable[[], int]]:
        """Named periodic jobs for the clock process; each returns how much it did."""
        return {}

    def admin_inlines(self, request: HttpRequest) -> Sequence[Any]:
        """Admin inline classes that edit this kind's settings."""
        return ()


class ReceivingAdapter(ChannelAdapter):
    """A channel by which nothing goes out: who writes by it is answered where they are reached.

    Its `describe` says `receives_only`.
    """

    identity_kind: ClassVar[str] = IdentityKind.EXTERNAL
    """Of nobody: who writes is known by an address that another channel reaches."""

    def config(self, channel_id: int) -> int:
        return channel_id

    def send(self, message: OutboundMessage, config: Any) -> Sent:
        del message, config
        raise PermanentFailure(RECEIVES_ONLY)

    def availability(self, *, channel: Channel, address: Address, at: datetime) -> Unavailable:
        del channel, address, at
        return Unavailable(code=RECEIVES_ONLY)
