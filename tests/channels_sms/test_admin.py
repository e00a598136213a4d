"""A text channel in the admin: connected, tested to one's own phone, and no secret ever shown."""

import threading
import time
from typing import Any

import pytest
from django.db import connections
from django.forms import model_to_dict
from django.test import Client

from channels_sms import reach, trial
from channels_sms.adapter import SmsAdapter
from channels_sms.admin import HttpGatewayForm
from channels_sms.http_models import HttpGateway
from channels_sms.models import SmsAccount
from conversations import outbox
from conversations.models import Agent, Channel, ChannelTest, Role, Team
from conversations.services import connection
from tests.channels_sms.gateway import ACCOUNT, TOKEN, Gateway
from tests.channels_sms.phone import ANA, post, tell, write
from tests.people import answer, make_agent

SECRET = "secret-canary-1"
ADD = "/admin/conversations/channel/add/?kind=sms"


@pytest.fixture
def admin(db: None, client: Client) -> Client:
    lena = make_agent("Lena Brandt", role=Role.ADMIN)
    Agent.objects.filter(pk=lena.pk).update(is_staff=True, is_superuser=True)
    client.force_login(lena)
    return client


def fields(team: Team, **more: str) -> dict[str, str]:
    account = {
        "sender": "(500) 555-0006",
        "provider": "twilio",
        "home_country": "US",
        "countries": "us, es",
        "account_id": ACCOUNT,
        "auth_token": TOKEN,
        "most_per_number": "30",
        "most_per_day": "1000",
        **more,
    }
    return {
        "label": "Texts",
        "name": "texts",
        "team": str(team.pk),
        "reply_target": "5",
        "language": "en",
        "sms_account-TOTAL_FORMS": "1",
        "sms_account-INITIAL_FORMS": "0",
        **{f"sms_account-0-{name}": value for name, value in account.items()},
    }


@pytest.mark.django_db
def test_a_channel_is_connected_and_keeps_its_secrets_to_itself(admin: Client, team: Team) -> None:
    assert 'name="reply_target" value="5"' in admin.get(ADD).content.decode()
    assert admin.post(ADD, fields(team)).status_code == 302
    account = SmsAccount.objects.get()
    assert (account.sender, account.countries, account.auth_token) == (
        "+15005550006", ["US", "ES"], TOKEN,
    )  # fmt: skip
    page = admin.get(f"/admin/conversations/channel/{account.channel_id}/change/").content.decode()
    assert TOKEN not in page
    for words in (
        f"/hooks/sms/{account.channel.key}/inbound",
        "Nothing was heard yet.",
        "0 of 1000",
    ):
        assert words in page
    assert "Sending by HTTP" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "12"},
        {"countries": "XX"},
        {"quiet_from": "21:00"},
        {"test_number": "ana@client.example"},
    ],
)
def test_what_cannot_be_right_is_refused(admin: Client, team: Team, wrong: dict[str, str]) -> None:
    page = admin.post(ADD, fields(team, **wrong))
    assert page.status_code == 200
    assert TOKEN not in page.content.decode()
    assert not SmsAccount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_test_text_goes_to_ones_own_phone_and_its_receipt_comes_back(
    texts: Channel, gateway: Gateway
) -> None:
    SmsAccount.objects.update(test_number=ANA)
    told = threading.Thread(target=_tell, args=(texts, gateway))
    told.start()
    steps = list(SmsAdapter().test_connection(texts.pk))
    told.join()
    assert [(step.code, step.ok) for step in steps] == [
        ("settings", True), ("login", True), ("text", True), ("receipt", True),
    ]  # fmt: skip


def _tell(texts: Channel, gateway: Gateway) -> None:
    while not gateway.accepted:
        time.sleep(0.01)
    post(texts, "status", {"MessageSid": f"SM{1:032d}", "MessageStatus": "delivered"})
    connections.close_all()


