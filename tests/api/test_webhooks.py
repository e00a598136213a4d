"""Webhooks out: signed, told once what may be seen, tried for a day, logged and sent again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.models import EventState, WebhookEndpoint, WebhookEvent
from api.webhooks import posting, sending
from api.webhooks.bodies import body
from api.webhooks.listening import prune
from conversations.models import Agent, Case, Channel, ClockTimestamp, Role, Team
from conversations.services import redaction, relay, status
from tests.api.conftest import machine
from tests.api.receiver import Receiver
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.OMNIHUB_ALLOW_HOSTS = ["127.0.0.1"]
    with Receiver() as server:
        yield server


@pytest.fixture
def lena(team: Team) -> Agent:
    return make_agent("Lena Brandt", team, role=Role.ADMIN)


@pytest.fixture
def api(lena: Agent) -> Client:
    return machine(lena, "admin")


def post(api: Client, path: str, **said: Any) -> Any:
    return api.post(f"/api/v1/{path}", said, content_type="application/json")


@pytest.fixture
def hook(api: Client, receiver: Receiver) -> dict[str, Any]:
    made = post(api, "webhooks/", name="Shop", url=receiver.url)
    assert made.status_code == 201, made.content
    return dict(made.json())


def work(hook: dict[str, Any]) -> int:
    relay.relay()
    return sending.run(hook["id"])


def later(passed: timedelta) -> None:
    """The clock goes on, for everything that waits."""
    for row in WebhookEvent.objects.all():
        row.due_at -= passed
        row.until -= passed
        row.save()
    for endpoint in WebhookEndpoint.objects.exclude(rests_until=None):
        assert endpoint.rests_until
        endpoint.rests_until -= passed
        endpoint.save()


def states(**those: Any) -> list[str]:
    return list(WebhookEvent.objects.filter(**those).order_by("id").values_list("state", flat=True))


def test_what_happens_is_told_in_order(
    hook: dict[str, Any], receiver: Receiver, support: Channel, priya: Agent
) -> None:
    case = receive(support, "dana@hey.example", "My tent leaks").case
    answer(case, priya, "A new one is on its way")
    status.resolve(case_id=case.pk, agent=priya)
    work(hook)
    told = receiver.read(hook["secret"])
    kinds = [said["type"] for said in told]
    assert kinds[:2] == ["case.created", "message.created"]
    assert kinds.count("message.created") == 2
    assert kinds[-1] == "case.updated"
    first = told[1]["data"]
    assert first["message"]["text"] == "My tent leaks"
    assert first["case"]["id"] == case.pk
    assert first["conversation"] == case.conversation_id
    revisions = [said["data"]["revision"] for said in told]
    assert revisions == sorted(revisions)
    headers = [headers for headers, _ in receiver.got]
    assert len({one["webhook-id"] for one in headers}) == len(told)
    assert headers[0]["Content-Type"] == "application/json"
    assert work(hook) == 0


def test_only_what_was_chosen_is_told(
    api: Client, receiver: Receiver, support: Channel, priya: Agent
) -> None:
    made = post(api, "webhooks/", name="x", url=receiver.url, types=["message.created"]).json()
    answer(receive(support, "dana@hey.example").case, priya)
    work(made)
    assert set(receiver.types(made["secret"])) == {"message.created"}


def test_an_endpoint_hears_what_its_agent_sees_and_no_more(
    api: Client, priya: Agent, legal: Team, receiver: Receiver, support: Channel
) -> None:
    hook = post(api, "webhooks/", name="x", url=receiver.url).json()
    WebhookEndpoint.objects.update(agent=priya)
    counsel = make_channel(legal, name="counsel")
    Channel.objects.update(is_own_topic=True)
    counsel.refresh_from_db()
    receive(counsel, "eve@out.example", "A canary")
    receive(support, "dana@hey.example", "Hello")
    work(hook)
    said = [body.decode() for _, body in receiver.got]
    assert said
    assert not [body for body in said if "canary" in body or "eve@" in body]
    assert EventState.WITHHELD in states()


def test_what_was_taken_out_meanwhile_is_not_told(
    hook: dict[str, Any], receiver: Receiver, support: Channel, priya: Agent
) -> None:
    message = receive(support, "dana@hey.example", "Card 4111")
    relay.relay()
    redaction.redact(message_id=message.pk, agent=priya)
    work(hook)
    assert not [body for _, body in receiver.got if b"4111" in body]


@pytest.mark.parametrize("trouble", [500, 404, 302, 429, "cut", "hang", "closed", "answer"])
def test_a_receiver_in_trouble_is_tried_again_and_then_told_everything(
    hook: dict[str, Any],
    receiver: Receiver,
    support: Channel,
    monkeypatch: pytest.MonkeyPatch,
    trouble: int | str,
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.5)
    url = receiver.url
    if isinstance(trouble, int):
        receiver.status = trouble
    elif trouble == "answer":
        receiver.status, receiver.answer = 200, b"x" * (1024 * 1024 + 10)
    elif trouble == "closed":
        WebhookEndpoint.objects.update(url="http://127.0.0.1:1/")
    else:
        receiver.mood = trouble
    receive(support, "dana@hey.example")
    assert work(hook) == 1  # the others wait until it is well
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.failing_since is not None
    assert work(hook) == 0
    attempt = WebhookEvent.objects.earliest("id").attempts.get()
    known = {"cut": "cut", "hang": "timeout", "closed": "no_connection"}
    known["answer"] = "answer_too_large"
    assert (attempt.status or attempt.code) == known.get(str(trouble), trouble)
    receiver.status, receiver.mood, receiver.answer = 204, "", b""
    WebhookEndpoint.objects.update(url=url)
    receiver.got.clear()
    later(timedelta(minutes=1))
    work(hook)
    assert set(states()) == {"delivered"}
    endpoint.refresh_from_db()
    assert endpoint.failures == 0
    assert WebhookEndpoint.objects.filter(failing_since=None).exists()
    assert "message.created" in receiver.types(hook["secret"])


def test_an_event_that_is_not_taken_holds_up_no_other(
    hook: dict[str, Any], receiver: Receiver, support: Channel
) -> None:
    receiver.status, receiver.answer = 422, b"no \x00 thanks"
    receive(support, "dana@hey.example")
    count = work(hook)
    assert count == len(states()) > 1
    assert WebhookEndpoint.objects.get().failing_since is None
    assert WebhookEvent.objects.earliest("id").attempts.get().words == "no � thanks"


def test_an_event_that_cannot_be_told_holds_up_no_other(
    hook: dict[str, Any], receiver: Receiver, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(support, "dana@hey.example")
    relay.relay()
    first, write = WebhookEvent.objects.earliest("id"), body

    def broken(event: WebhookEvent) -> str | None:
        if event.pk == first.pk:
            raise KeyError("no such thing")
        return write(event)

    monkeypatch.setattr("api.webhooks.sending.body", broken)
    sending.run(hook["id"])
    assert states(pk=first.pk) == ["waiting"]
    assert first.attempts.get().code == "crashed"
    assert set(states()) == {"waiting", "delivered"}
    assert WebhookEndpoint.objects.get().failing_since is None


def test_it_is_tried_for_a_day_and_then_no_more(
    api: Client, hook: dict[str, Any], receiver: Receiver, support: Channel
) -> None:
    receiver.status = 503
    receive(support, "dana@hey.example")
    relay.relay()
    hours = 0
    while "waiting" in states() and hours < 40:
        sending.run(hook["id"])
        later(HOUR)
        hours += 1
    assert 24 <= hours <= 26
    assert set(states()) == {"failed"}
    assert len(receiver.got) > 20
    receiver.status = 204
    since = "2020-01-01T00:00:00Z"
    replayed = post(api, f"webhooks/{hook['id']}/replay/", since=since)
    assert (replayed.status_code, replayed.json()["events"]) == (202, len(states()))
    later(HOUR)
    sending.run(hook["id"])
    assert set(states()) == {"delivered"}


def test_retry_after_is_heeded(hook: dict[str, Any], receiver: Receiver, support: Channel) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "900"}
    receive(support, "dana@hey.example")
    work(hook)
    later(timedelta(minutes=14))
    assert sending.run(hook["id"]) == 0
    later(timedelta(minutes=2))
    assert sending.run(hook["id"]) == 1


def test_gone_switches_it_off(
    api: Client, hook: dict[str, Any], receiver: Receiver, support: Channel
) -> None:
    receiver.status = 410
    receive(support, "dana@hey.example")
    work(hook)
    told = api.get(f"/api/v1/webhooks/{hook['id']}/").json()
    assert (told["is_active"], told["off_code"]) == (False, "gone")
    assert set(states()) == {"failed"}
    receive(support, "sam@hey.example")
    assert work(hook) == 0
    assert set(states()) == {"failed"}
    event = WebhookEvent.objects.earliest("id")
    assert post(api, f"webhook-events/{event.pk}/replay/").json()["code"] == "webhook_is_off"
    on = post(api, f"webhooks/{hook['id']}/change/", is_active=True).json()
    assert (on["is_active"], on["off_code"]) == (True, "")


def test_a_new_secret_and_the_old_one_hold_for_a_day(
    api: Client, hook: dict[str, Any], receiver: Receiver, support: Channel
) -> None:
    fresh = post(api, f"webhooks/{hook['id']}/rotate/").json()["secret"]
    assert fresh != hook["secret"]
    receive(support, "dana@hey.example")
    work(hook)
    assert receiver.read(fresh) == receiver.read(hook["secret"])
    receiver.got.clear()
    WebhookEndpoint.objects.update(old_secret_until=ClockTimestamp() - HOUR)
    receive(support, "dana@hey.example")
    work(hook)
    assert receiver.read(fresh)
    with pytest.raises(WebhookVerificationError):
        receiver.read(hook["secret"])


def test_the_test_button_says_how_it_went(
    api: Client, hook: dict[str, Any], receiver: Receiver
) -> None:
    well = post(api, f"webhooks/{hook['id']}/test/").json()
    assert (well["state"], well["attempts"][0]["status"]) == ("delivered", 204)
    assert receiver.types(hook["secret"]) == ["webhook.test"]
    receiver.status, receiver.answer = 500, b"Oops"
    ill = post(api, f"webhooks/{hook['id']}/test/").json()
    assert (ill["state"], ill["attempts"][0]["words"]) == ("failed", "Oops")
    assert WebhookEndpoint.objects.get().failing_since is None


def test_an_event_is_sent_again_under_its_id(
    api: Client, hook: dict[str, Any], receiver: Receiver, support: Channel
) -> None:
    receive(support, "dana@hey.example")
    work(hook)
    log = api.get("/api/v1/webhook-events/?state=delivered").json()["results"]
    assert [row["attempts"][0]["status"] for row in log] == [204] * len(log)
    receiver.got.clear()
    assert post(api, f"webhook-events/{log[0]['id']}/replay/").status_code == 202
    sending.run(hook["id"])
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [log[0]["webhook_id"]]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example/", "webhook_url_not_https"),
        ("ftp://127.0.0.1/", "webhook_url_not_https"),
        ("https:///x", "bad_webhook_url"),
        ("https://me:secret@shop.example/", "bad_webhook_url"),
        ("https://shop.example:99999/", "bad_webhook_url"),
        ("https://[::1/", "bad_webhook_url"),
        ("javascript:alert(1)", "bad_webhook_url"),
    ],
)
def test_addresses_that_are_none_are_refused(
    api: Client, hook: dict[str, Any], url: str, code: str
) -> None:
    assert post(api, "webhooks/", name="x", url=url).json()["code"] == code
    changed = post(api, f"webhooks/{hook['id']}/change/", url=url)
    assert (changed.status_code, changed.json()["code"]) == (422, code)


def test_private_hosts_are_never_asked(
    api: Client, hook: dict[str, Any], receiver: Receiver, settings: Settings
) -> None:
    settings.OMNIHUB_ALLOW_HOSTS = []
    event = post(api, f"webhooks/{hook['id']}/test/").json()
    assert event["attempts"][0]["code"] == "private_host"
    assert receiver.got == []


def test_secrets_are_shown_once_and_kept_encrypted(api: Client, hook: dict[str, Any]) -> None:
    assert hook["secret"].startswith("whsec_")
    for path in ("webhooks/", f"webhooks/{hook['id']}/"):
        assert hook["secret"] not in api.get(f"/api/v1/{path}").content.decode()
    keyed = {"name": "x", "url": "https://shop.example/"}
    body = json.dumps(keyed)
    for _ in range(2):
        again = api.post(
            "/api/v1/webhooks/", body, content_type="application/json",
            headers={"Idempotency-Key": "one"},
        )  # fmt: skip
        assert again.status_code == 201
    with connection.cursor() as cursor:
        for table in ("api_webhookendpoint", "api_keptanswer"):
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608  # two names above
            rows = str(cursor.fetchall())
            assert hook["secret"] not in rows
            assert again.json()["secret"] not in rows
    assert WebhookEndpoint.objects.count() == 2


def test_a_worker_at_a_time(hook: dict[str, Any], receiver: Receiver, support: Channel) -> None:
    receive(support, "dana@hey.example")
    relay.relay()
    WebhookEndpoint.objects.update(leased_until=ClockTimestamp() + HOUR)
    assert sending.run(hook["id"]) == 0
    WebhookEndpoint.objects.update(leased_until=ClockTimestamp() - HOUR)
    assert sending.run(hook["id"]) > 1
    assert WebhookEndpoint.objects.get().leased_until is None


def test_who_left_hears_nothing(
    hook: dict[str, Any], receiver: Receiver, support: Channel, lena: Agent
) -> None:
    receive(support, "dana@hey.example")
    relay.relay()
    Agent.objects.filter(pk=lena.pk).update(is_active=False)
    assert sending.run(hook["id"]) == 0
    assert set(states()) == {"withheld"}
    assert receiver.got == []


def test_with_no_worker_the_clock_sends(
    hook: dict[str, Any], receiver: Receiver, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "GRACE", 0.0)
    monkeypatch.setattr(sending, "wake", lambda *_: False)
    receive(support, "dana@hey.example")
    relay.relay()
    turns = iter([False, False, True])
    sending.listen(lambda: next(turns))
    assert set(states()) == {"delivered"}


def test_the_log_is_let_go_after_a_month(
    hook: dict[str, Any], receiver: Receiver, support: Channel
) -> None:
    receive(support, "dana@hey.example")
    work(hook)
    assert prune() == 0
    WebhookEvent.objects.update(created_at=ClockTimestamp() - timedelta(days=31))
    assert prune() > 0
    assert not WebhookEvent.objects.exists()


def test_only_admins_with_the_scope(
    api: Client, hook: dict[str, Any], priya: Agent, lena: Agent
) -> None:
    for client in (machine(priya, "admin"), machine(lena, "write")):
        assert client.get("/api/v1/webhooks/").status_code == 403
        assert post(client, f"webhooks/{hook['id']}/test/").status_code == 403
    assert Case.objects.count() == 0


def test_the_standard_s_own_vector() -> None:
    """From the specification's libraries: the same secret, id, time and body."""
    from datetime import UTC, datetime

    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    signature = Webhook(secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "wish",
    ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "1 Jan 2027 00:00:00 +9999999999"],
)
def test_a_wish_that_no_calendar_holds_is_none(
    hook: dict[str, Any], receiver: Receiver, support: Channel, wish: str
) -> None:
    receiver.status, receiver.headers = 503, {"Retry-After": wish}
    receive(support, "dana@hey.example")
    assert work(hook) == 1
    assert WebhookEvent.objects.filter(attempts__status=503).count() == 1
