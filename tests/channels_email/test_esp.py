"""Sending through mail providers: what reaches them, and what their answers mean."""

import base64
import json
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.test import Client
from pytest_django import Settings

from channels_email.adapter import EmailAdapter
from channels_email.config import config_of
from channels_email.models import EmailAccount, MailProvider
from channels_email.provider_admin import MailProviderForm
from channels_email.providers import PROVIDERS, ProviderName
from conversations.adapters import client
from conversations.adapters.base import OutcomeUnknown, PermanentFailure, Sent, TransientFailure
from conversations.adapters.messages import File
from conversations.models import Channel
from tests.channels_email.provider_api import APIS, ID, KEY, TO, Simulator
from tests.channels_email.servers import free_port
from tests.channels_email.test_send import KEY as MESSAGE_ID
from tests.channels_email.test_send import TOKEN, letter

pytestmark = pytest.mark.filterwarnings("ignore:django-anymail has dropped official support")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as server:
        yield server


def connect(account: EmailAccount, simulator: Simulator, name: str) -> EmailAccount:
    place = {"amazon_ses": "eu-west-1", "scaleway": "fr-par"}.get(name, "kalma.example")
    given = {"api_id": ID, "api_key": KEY, "place": place, "api_url": simulator.url(name)}
    asks = PROVIDERS[name].asks
    kept = {column: value for column, value in given.items() if column in asks}
    MailProvider.objects.create(channel=account.channel, name=name, **kept)
    return EmailAccount.objects.get(pk=account.pk)


@pytest.fixture
def postmark(account: EmailAccount, simulator: Simulator) -> EmailAccount:
    return connect(account, simulator, "postmark")


@pytest.fixture
def mailgun(account: EmailAccount, simulator: Simulator) -> EmailAccount:
    return connect(account, simulator, "mailgun")


def send(account: EmailAccount, **changes: Any) -> Sent:
    return EmailAdapter().send(letter(**changes), config_of(account))


def said(body: bytes) -> str:
    """Everything in a body that a person would recognise, whatever wraps it."""
    text = body.decode("utf-8", "replace")
    try:
        raw = base64.b64decode(json.loads(text)["Content"]["Raw"]["Data"])
    except (ValueError, KeyError, TypeError):
        return text if text.startswith("{") else unquote_plus(text)
    return raw.decode()


def test_offers_all_that_there_are() -> None:
    assert set(PROVIDERS) == set(ProviderName.values) == set(APIS)


@pytest.mark.parametrize("name", sorted(APIS))
def test_every_provider_is_handed_the_mail(
    account: EmailAccount, simulator: Simulator, name: str
) -> None:
    result = send(connect(account, simulator, name))
    ((path, headers, body),) = simulator.seen
    assert path == APIS[name].path
    assert KEY not in path
    proof = APIS[name].proof
    if proof is None:
        assert json.loads(body)["key"] == KEY
    else:
        assert headers[proof[0].lower()].startswith(proof[1])
    words = said(body)
    assert "it is on its way" in words
    assert TO in words
    assert "My chair" in words
    assert result.provider_id
    assert not result.refused


@pytest.mark.parametrize("name", sorted(set(APIS) - {"mailersend"}))
def test_the_mail_keeps_its_own_id_and_thread(
    account: EmailAccount, simulator: Simulator, name: str
) -> None:
    send(connect(account, simulator, name))
    words = said(simulator.seen[0][2])
    assert "near@client.example" in words
    assert f"support+{TOKEN}" in words
    assert MESSAGE_ID.strip("<>") in words


