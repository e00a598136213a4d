"""E-mail as a channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_email import (
    addresses,
    compose,
    explain,
    explained,
    hook_events,
    links,
    mime,
    threading,
    transport,
)
from channels_email.authentication import asking, live
from channels_email.config import Config, config_of, own_domain
from channels_email.models import EmailAccount
from channels_email.words import TEXTS
from conversations.adapters.base import (
    OTHER_ADDRESS,
    Available,
    ChannelAdapter,
    ChannelFailure,
    Face,
    Sent,
    Step,
    TransientFailure,
    Unavailable,
)
from conversations.adapters.messages import Address, Event, IdentityKind, OutboundMessage, RawEvent
from conversations.models import Channel, Identity

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from conversations.models import Message

LARGEST_FILES = 25 * 1024 * 1024


LOGIN_TROUBLES = {
    "login_refused",
    "oauth_refused",
    "oauth_not_connected",
    "secret_unreadable",
    "provider_settings",
}
"""Failures of all sending, not of one mail: the channel shows them."""


class EmailAdapter(ChannelAdapter):
    kind: ClassVar[str] = "email"
    identity_kind: ClassVar[str] = IdentityKind.EMAIL
    urlconf: ClassVar[str | None] = "channels_email.urls"
    is_read_apart: ClassVar[bool] = True

    def describe(self) -> Face:
        return Face(
            kind=self.kind,
            label=_("E-mail"),
            icon="mail",
            is_rich=True,
            has_subject=True,
            has_copies=True,
            holds_for_undo=True,
            resends_safely=True,
            max_attachment_size=LARGEST_FILES,
        )

    # -- in
    def examine(self, raw: RawEvent) -> Mapping[str, object]:
        """Who wrote a copy of our own mail is known: it lay in the Sent folder."""
        if raw.envelope.get("is_sent"):
            return {}
        resolver = live.resolver()
        answers: dict[str, object] = {}
        for mail in hook_events.mails(raw) if "provider" in raw.envelope else (raw,):
            found = asking.ask(mail, resolver).get("dns")
            answers |= found if isinstance(found, dict) else {}
        return {"dns": answers} if answers else {}

    def normalize(self, raw: RawEvent) -> Sequence[Event]:
        if "provider" in raw.envelope:
            return hook_events.normalize(raw, domain=own_domain())
        return mime.normalize(raw, domain=own_domain())

    # -- out
    def config(self, channel_id: int) -> Config:
        """Raises TransientFailure while the channel has no settings."""
        accounts = EmailAccount.objects.select_related("grant", "channel__mail_provider")
        account = accounts.filter(channel=channel_id).first()
        if account is None:
            raise TransientFailure("not_connected")
        return config_of(account)

    def send(self, message: OutboundMessage, config: Config) -> Sent:
        channel = Channel(pk=config.channel_id)
        try:
            sent = self._transmit(message, config)
        except ChannelFailure as failure:
            if failure.code in LOGIN_TROUBLES:
                channel.note_trouble(Channel.SENDING_REFUSED, failure.words or failure.code)
            raise
        channel.note_sent()
        return sent

    def _transmit(self, message: OutboundMessage, config: Config) -> Sent:
        message = links.linked(message)
        mail = compose.build(message, config, at=timezone.now())
        return transport.transmit(config, message, mail)

    def message_key(self, *, token: str, client_id: str) -> str:
        return threading.message_key(token=token, client_id=client_id, domain=own_domain())

    # -- addresses
    def own_addresses(self) -> frozenset[str]:
        rows = EmailAccount.objects.values_list("address", "more_addresses")
        return frozenset(a.lower() for main, more in rows for a in (main, *more))

    def sender_addresses(self, channel_id: int) -> tuple[Address, ...]:
        account = EmailAccount.objects.filter(channel=channel_id).first()
        if account is None:
            return ()
        return tuple(
            Address(kind=IdentityKind.EMAIL, value=value, name=account.display_name)
            for value in account.addresses
        )

    def signature(self, *, channel_id: int, author: str) -> str:
        """The channel's closing lines; `{name}` stands for who writes, and nothing else is read."""
        account = EmailAccount.objects.filter(channel=channel_id).only("signature").first()
        return account.signature.replace("{name}", author) if account else ""

    def first_answer(self, *, channel_id: int, language: str) -> str:
        account = EmailAccount.objects.filter(channel=channel_id).first()
        return account.first_answer(language) if account else ""

    def parse_address(self, typed: str) -> Address | None:
        return addresses.parse_address(typed)

    def availability(
        self, *, channel: Channel, address: Address, at: datetime
    ) -> Available | Unavailable:
        del at  # an address is as reachable at night
        if not addresses.normal_address(address.value):
            params = {"address": address.value}
            return Unavailable(code="bad_address", params=params, fix=OTHER_ADDRESS)
        unreachable = (
            Identity.objects.filter(kind=IdentityKind.EMAIL, value=address.value)
            .exclude(unreachable_code="")
            .values_list("unreachable_code", flat=True)
            .first()
        )
        if unreachable:
            params = {"address": address.value}
            return Unavailable(code=unreachable, params=params, fix=OTHER_ADDRESS)
        account = (
            EmailAccount.objects.select_related("channel__mail_provider")
            .filter(channel=channel)
            .first()
        )
        if account is None or not account.can_send:
            return Unavailable(code="not_connected", fix="connect_channel")
        return Available()

    def present(self, message: Message) -> Mapping[str, object]:
        """What the message's template shows beside its words."""
        return {"subject": message.subject, "has_markup": bool(message.html)}

    # -- what admins see
    def explain(self, raw: RawEvent) -> Sequence[tuple[_StrPromise | str, str]]:
        found = explain.explain_apart(
            raw.body,
            domain=own_domain(),
            envelope=raw.envelope,
            own_addresses=raw.own_addresses,
        )
        return explained.rows(found)

    def test_connection(self, channel_id: int) -> Iterable[Step]:
        from channels_email import trial

        return trial.run(self.config(channel_id))

    def texts(self) -> Mapping[str, _StrPromise | str]:
        return TEXTS

    def admin_inlines(self, request: HttpRequest) -> Sequence[Any]:
        from channels_email.admin import EmailAccountInline
        from channels_email.provider_admin import MailProviderInline

        return (EmailAccountInline, MailProviderInline)

    # -- what runs by itself
    def listeners(self) -> Sequence[Callable[[Callable[[], bool]], None]]:
        from channels_email import listen

        return (listen.run,)
