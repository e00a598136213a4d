"""Sending: one call, three ends, and what is refused before it."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from channels_sms import reach
from channels_sms.models import Consent, SmsAccount, Spent
from conversations import outbox
from conversations.models import Agent, Channel, Delivery, Identity, Recipient
from conversations.services import deliveries, reply
from conversations.services.errors import Refused
from tests.channels_sms.corpora import cases
from tests.channels_sms.gateway import Gateway
from tests.channels_sms.phone import ANA, write
from tests.people import answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(texts: Channel, priya: Agent) -> Delivery:
    return answer(write(texts, "Hello?").case, priya, "On its way ☺").deliveries.get()


def test_no_signature_stands_under_a_text(texts: Channel, gateway: Gateway, priya: Agent) -> None:
    priya.signature = "Priya\nKalma"
    priya.save()
    message = answer(write(texts, "Hello?").case, priya, "Yes")
    outbox.deliver(message.deliveries.get().pk)
    assert gateway.accepted[0]["Body"] == "Yes"


def error(code: int, status: int = 400) -> tuple[int, dict[str, Any]]:
    return status, {"code": code, "message": "words", "status": status}


@pytest.mark.parametrize(
    ("mood", "state", "code"),
    [
        (error(20429, 429), "queued", "too_many"),
        (error(20003, 401), "queued", "login_refused"),
        (error(21614), "failed", "landline"),
        (error(21211), "failed", "bad_number"),
        (error(21610), "failed", "opted_out_of_texts"),
        (error(21408), "failed", "country_not_allowed"),
        (error(12345), "failed", "refused"),
        ((500, {"code": 20500}), "unknown", "outcome_unknown"),
        ((503, b"busy"), "unknown", "outcome_unknown"),
        ((201, b"{broken"), "unknown", "answer_unreadable"),
        ((201, {}), "unknown", "answer_unreadable"),
        ((201, [1]), "unknown", "answer_unreadable"),
        ("cut", "unknown", "outcome_unknown"),
    ],
)
def test_every_answer_has_its_end(
    queued: Delivery, gateway: Gateway, mood: Any, state: str, code: str
) -> None:
    gateway.moods = [mood]
    assert outbox.deliver(queued.pk) == state
    queued.refresh_from_db()
    assert queued.reason_code == code
    assert "canary" not in queued.reason_words


def test_a_provider_that_takes_it_and_is_silent_is_never_asked_twice(
    queued: Delivery, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_sms.wire.SECONDS", 0.3)
    gateway.moods = ["hang"]
    assert outbox.deliver(queued.pk) == "unknown"
    for _ in range(3):
        assert queued.pk not in outbox.due()
        assert outbox.deliver(queued.pk) is None
    assert len(gateway.accepted) == 1


def test_nobody_there_is_tried_again(queued: Delivery, account: SmsAccount) -> None:
    SmsAccount.objects.update(api_url="http://127.0.0.1:9")
    assert outbox.deliver(queued.pk) == "queued"
    SmsAccount.objects.update(api_url="http://10.0.0.1")
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert outbox.deliver(queued.pk) == "queued"
    queued.refresh_from_db()
    assert queued.reason_code == "host_blocked"


def test_a_person_may_send_again_and_hears_of_that_one_only(
    queued: Delivery, gateway: Gateway, priya: Agent
) -> None:
    gateway.moods = ["cut"]
    outbox.deliver(queued.pk)
    before = queued.key
    deliveries.send_again(delivery_id=queued.pk, agent=priya)
    assert outbox.deliver(queued.pk) == "sent"
    queued.refresh_from_db()
    assert queued.key != before
    assert len(gateway.accepted) == 2


def test_only_what_may_have_been_sent_counts_as_spent(
    queued: Delivery, gateway: Gateway, account: SmsAccount
) -> None:
    moods = (
        (error(20429, 429), 0),
        (error(21408), 0),
        (error(21608), 0),
        (error(21614), 0),
        ("cut", 1),
    )
    for mood, parts in moods:
        gateway.moods = [mood]
        Delivery.objects.update(state="queued", due_at=timezone.now(), called_at=None)
        Recipient.objects.update(state="queued")
        Identity.objects.update(unreachable_code="")
        outbox.deliver(queued.pk)
        assert reach.spent_today(account) == parts
    Spent.objects.update(day=timezone.now() - timedelta(days=3))
    assert reach.forget_old() == 1


@pytest.mark.corpora
def test_provider_answers_of_the_corpora(queued: Delivery, gateway: Gateway) -> None:
    """Twilio's answers as another project classed them: sent, later, or never."""
    for case in cases("sms-outbound"):
        if case["provider"] != "twiml" or not case.get("MockResponses"):
            continue
        [answers] = case["MockResponses"].values()
        gateway.moods = [(answers[0]["status"], answers[0]["body"].encode())]
        anew = {"state": "queued", "provider_id": "", "called_at": None}
        Delivery.objects.update(due_at=timezone.now(), **anew)
        Recipient.objects.update(state="queued")
        Identity.objects.update(unreachable_code="")
        Consent.objects.all().delete()
        state = outbox.deliver(queued.pk)
        wanted = (case.get("ExpectedError") or {}).get("__ident__", "")
        if case.get("ExpectedExtIDs"):
            assert state == "sent", case["Label"]
        elif wanted == "channels.ErrContactStopped":
            assert (state, Consent.objects.get().is_stopped) == ("failed", True)
        elif wanted == "channels.ErrConnectionThrottled":
            assert state == "queued"
        else:
            assert state in {"unknown", "failed", "queued"}, case["Label"]
            assert state != "sent"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("+34912345678", "landline"),
        ("+447911123456", "country_not_allowed"),
        ("12", "bad_address"),
        ("ana@client.example", "bad_address"),
        ("+15005550006", "own_address"),
    ],
)
def test_where_no_text_can_go_none_is_written(
    texts: Channel, priya: Agent, to: str, code: str
) -> None:
    case = write(texts, "Hello?").case
    with pytest.raises(Refused) as no:
        answer(case, priya, to=[to])
    assert no.value.code == code
    assert not Delivery.objects.exists()


