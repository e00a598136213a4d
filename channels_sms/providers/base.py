"""What a provider's module is asked: one call, one proof, one translation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from channels_sms.config import Config
from channels_sms.keywords import Wish
from channels_sms.models import SmsAccount
from conversations.adapters.base import Sent
from conversations.adapters.messages import Address, DeliveryReport, Event, IdentityKind, RawEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text to one number. `key` is ours; the provider hands it back where it can."""

    key: str
    to: str
    body: str
    media: tuple[str, ...] = ()
    """Addresses of ours where its pictures are fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A webhook as it came: `url` is the address that the provider was given, query and all."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    """Lower-case names."""

    @property
    def is_form(self) -> bool:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the edge has to know of a post before it is understood.

    `event` is its natural key, empty for one that has none; `told` the provider's own word that
    it was a STOP or its kin; `media` where its parts lie.
    """

    event: str = ""
    number: str = ""
    text: str = ""
    told: Wish | None = None
    at: datetime | None = None
    """When it was said, where that is not now."""
    media: tuple[str, ...] = ()
    is_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A message in the provider's own list."""

    id: str
    to: str
    sender: str
    body: str
    status: str
    code: int
    is_inbound: bool
    at: datetime | None
    fields: Mapping[str, str] = field(default_factory=dict)
    """As the webhook would have posted it."""


class Provider(ABC):
    has_pictures: ClassVar[bool] = False
    """Whether it takes addresses of pictures with a text."""

    @abstractmethod
    def send(self, text: Text, config: Config) -> Sent:
        """One call. Raises TransientFailure, PermanentFailure or OutcomeUnknown."""

    @abstractmethod
    def is_genuine(self, post: Post, account: SmsAccount) -> bool:
        """Whether it is the provider who posts; an unset secret says no."""

    @abstractmethod
    def hear(self, post: Post, side: str, account: SmsAccount) -> Heard: ...

    @abstractmethod
    def read(self, raw: RawEvent) -> Sequence[Event]:
        """A kept post in canonical form. Pure. Raises Malformed."""

    def answer(self) -> tuple[str, str]:
        """Body and content type of the 2xx."""
        return "", "text/plain"

    def listed(self, config: Config, *, since: datetime) -> Sequence[Listed]:  # noqa: ARG002
        """What the provider took and received since then, where it tells.

        Raises TransientFailure when it cannot be asked.
        """
        return ()

    def media_of(self, listed: Listed, config: Config) -> tuple[str, ...]:  # noqa: ARG002
        """Where the parts of a listed message lie. Raises TransientFailure."""
        return ()

    def report(self, listed: Listed, *, key: str) -> DeliveryReport | None:  # noqa: ARG002
        """What its list says of a message of ours."""
        return None


def address_of(number: str) -> Address:
    """Who wrote: a number, or a name or short code, which nobody can be reached at elsewhere."""
    from channels_sms.numbers import E164

    if E164.fullmatch(number):
        return Address(kind=IdentityKind.PHONE, value=number)
    return Address(kind=IdentityKind.EXTERNAL, value=f"sms:{number}"[:320], name=number[:200])
