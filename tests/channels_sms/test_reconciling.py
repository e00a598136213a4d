"""What the provider's own list settles: unknown ends, and texts whose webhook was lost."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from channels_sms import consent, media, reconciling
from channels_sms.models import ConsentStep, SmsAccount
from conversations import outbox
from conversations.models import Agent, Channel, Delivery, Message
from conversations.services import deliveries, intake
from conversations.services.errors import Refused
from tests.channels_sms.gateway import ACCOUNT, Gateway
from tests.channels_sms.phone import ANA, write
from tests.people import answer

pytestmark = pytest.mark.django_db

OURS = "+15005550006"


def row(sid: str, body: str, **more: Any) -> dict[str, Any]:
    """As Twilio lists a text that we sent."""
    return {
        "sid": sid,
        "account_sid": ACCOUNT,
        "from": OURS,
        "to": ANA,
        "body": body,
        "status": "delivered",
        "direction": "outbound-api",
        "num_media": "0",
        "error_code": None,
        "date_sent": format_datetime(timezone.now()),
        **more,
    }


@pytest.fixture
def unknown(texts: Channel, gateway: Gateway, priya: Agent) -> Delivery:
    """The provider took it and hung up, a while ago."""
    gateway.moods = ["cut"]
    delivery = answer(write(texts, "Hello?").case, priya, "On its way").deliveries.get()
    assert outbox.deliver(delivery.pk) == "unknown"
    Delivery.objects.update(called_at=timezone.now() - timedelta(minutes=1))
    return delivery


def look(delivery: Delivery) -> tuple[str, str]:
    reconciling.settle_unknown()
    SmsAccount.objects.update(reconciled_at=None)
    delivery.refresh_from_db()
    return delivery.state, delivery.provider_id


def test_what_the_list_has_was_sent(unknown: Delivery, gateway: Gateway) -> None:
    assert look(unknown) == ("unknown", "")
    gateway.listed = [row("SMx", "Another", to=ANA), row("SM7", "On its way")]
    assert look(unknown) == ("delivered", "SM7")
    assert len(gateway.accepted) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"body": "On its  way"},
        {"to": "+12025550144"},
        {"direction": "inbound"},
        {"date_sent": format_datetime(timezone.now() - timedelta(hours=1))},
        {"date_sent": "yesterday"},
        {"sid": "SM1"},
    ],
)
def test_another_text_settles_nothing(
    unknown: Delivery, gateway: Gateway, other: dict[str, Any]
) -> None:
    Delivery.objects.create(
        conversation=unknown.conversation,
        channel=unknown.channel,
        key="k",
        provider_id="SM1",
        due_at=timezone.now(),
        state="sent",
    )
    gateway.listed = [{**row("SM7", "On its way"), **other}]
    assert look(unknown) == ("unknown", "")


def test_it_is_asked_once_a_minute_and_only_about_unknown_ones(
    unknown: Delivery, gateway: Gateway
) -> None:
    for _ in range(3):
        reconciling.settle_unknown()
    assert [method for method, *_ in gateway.asked] == ["POST", "GET"]


def test_a_person_knows_that_it_arrived(unknown: Delivery, priya: Agent) -> None:
    deliveries.note_arrived(delivery_id=unknown.pk, agent=priya)
    unknown.refresh_from_db()
    assert unknown.state == "delivered"
    with pytest.raises(Refused, match="not_unknown"):
        deliveries.note_arrived(delivery_id=unknown.pk, agent=priya)


def test_a_text_whose_webhook_was_lost_comes_in_a_day_later(
    texts: Channel, gateway: Gateway
) -> None:
    known = write(texts, "I came")
    assert reconciling.pull_lost() == 0
    SmsAccount.objects.update(pulled_to=timezone.now() - timedelta(hours=25))
    came = {"from": ANA, "to": OURS, "direction": "inbound", "status": "received"}
    gateway.listed = [
        row(known.message_id, "I came", **came),
        *[row("SMlost", "I was lost", **came)] * 2,  # the list moved on between two pages
        row("SMother", "Not ours", **{**came, "to": "+15005550009"}),
    ]
    assert reconciling.pull_lost() == 1
    assert reconciling.pull_lost() == 0
    for receipt in texts.receipts.filter(state="stored"):
        intake.process(receipt.pk)
    assert Message.objects.get(message_id="SMlost").text == "I was lost"
    assert Message.objects.count() == 2


def test_a_pull_that_failed_is_made_again(texts: Channel, gateway: Gateway) -> None:
    SmsAccount.objects.update(pulled_to=timezone.now() - timedelta(hours=25))
    came = {"from": ANA, "to": OURS, "direction": "inbound", "status": "received"}
    gateway.listed = [row("SMlost", "I was lost", **came)]
    SmsAccount.objects.update(api_url="http://127.0.0.1:9")
    assert reconciling.pull_lost() == 0
    SmsAccount.objects.update(api_url=gateway.url, reconciled_at=None)
    assert reconciling.pull_lost() == 1


def test_a_wish_that_was_lost_undoes_no_later_one(texts: Channel, gateway: Gateway) -> None:
    """STOP, START whose webhook was lost, STOP again: the START is pulled a day later."""
    write(texts, "STOP")
    SmsAccount.objects.update(pulled_to=timezone.now() - timedelta(hours=25))
    came = {"from": ANA, "to": OURS, "direction": "inbound", "status": "received"}
    earlier = format_datetime(timezone.now() - timedelta(hours=2))
    gateway.listed = [row("SMlost", "START", **came, date_sent=earlier)]
    assert reconciling.pull_lost() == 1
    assert consent.is_stopped(sender=OURS, number=ANA)
    assert ConsentStep.objects.filter(event="in:SMlost").exists()


def media_at(texts: Channel, url: str) -> Message:
    return write(texts, "Look", NumMedia="1", MediaUrl0=url)


def test_parts_come_from_the_provider_alone(
    texts: Channel, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 9
    gateway.files = {
        "/moved": (307, {"Location": "/1"}, b""),
        "/1": (200, {"Content-Type": "image/png"}, png),
        "/away": (307, {"Location": "https://127.0.0.2/secret"}, b""),
        "/large": (200, {"Content-Type": "image/png"}, b"0" * 2000),
        "/gone": (410, {}, b""),
    }
    monkeypatch.setattr(media, "MOST_BYTES", 1000)
    fine = media_at(texts, f"{gateway.url}/moved")
    lost = [
        media_at(texts, url)
        for url in (
            f"{gateway.url}/away",
            f"{gateway.url}/large",
            f"{gateway.url}/gone",
            "http://api.twilio.com/1",
            "https://twilio.com.evil.example/1",
            "https://169.254.169.254/latest/meta-data",
            "https://127.0.0.1\\@api.twilio.com/1",  # urlsplit and urllib3 read two hosts
            "file:///etc/passwd",
        )
    ]
    assert media.sweep() == 9
    assert fine.attachments.get().blob.read() == png
    for message in lost:
        message.refresh_from_db()
        assert message.params == {"media_lost": 1}
        assert not message.attachments.exists()