def test_a_mobile_takes_the_place_of_a_landline(
    texts: Channel, priya: Agent, client: Client
) -> None:
    case = write(texts, "Hello?").case
    Identity.objects.update(unreachable_code="landline")
    client.force_login(priya)
    page = client.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert "+1 202-555-0143 is a landline. Add a mobile number." in page
    assert "?add=1#id_address" in page
    address = {"address": "(202) 555-0188"}
    client.post(f"/inbox/customers/{case.conversation.customer_id}/address", address)
    page = client.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert "is a landline" not in page
    assert answer(case, priya).deliveries.get().recipients.get().address == "+12025550188"


def test_a_number_is_dialled_as_at_home(texts: Channel, priya: Agent) -> None:
    message = answer(write(texts, "Hello?").case, priya, to=["(202) 555-0143"])
    assert message.deliveries.get().recipients.get().address == ANA


def send(case_id: int, agent: Agent, **wishes: Any) -> Callable[[], object]:
    return lambda: reply.send(
        case_id=case_id, agent=agent, text="Hi", to=[ANA], client_id=uuid.uuid4(), **wishes
    )


def test_in_quiet_hours_a_text_waits_for_the_morning_where_the_customer_is(
    texts: Channel, gateway: Gateway, priya: Agent
) -> None:
    SmsAccount.objects.update(quiet_from=time(21), quiet_until=time(8))
    message = write(texts, "Hello?")
    message.case.conversation.customer.time_zone = "America/Denver"
    message.case.conversation.customer.save()
    night = datetime.now(UTC).replace(hour=5, minute=30) + timedelta(days=1)  # 22:30 or 23:30 there
    with time_machine.travel(night):
        with pytest.raises(Refused) as no:
            send(message.case.pk, priya)()
        assert (no.value.code, no.value.params["until"]) == ("quiet_hours", "08:00")
        at = datetime.fromisoformat(str(no.value.params["at"]))
        send(message.case.pk, priya, send_at=at)()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.due_at) == ("held", at)


def test_what_is_due_in_quiet_hours_waits_for_their_end(queued: Delivery, gateway: Gateway) -> None:
    SmsAccount.objects.update(quiet_from=time(0), quiet_until=time(23, 59, 59))
    assert outbox.deliver(queued.pk) == "queued"
    queued.refresh_from_db()
    assert queued.reason_code == "quiet_hours"
    assert not gateway.accepted


def test_caps_are_kept(texts: Channel, gateway: Gateway, priya: Agent, client: Client) -> None:
    SmsAccount.objects.update(most_per_number=2)
    case = write(texts, "Hello?").case
    messages = [answer(case, priya, f"{place} ó" + "x" * 70) for place in range(2)]
    states = [outbox.deliver(message.deliveries.get().pk) for message in messages]
    assert states == ["sent", "failed"]
    assert Spent.objects.get().parts == 2
    SmsAccount.objects.update(most_per_number=99, most_per_day=3)
    due = answer(case, priya, "ó" + "x" * 70).deliveries.get()  # two parts, and room for one
    assert outbox.deliver(due.pk) == "queued"
    due.refresh_from_db()
    assert (due.reason_code, len(gateway.accepted)) == ("daily_cap", 1)
    assert due.due_at.time() < time(1)
    SmsAccount.objects.update(most_per_day=2)
    with pytest.raises(Refused, match="daily_cap"):
        answer(case, priya, to=[ANA])
    client.force_login(priya)
    page = client.get(f"/inbox/q/all/c/{case.pk}/").content.decode()
    assert "The most texts of a day are sent (2 parts)." in page
    assert 'name="later_on"' not in page  # nobody was promised an hour
    texts.refresh_from_db()
    assert texts.trouble_code == "spend_stopped"