@pytest.mark.django_db
def test_a_test_says_what_is_missing(
    admin: Client, texts: Channel, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "RECEIPT_SECONDS", 0.0)
    SmsAccount.objects.update(test_number=ANA)
    assert [step.fix for step in SmsAdapter().test_connection(texts.pk)][-1] == "no_receipt"
    assert reach.spent_today(SmsAccount.objects.get()) == 1
    tell(texts, f"SM{2:032d}", "undelivered", ErrorCode="30006")
    assert [step.fix for step in SmsAdapter().test_connection(texts.pk)][-1] == "landline"
    write(texts, "STOP")
    connection.run(ChannelTest.objects.create(channel=texts).pk)
    page = admin.get(f"/admin/conversations/channel/{texts.pk}/test", follow=True).content.decode()
    assert "<p>Opted out of texts</p>" in page
    assert len(gateway.accepted) == 2
    write(texts, "START")
    SmsAccount.objects.update(auth_token="wrong")
    gateway.moods = [(401, {"code": 20003})]
    assert [step.fix for step in SmsAdapter().test_connection(texts.pk)][-1] == "login_refused"


@pytest.fixture
def http(texts: Channel, gateway: Gateway) -> Channel:
    """The same channel, over a gateway that somebody described."""
    gateway.is_judged = False
    SmsAccount.objects.update(provider="http")
    HttpGateway.objects.create(
        channel=texts,
        send_url=f"{gateway.url}/send",
        is_json=False,
        login_value=None,
        id_field="messages.0.id",
        key_field="ref",
        webhook_secret=SECRET,
        status_key_field="ref",
        delivered_words=["DELIVRD"],
        failed_words=["UNDELIV"],
    )
    return texts


def hook(channel: Channel, side: str, said: dict[str, Any], secret: str = SECRET) -> int:
    headers = {"X-Webhook-Secret": secret}
    where = f"/hooks/sms/{channel.key}/{side}"
    found = Client().post(where, said, content_type="application/json", headers=headers)
    return int(found.status_code)


@pytest.mark.django_db
def test_any_provider_that_one_post_describes(
    http: Channel, gateway: Gateway, priya: Agent
) -> None:
    from conversations.models import Message, Receipt
    from conversations.services import intake

    came = {"id": "m1", "from": ANA.removeprefix("+"), "text": "Hello?"}
    assert hook(http, "inbound", came, secret="another") == 403
    assert [hook(http, "inbound", came) for _ in range(2)] == [200, 200]
    intake.process(Receipt.objects.get().pk)
    message = Message.objects.get()
    delivery = answer(message.case, priya, "Yes").deliveries.get()
    gateway.moods = [(200, {"messages": [{"id": 77}]})]
    assert outbox.deliver(delivery.pk) == "sent"
    [(_, path, _, posted)] = gateway.asked
    assert (path, posted) == (
        "/send",
        {"to": ANA, "from": "+15005550006", "text": "Yes", "ref": delivery.key},
    )
    assert hook(http, "status", {"id": "77", "status": "DELIVRD"}) == 200
    intake.process(Receipt.objects.latest("pk").pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == ("delivered", "77")
    SmsAccount.objects.update(test_number=ANA)
    gateway.moods = [(200, {"messages": [{"id": 77}]})]
    assert all(step.ok for step in SmsAdapter().test_connection(http.pk))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"login_header": "Authorization:"},
        {"login_value": "Bearer a\nX-Other: b"},
        {"login_value": "Bearer “a”"},
        {"secret_header": "no header"},
    ],
)
def test_a_header_that_no_request_can_carry_is_refused(
    http: Channel, wrong: dict[str, str]
) -> None:
    row = HttpGateway.objects.get()
    form = HttpGatewayForm({**model_to_dict(row), "login_value": "", **wrong}, instance=row)
    assert list(form.errors) == list(wrong)
    form = HttpGatewayForm({**model_to_dict(row), "login_value": "Bearer a"}, instance=row)
    assert form.is_valid(), form.errors


@pytest.mark.django_db
def test_without_a_secret_every_post_is_refused(http: Channel) -> None:
    HttpGateway.objects.update(webhook_secret=None)
    assert hook(http, "inbound", {"id": "m1"}, secret="") == 403
    SmsAccount.objects.update(provider="twilio")
    assert write(http, "By Twilio").text == "By Twilio"