def test_postmark_gets_headers_and_files_as_they_are(
    postmark: EmailAccount, simulator: Simulator
) -> None:
    file = File(name="naïve.pdf", type="application/pdf", content=b"%PDF-1.7")
    inline = File(
        name="a.png", type="image/png", content=b"png", is_inline=True, content_id="a1@hub"
    )
    result = send(
        postmark,
        bcc="spy@client.example",
        cc="bo@client.example",
        html='<p>it is on its way <img src="cid:a1@hub"></p>',
        files=(file, inline),
        is_automatic=True,
    )
    sent = json.loads(simulator.seen[0][2])
    headers = {item["Name"]: item["Value"] for item in sent["Headers"]}
    assert headers["Message-ID"] == MESSAGE_ID
    assert headers["References"] == "<root@client.example> <near@client.example>"
    assert headers["X-PM-KeepID"] == "true"
    assert headers["Auto-Submitted"] == "auto-replied"
    assert headers["X-OmniHub-Loop"] == "hub.example"
    assert sent["Bcc"] == "spy@client.example"
    assert sent["Cc"] == "bo@client.example"
    assert sent["ReplyTo"] == f"Kalma Support <support+{TOKEN}@kalma.example>"
    first, second = sorted(sent["Attachments"], key=lambda a: str(a["Name"]))
    assert (first["Name"], base64.b64decode(first["Content"])) == ("a.png", b"png")
    assert first["ContentID"] == "cid:a1@hub"
    assert (second["Name"], base64.b64decode(second["Content"])) == ("naïve.pdf", b"%PDF-1.7")
    assert result.provider_id == "id-1"


def test_amazon_gets_the_mail_itself(account: EmailAccount, simulator: Simulator) -> None:
    send(connect(account, simulator, "amazon_ses"), cc="bo@client.example")
    raw = base64.b64decode(json.loads(simulator.seen[0][2])["Content"]["Raw"]["Data"])
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Message-ID"].strip() == MESSAGE_ID
    assert mail["References"] == "<root@client.example> <near@client.example>"
    assert "Bcc" not in mail


@pytest.mark.parametrize("account_of", ["postmark", "mailgun"])
@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        (401, PermanentFailure, "login_refused"),
        (403, PermanentFailure, "login_refused"),
        (422, PermanentFailure, "content_refused"),
        (429, TransientFailure, "deferred"),
        (500, TransientFailure, "deferred"),
        (503, TransientFailure, "deferred"),
        (302, PermanentFailure, "content_refused"),
    ],
)
def test_tells_answers_apart(
    request: pytest.FixtureRequest,
    simulator: Simulator,
    account_of: str,
    status: int,
    expected: type[Exception],
    code: str,
) -> None:
    headers = {"Retry-After": "77", "Location": f"http://127.0.0.1:{simulator.port}/email"}
    simulator.mood = status, headers, b'{"Message": "no, because"}'
    with pytest.raises(expected) as caught:
        send(request.getfixturevalue(account_of))
    failure: Any = caught.value
    assert failure.code == code
    assert "no, because" in failure.words
    assert KEY not in failure.words
    assert len(simulator.seen) == 1  # no redirect is followed, nothing is sent twice
    if status == 429:
        assert failure.retry_after == 77


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"unexpected": 1}'])
def test_a_yes_that_nobody_understands_is_unknown(
    postmark: EmailAccount, simulator: Simulator, body: bytes
) -> None:
    simulator.mood = 200, {}, body
    with pytest.raises(OutcomeUnknown):
        send(postmark)


def test_settings_that_cannot_be_are_said(account: EmailAccount, simulator: Simulator) -> None:
    amazon = connect(account, simulator, "amazon_ses")
    MailProvider.objects.update(place="not a region")
    with pytest.raises(PermanentFailure) as caught:
        send(EmailAccount.objects.get(pk=amazon.pk))
    assert caught.value.code == "provider_settings"


def test_a_refused_key_turns_the_channel_red(postmark: EmailAccount, simulator: Simulator) -> None:
    simulator.mood = 401, {}, b'{"ErrorCode": 10, "Message": "No Account or Server API tokens"}'
    with pytest.raises(PermanentFailure):
        send(postmark)
    channel = Channel.objects.get(pk=postmark.channel_id)
    assert channel.trouble_code == Channel.SENDING_REFUSED
    simulator.mood = None
    send(postmark)
    channel.refresh_from_db()
    assert channel.trouble_at is None


