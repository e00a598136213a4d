"""Text messages as a channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_sms import consent, edge, numbers, pictures, providers, reach, segments
from channels_sms.config import Config, config_of
from channels_sms.keywords import Wish, is_spanish
from channels_sms.models import SmsAccount
from channels_sms.providers.base import Text
from channels_sms.words import TEXTS
from conversations.adapters.base import (
    Available,
    ChannelAdapter,
    ChannelFailure,
    Face,
    Measure,
    PermanentFailure,
    Sent,
    Step,
    TransientFailure,
    Unavailable,
)
from conversations.adapters.messages import (
    Address,
    Event,
    File,
    IdentityKind,
    InboundMessage,
    OutboundMessage,
    RawEvent,
)
from conversations.models import Channel

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from conversations.models import Message

TROUBLES = {"login_refused", "account_off", "sender_refused", "host_blocked"}
"""Failures of all sending, not of one text: the channel shows them."""
LONGEST = 1600
"""Letters of one text: the most that Twilio takes (error 21617)."""


class SmsAdapter(ChannelAdapter):
    kind: ClassVar[str] = "sms"
    identity_kind: ClassVar[str] = IdentityKind.PHONE
    urlconf: ClassVar[str | None] = "channels_sms.urls"
    composer_module: ClassVar[str] = "channels_sms/js/composer.js"

    def describe(self) -> Face:
        return Face(
            kind=self.kind,
            label=_("SMS"),
            icon="sms",
            reply_target=timedelta(minutes=5),
            weight=2,
            has_signature=False,
        )

    # -- in
    def normalize(self, raw: RawEvent) -> Sequence[Event]:
        return providers.of(str(raw.envelope.get("provider") or "twilio")).read(raw)

    def webhook_path(self, key: str) -> str:
        return f"/hooks/sms/{key}/{edge.INBOUND}"

    # -- out
    def config(self, channel_id: int) -> Config:
        """Raises TransientFailure while the channel has no settings."""
        account = _account(channel_id)
        if account is None:
            raise TransientFailure("not_connected")
        return config_of(account, callback=edge.address(account.channel, edge.STATUS))

    def send(self, message: OutboundMessage, config: Config) -> Sent:
        to = message.addressees[0].address.value
        media = tuple(pictures.address(file) for file in message.files)
        text = Text(key=message.key, to=to, body=message.text, media=media)
        if len(text.body) > LONGEST:
            raise PermanentFailure("too_long", most=LONGEST)
        if text.media and not providers.of(config.provider).has_pictures:
            raise PermanentFailure("no_pictures")
        channel = Channel(pk=config.channel_id)
        try:
            sent = transmit(text, config)
        except ChannelFailure as failure:
            if failure.code in TROUBLES:
                channel.note_trouble(Channel.SENDING_REFUSED, failure.words or failure.code)
            if failure.code == "opted_out_of_texts":
                self._hear_of_stop(text, config)
            raise
        channel.note_sent()
        channel.note_contact()
        return sent

    def _hear_of_stop(self, text: Text, config: Config) -> None:
        """The provider heard a STOP that we did not."""
        with transaction.atomic():
            consent.write(
                sender=config.sender,
                number=text.to,
                is_stop=True,
                event=f"refused:{text.key}",
                words="21610",
            )

    # -- addresses
    def own_addresses(self) -> frozenset[str]:
        rows = SmsAccount.objects.all()
        return frozenset(number for account in rows for number in account.numbers)

    def sender_addresses(self, channel_id: int) -> tuple[Address, ...]:
        account = SmsAccount.objects.filter(channel=channel_id).first()
        if account is None:
            return ()
        return (Address(kind=IdentityKind.PHONE, value=account.sender),)

    def answer_at_once(self, *, channel_id: int, message: InboundMessage, language: str) -> str:
        """HELP and its kin, where the provider does not answer them itself."""
        if message.details.get("wish") != Wish.HELP:
            return ""
        account = SmsAccount.objects.filter(channel=channel_id, provider_answers=False).first()
        spoken = "es" if is_spanish(message.text) else language
        return account.help_text(spoken) if account else ""

    def parse_address(self, typed: str) -> Address | None:
        if sum(letter.isdigit() for letter in typed) < 5:  # noqa: PLR2004 -- shorter than any number
            return None
        if len(typed) > numbers.LONGEST:
            return None
        is_whole = typed.strip().startswith(("+", "00"))
        number = numbers.e164(typed.strip(), "" if is_whole else _home())
        return Address(kind=IdentityKind.PHONE, value=number) if number else None

    def availability(
        self, *, channel: Channel, address: Address, at: datetime
    ) -> Available | Unavailable:
        account = SmsAccount.objects.select_related("channel").filter(channel=channel).first()
        if account is None or not account.can_send:
            return Unavailable(code="sms_not_connected", fix="connect_channel")
        if address.kind != IdentityKind.PHONE:
            return Unavailable(code="no_address", params={"kind": self.identity_kind})
        return reach.availability(account, address.value, at)

    def cannot_carry(self, *, channel: Channel, files: Sequence[File] = ()) -> Unavailable | None:
        account = SmsAccount.objects.filter(channel=channel).first()
        if account is None or not providers.of(account.provider).has_pictures:
            return Unavailable(code="no_pictures")
        return pictures.obstacle(files)

    def measure(self, text: str) -> Measure:
        found = segments.measure(text)
        return Measure(
            units=found.units, parts=found.parts, encoding=found.encoding, hint=found.letter
        )

    def present(self, message: Message) -> Mapping[str, object]:
        return {"parts": segments.measure(message.text).parts}

    # -- what admins see
    def test_connection(self, channel_id: int) -> Iterable[Step]:
        from channels_sms import trial

        return trial.run(self.config(channel_id))

    def texts(self) -> Mapping[str, _StrPromise | str]:
        return TEXTS

    def admin_inlines(self, request: HttpRequest) -> Sequence[Any]:
        from channels_sms.admin import HttpGatewayInline, SmsAccountInline

        return (SmsAccountInline, HttpGatewayInline)

    # -- what runs by itself
    def listeners(self) -> Sequence[Callable[[Callable[[], bool]], None]]:
        from channels_sms import errands

        return (errands.run,)


def transmit(text: Text, config: Config) -> Sent:
    """Nothing goes beyond a cap, or to who said STOP: asked where nobody can say it in between."""
    parts, at = segments.measure(text.body).parts, timezone.now()
    _spend(text, config, parts, at)
    with consent.call(sender=config.sender, number=text.to) as is_wanted:
        stopped = PermanentFailure("opted_out_of_texts", address=text.to)
        end = _called(text, config) if is_wanted else stopped
    is_refused = isinstance(end, Sent) and bool(end.refused)
    if is_refused or isinstance(end, TransientFailure | PermanentFailure):
        reach.take_back(config.account_pk, text.to, parts, at)  # surely not sent
    if isinstance(end, ChannelFailure):
        raise end
    return end


def _spend(text: Text, config: Config, parts: int, at: datetime) -> None:
    refusal = reach.spend(config.account_pk, text.to, parts, at)
    if refusal is None:
        return
    if refusal.until is None:
        raise PermanentFailure(refusal.code, words="", **refusal.params)
    raise TransientFailure(refusal.code, retry_after=(refusal.until - at).total_seconds())


def _called(text: Text, config: Config) -> Sent | ChannelFailure:
    """How the call ended; told rather than raised, which would undo what was written meanwhile."""
    try:
        return providers.of(config.provider).send(text, config)
    except ChannelFailure as failure:
        return failure


def _account(channel_id: int) -> SmsAccount | None:
    return SmsAccount.objects.select_related("channel").filter(channel=channel_id).first()


def _home() -> str:
    return SmsAccount.objects.order_by("pk").values_list("home_country", flat=True).first() or ""
