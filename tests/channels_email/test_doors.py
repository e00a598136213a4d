import hashlib
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from channels_email import edge, mime, views
from channels_email.models import EmailAccount
from conversations import outbox
from conversations.models import Agent, Case, Channel, Message, Receipt
from conversations.services import intake
from tests.channels_email.mails import mail
from tests.channels_email.servers import CapturingServer
from tests.people import answer


def pipe(channel: Channel, *files: object) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("receive_email", channel.name, *map(str, files), "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_takes_a_mail_from_standard_input(
    support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = mail()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(body)))
    (line,) = pipe(support)
    case = Case.objects.get()
    assert line["sha256"] == hashlib.sha256(body).hexdigest()
    assert (line["state"], line["case"]) == ("processed", case.pk)
    assert Receipt.objects.get(pk=line["receipt"]).blob.read() == body
    assert case.topic == "My chair"


def test_takes_many_files_the_bad_ones_aside(support: Channel, tmp_path: Path) -> None:
    bodies = [mail("one"), b"\x00\x00", mail("two", sender="bo@client.example")]
    files = [tmp_path / str(number) for number in range(3)]
    for file, body in zip(files, bodies, strict=True):
        file.write_bytes(body)
    lines = pipe(support, *files)
    assert [line["state"] for line in lines] == ["processed", "quarantined", "processed"]
    assert lines[1]["reason"] == "empty"
    assert Message.objects.filter(kind="message").count() == 2


def test_takes_options_before_the_files(support: Channel, tmp_path: Path) -> None:
    file = tmp_path / "mail"
    file.write_bytes(mail())
    out = io.StringIO()
    call_command("receive_email", support.name, "--json", str(file), stdout=out)
    assert json.loads(out.getvalue())["state"] == "processed"


def test_takes_the_same_mail_once(support: Channel, tmp_path: Path) -> None:
    file = tmp_path / "mail"
    file.write_bytes(mail())
    first, again = pipe(support, file, file)
    assert first == again
    assert Message.objects.filter(kind="message").count() == 1


def test_asks_to_try_again_when_nothing_can_be_kept(
    support: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("gone")

    file = tmp_path / "mail"
    file.write_bytes(mail())
    monkeypatch.setattr(edge, "keep", away)
    with pytest.raises(CommandError) as failure:
        pipe(support, file)
    assert failure.value.returncode == 75


@pytest.mark.parametrize(
    ("channel", "file", "code"), [("nope", "-", 64), ("support", "/no", 66), ("support", "/", 66)]
)
def test_names_usage_errors(support: Channel, channel: str, file: str, code: int) -> None:
    with pytest.raises(CommandError) as failure:
        call_command("receive_email", channel, file)
    assert failure.value.returncode == code


def post(client: Client, key: str, body: bytes, kind: str = "message/rfc822") -> int:
    return client.post(f"/hooks/email/{key}/raw", body, content_type=kind).status_code


@pytest.fixture
def door(account: EmailAccount, settings: Settings) -> str:
    return account.channel.key


def test_hook_keeps_the_mail_as_it_is(client: Client, door: str) -> None:
    body = mail("caf\u00e9")
    assert post(client, door, body) == 200
    receipt = Receipt.objects.get()
    assert receipt.blob.read() == body
    intake.process(receipt.pk)
    assert Message.objects.get(kind="message").text == "café"


def test_hook_takes_the_same_mail_once(client: Client, door: str) -> None:
    body = mail()
    assert [post(client, door, body) for _ in range(3)] == [200, 200, 200]
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("wrong", ["{short}", "{key}a", "x", "{upper}"])
def test_hook_knows_whole_keys_only(client: Client, door: str, wrong: str) -> None:
    key = wrong.format(key=door, short=door[:-1], upper=door.swapcase())
    assert post(client, key, mail()) == 404
    assert not Receipt.objects.exists()


def test_hook_wants_a_mail(client: Client, door: str) -> None:
    assert post(client, door, mail(), "application/json") == 415
    assert client.get(f"/hooks/email/{door}/raw").status_code == 405


def test_hook_keeps_its_key_out_of_the_log(
    client: Client, door: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "HARD_LIMIT", 10)
    post(client, door, mail())
    post(client, door, mail(), "application/json")
    post(client, f"{door}a", mail())
    client.get(f"/hooks/email/{door}/raw")
    assert door not in caplog.text


def test_hook_has_a_hard_limit(client: Client, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "HARD_LIMIT", 10_000)
    monkeypatch.setattr(mime, "LARGEST", 5_000)
    assert post(client, door, mail("x" * 20_000)) == 413
    assert post(client, door, mail("x" * 7_000)) == 200
    receipt = intake.process(Receipt.objects.get().pk)
    assert (receipt.state, receipt.reason_code) == ("quarantined", "too_large")


def test_hook_asks_to_try_again_while_the_database_is_away(
    client: Client, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(edge, "keep", away)
    response = client.post(f"/hooks/email/{door}/raw", mail(), content_type="message/rfc822")
    assert (response.status_code, response["Retry-After"]) == (503, "30")


def test_knows_its_own_mail_when_it_comes_back(
    connected: EmailAccount, smtp_server: CapturingServer, priya: Agent, tmp_path: Path
) -> None:
    file = tmp_path / "mail"
    file.write_bytes(mail())
    pipe(connected.channel, file)
    sent = answer(Case.objects.get(), priya, "On its way.")
    outbox.deliver(sent.deliveries.get().pk)
    content = smtp_server.envelopes[0].content
    assert isinstance(content, bytes)
    file.write_bytes(b"Received: from list.example by mx.example; today\r\n" + content)
    (line,) = pipe(connected.channel, file)
    assert (line["state"], line["case"]) == ("processed", sent.case_id)
    assert Message.objects.filter(kind="message").count() == 2
    assert Case.objects.count() == 1


def test_a_bounce_marks_the_delivery(
    connected: EmailAccount, smtp_server: CapturingServer, priya: Agent, tmp_path: Path
) -> None:
    file = tmp_path / "mail"
    file.write_bytes(mail())
    pipe(connected.channel, file)
    sent = answer(Case.objects.get(), priya, "On its way.")
    outbox.deliver(sent.deliveries.get().pk)
    file.write_bytes(
        b"From: MAILER-DAEMON@mx.example\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; ana@client.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: "
        + sent.message_id.encode()
        + b"\r\n\r\n--b--\r\n"
    )
    assert pipe(connected.channel, file)[0]["state"] == "processed"
    recipient = sent.deliveries.get().recipients.get()
    assert (recipient.state, recipient.reason_code) == ("failed", "no_such_mailbox")
    assert Case.objects.count() == 1