def test_a_bad_recipient_is_that_recipients_alone(
    account: EmailAccount, simulator: Simulator
) -> None:
    mandrill = connect(account, simulator, "mandrill")
    people = [
        {"email": TO, "status": "sent", "_id": "id-1"},
        {"email": "bo@client.example", "status": "rejected", "_id": "id-2"},
    ]
    simulator.mood = 200, {}, json.dumps(people).encode()
    result = send(mandrill, cc="Bo@client.example")
    assert result.refused == {"Bo@client.example": ("recipient_refused", "rejected")}
    simulator.mood = 200, {}, json.dumps(people[1:]).encode()
    result = EmailAdapter().send(letter("bo@client.example"), config_of(mandrill))
    assert set(result.refused) == {"bo@client.example"}


@pytest.mark.parametrize("name", ["postmark", "amazon_ses"])
def test_nobody_there_is_worth_another_try(
    account: EmailAccount, simulator: Simulator, name: str
) -> None:
    simulator.port = free_port()
    with pytest.raises(TransientFailure) as caught:
        send(connect(account, simulator, name))
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("name", ["postmark", "amazon_ses"])
@pytest.mark.parametrize("mood", ["hang", "cut"])
def test_silence_after_the_mail_is_unknown(
    account: EmailAccount,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    mood: str,
) -> None:
    monkeypatch.setattr(client, "READ_SECONDS", 0.5)
    simulator.mood = mood
    start = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        send(connect(account, simulator, name))
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("name", ["postmark", "amazon_ses"])
def test_goes_to_public_hosts_only(
    account: EmailAccount, simulator: Simulator, settings: Settings, name: str
) -> None:
    settings.OMNIHUB_ALLOW_HOSTS = []
    with pytest.raises(PermanentFailure) as caught:
        send(connect(account, simulator, name))
    assert caught.value.code == "host_blocked"
    assert not simulator.seen


def test_the_answer_has_an_end(postmark: EmailAccount, simulator: Simulator) -> None:
    simulator.mood = 200, {}, b"x" * (client.MOST + 1)
    with pytest.raises(OutcomeUnknown):
        send(postmark)


def test_test_connection_sends_one(postmark: EmailAccount, simulator: Simulator) -> None:
    steps = list(EmailAdapter().test_connection(postmark.channel_id))
    assert [(step.code, step.ok) for step in steps] == [("provider", True)]
    assert json.loads(simulator.seen[0][2])["To"] == "support@kalma.example"


class TestForm:
    def submit(self, row: MailProvider | None, **given: str) -> MailProviderForm:
        instance = MailProvider.objects.get(pk=row.pk) if row else None
        return MailProviderForm({"sends": "on", **given}, instance=instance)

    @pytest.mark.usefixtures("postmark")
    def test_an_empty_key_keeps_what_is_stored(self) -> None:
        row = MailProvider.objects.get()
        form = self.submit(row, name="postmark", stream="support")
        assert form.is_valid(), form.errors
        form.save()
        row.refresh_from_db()
        assert (row.api_key, row.stream) == (KEY, "support")
        assert KEY not in MailProviderForm(instance=row).as_p()

    @pytest.mark.usefixtures("postmark")
    def test_another_provider_gets_no_key_of_the_first(self) -> None:
        row = MailProvider.objects.get()
        form = self.submit(row, name="brevo")
        assert form.is_valid(), form.errors
        form.save()
        row.refresh_from_db()
        assert (row.name, row.api_key, row.api_url) == ("brevo", None, "")

    def test_shows_what_the_provider_asks_for(
        self, admin_client: Client, mailgun: EmailAccount
    ) -> None:
        page = f"/admin/conversations/channel/{mailgun.channel_id}/change/"
        shown = admin_client.get(page).content.decode()
        assert "Sending domain" in shown
        assert "message stream" not in shown
        assert KEY not in shown
