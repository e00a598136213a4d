"""What we ask Twilio is judged by the API that Twilio publishes.

The judge is Twilio's own library, generated from its OpenAPI file (see published.py): here byte
for byte for each call that we make. The gateway of these tests judges all others by the same
operations: what they do not know is refused, and fails the test that asked it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from twilio.rest import Client

from channels_sms import media, reconciling
from channels_sms.adapter import SmsAdapter
from channels_sms.models import SmsAccount
from channels_sms.providers import twilio
from conversations import outbox
from conversations.models import Agent, Channel, Message
from conversations.services import intake
from tests.channels_sms import published
from tests.channels_sms.gateway import ACCOUNT, Gateway
from tests.channels_sms.phone import ANA, write
from tests.people import answer

pytestmark = pytest.mark.django_db

OURS = "+15005550006"
SERVICE = "MG0123456789abcdef0123456789abcdef"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
TEXT, PART = "MM" + "a" * 32, "ME" + "b" * 32


def is_as(gateway: Gateway, call: Callable[[Client], object], *, place: int = -1) -> None:
    assert gateway.sent[place] == published.asked(call)


@pytest.mark.parametrize("sender", [OURS, SERVICE])
def test_a_text_is_asked_for_as_twilios_library_does(
    texts: Channel, gateway: Gateway, priya: Agent, sender: str
) -> None:
    SmsAccount.objects.update(sender=sender, more_numbers=[OURS])
    queued = answer(write(texts, "Hello?").case, priya, "On its way ☺ & more").deliveries.get()
    assert outbox.deliver(queued.pk) == "sent"
    callback = f"https://hub.example/hooks/sms/{texts.key}/status?d={queued.key}"
    who: dict[str, Any] = (
        {"messaging_service_sid": sender} if sender == SERVICE else {"from_": sender}
    )
    is_as(
        gateway,
        lambda theirs: theirs.messages.create(
            to=ANA, body="On its way ☺ & more", status_callback=callback, **who
        ),
    )


def test_what_it_has_is_listed_and_fetched_as_twilios_library_does(
    texts: Channel, gateway: Gateway
) -> None:
    since = timezone.now() - timedelta(hours=25)
    SmsAccount.objects.update(pulled_to=since)
    gateway.listed = [
        {
            "sid": TEXT, "account_sid": ACCOUNT, "from": ANA, "to": OURS, "body": "Look",
            "direction": "inbound", "status": "received", "num_media": "1", "error_code": None,
            "date_sent": timezone.now().strftime("%a, %d %b %Y %H:%M:%S +0000"),
        }
    ]  # fmt: skip
    part = f"{MESSAGES}/{TEXT}/Media/{PART}"
    gateway.parts = [{"uri": f"{part}.json"}]
    gateway.files = {part: (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n")}
    gateway.next_page = f"{MESSAGES}.json?Page=1&PageSize=200"
    assert reconciling.pull_lost() == 1
    intake.process(texts.receipts.get().pk)
    assert media.sweep() == 1
    assert Message.objects.get().attachments.exists()
    asked_since = datetime.combine(
        (since - reconciling.OVERLAP).astimezone(UTC).date(), datetime.min.time(), UTC
    )
    is_as(
        gateway,
        lambda theirs: theirs.messages.page(date_sent_after=asked_since, page_size=200),
        place=0,
    )
    is_as(gateway, lambda theirs: theirs.messages.page(page_number=1, page_size=200), place=1)
    is_as(gateway, lambda theirs: theirs.messages(TEXT).media.page(), place=2)
    fetched = published.asked(lambda theirs: theirs.messages(TEXT).media(PART).fetch())
    assert gateway.sent[3] == ("GET", fetched[1].removesuffix(".json"), "")


def test_the_login_is_tried_as_twilios_library_fetches_an_account(
    texts: Channel, gateway: Gateway
) -> None:
    list(SmsAdapter().test_connection(texts.pk))
    is_as(gateway, lambda theirs: theirs.api.v2010.accounts(ACCOUNT).fetch())


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        (("POST", f"{MESSAGES}.json", "To=%2B1202&Bdy=Hi"), "no such field: Bdy"),
        (("POST", f"{MESSAGES}.json", "Body=Hi"), "missing: To"),
        (("GET", f"{MESSAGES}.json?DateSent%3E%3D=2026-01-01", ""), "no such field: DateSent>="),
        (("PUT", f"{MESSAGES}.json", "To=%2B1202"), "no such method: PUT"),
        (("POST", f"{MESSAGES}", "To=%2B1202"), "no such path"),
        (("GET", f"{MESSAGES}/{TEXT}/Medias.json", ""), "no such path"),
    ],
)
def test_what_is_not_published_is_a_fault(request_: tuple[str, str, str], fault: str) -> None:
    [found] = published.faults(*request_)
    assert found.startswith(fault)


def test_a_field_that_twilio_does_not_know_is_refused_by_the_gateway(
    texts: Channel, gateway: Gateway, priya: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "_asked", lambda text, _config: {"To": text.to, "Text": text.body})
    queued = answer(write(texts, "Hello?").case, priya, "Hi").deliveries.get()
    assert outbox.deliver(queued.pk) == "failed"
    assert gateway.faults == ["no such field: Text"]
    gateway.faults.clear()
