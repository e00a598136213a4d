"""Test connection: from the settings to a text on one's own phone and the receipt that it got."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator

import requests

from channels_sms import providers, wire
from channels_sms.adapter import transmit
from channels_sms.config import Config
from channels_sms.models import SmsAccount
from channels_sms.providers.base import Text
from conversations.adapters import guard
from conversations.adapters.base import ChannelFailure, Step
from conversations.adapters.messages import DeliveryReport, Outcome
from conversations.models import Receipt
from conversations.services import intake

RECEIPT_SECONDS = 60.0
WORDS = "OmniHub: this is the test of a connection."
_REFUSED = 400


class Missing(Exception):
    """A step found nothing; `code` names the explanation."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def run(config: Config) -> Iterator[Step]:
    """Each step when it is done, up to the first that fails."""
    trial = _Trial(config)
    for code, action in trial.steps():
        step = _timed(code, action)
        yield step
        if not step.ok:
            return


def _timed(code: str, action: Callable[[], None]) -> Step:
    start = time.monotonic()
    fix = words = ""
    try:
        action()
    except ChannelFailure as failure:
        fix, words = failure.code, failure.words
    except Missing as missing:
        fix = missing.code
    except guard.Blocked as error:
        fix, words = "host_blocked", str(error)
    except (requests.RequestException, OSError) as error:
        fix, words = "unreachable", type(error).__name__
    seconds = round(time.monotonic() - start, 2)
    return Step(code=code, ok=not fix, seconds=seconds, words=words, fix=fix)


class _Trial:
    """The steps share what was sent."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.account = SmsAccount.objects.select_related("channel").get(pk=config.account_pk)
        self.sent_as = ""

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "settings", self.look
        if self.config.provider == "twilio":
            yield "login", self.log_in
        if self.account.test_number:
            yield "text", self.send_one
            yield "receipt", self.see_its_receipt

    def look(self) -> None:
        if not self.account.can_send:
            raise Missing("sms_not_connected")

    def log_in(self) -> None:
        address = f"{self.config.api_url}/2010-04-01/Accounts/{self.config.account_id}.json"
        with wire.session(self.config) as opened:
            answer = opened.get(address, auth=(self.config.login, self.config.password))
        if answer.status_code >= _REFUSED:
            raise Missing("login_refused")

    def send_one(self) -> None:
        text = Text(key=f"test-{secrets.token_hex(8)}", to=self.account.test_number, body=WORDS)
        sent = transmit(text, self.config)
        if sent.refused:
            raise Missing(sent.refused[text.to][0])
        self.sent_as = sent.provider_id

    def see_its_receipt(self) -> None:
        """A state that came by the webhook proves its address and its signature as well."""
        deadline = time.monotonic() + RECEIPT_SECONDS
        while Outcome.DELIVERED not in (told := self._told()):
            if why := told.get(Outcome.FAILED):
                raise Missing(why)
            if time.monotonic() > deadline:
                raise Missing("not_delivered_yet" if told else "no_receipt")
            time.sleep(0.5)

    def _told(self) -> dict[Outcome, str]:
        """What was heard of the text, in our words, and the code of each."""
        provider = providers.of(self.config.provider)
        about = Receipt.objects.filter(
            channel=self.config.channel_id, external_id__startswith=f"status:{self.sent_as}:"
        )
        read = [event for one in about for event in provider.read(intake.raw_event(one))]
        return {one.outcome: one.code for one in read if isinstance(one, DeliveryReport)}
