"""Where records come from: a file, or name servers that may be away."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.resolver
import pytest
from django.core.management import CommandError

from channels_email.authentication import asking, live, lookups
from channels_email.authentication.lookups import Records, Resolver, Unanswered
from channels_email.authentication.zones import Zones
from channels_email.config import edge_envelope
from channels_email.models import EmailAccount
from conversations import receipts
from conversations.adapters.messages import RawEvent
from conversations.models import Channel, Identity, Message, Receipt
from conversations.services import intake
from tests.channels_email.mails import mail
from tests.channels_email.signers import Signer, zones
from tests.channels_email.test_explain import explained

CLIENT = Signer()
KEY = {CLIENT.place: CLIENT.record}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "file",
    [
        KEY,
        {f"{CLIENT.place.upper()}.": [CLIENT.record]},
        {CLIENT.place: {"TXT": CLIENT.record}},
        {CLIENT.place: {"txt": [CLIENT.record], "A": "192.0.2.1"}},
        {CLIENT.place: [{"TXT": CLIENT.record}]},
        {CLIENT.place: [CLIENT.record[:60], CLIENT.record[60:]]},
        {CLIENT.place: [[CLIENT.record[:60], CLIENT.record[60:]]]},
        {CLIENT.place: f'"{CLIENT.record[:60]}" "{CLIENT.record[60:]}"'},
        {"txt-records": KEY},
        {"zones": {"records": KEY}},
        {"records": [{"name": CLIENT.place, "type": "TXT", "value": CLIENT.record}]},
        [{"Name": f"{CLIENT.place}.", "Type": "txt", "data": [CLIENT.record]}],
        [{"name": CLIENT.place, "content": CLIENT.record}],
    ],
)
def test_reads_records_in_whatever_form(file: object, tmp_path: Path) -> None:
    path, body = tmp_path / "zones.json", tmp_path / "m.eml"
    path.write_text(json.dumps(file))
    body.write_bytes(CLIENT.sign(mail()))
    (found,) = explained(str(body), "--dns", str(path))
    assert found["from"] == {"address": "ana@client.example", "name": "Ana Ruiz", "grade": "pass"}


def test_tells_a_missing_name_from_an_empty_one() -> None:
    known = Zones(
        {"a.b.example": "x", "empty.example": "", "gone.example": None, "c.gone.example": "y"}
    )
    assert known.txt("a.b.example") == ("x",)
    assert known.txt("b.example") == known.txt("empty.example") == ()
    assert known.txt("gone.example") is known.txt("else.example") is None


@pytest.mark.django_db
@pytest.mark.parametrize("content", ["{", None])
def test_says_when_the_records_cannot_be_read(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "zones.json"
    if content:
        path.write_text(content)
    with pytest.raises(CommandError, match="cannot be read"):
        explained("-", "--dns", str(path))


class Counting:
    """A resolver that counts what it is asked, and can be told to fail."""

    def __init__(self, inner: Resolver, *, fails: Exception | None = None) -> None:
        self.inner, self.fails = inner, fails
        self.asked: list[str] = []

    def txt(self, name: str) -> Records:
        self.asked.append(name)
        if self.fails:
            raise self.fails
        return self.inner.txt(name)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Name servers that know client.example, and that it wants forgeries rejected."""
    counting = Counting(zones(CLIENT, policy="p=reject"))
    monkeypatch.setattr(live, "resolver", lambda: counting)
    return counting


def kept(channel: Channel, body: bytes, *, is_history: bool = False) -> Receipt:
    return receipts.record(
        channel, receipts.content_key(body), body, wakes=False, is_history=is_history
    )


def taken(channel: Channel, body: bytes) -> Message:
    return Message.objects.get(receipt=intake.process(kept(channel, body).pk))


@pytest.mark.django_db
def test_intake_asks_once_and_keeps_the_answers(support: Channel, servers: Counting) -> None:
    message = taken(support, CLIENT.sign(mail()))
    assert message.grade == "pass"
    assert Identity.objects.get().verified_at is not None
    receipt, asked = message.receipt, len(servers.asked)
    assert receipt is not None
    assert asked > 0
    assert receipt.envelope["examined"]["dns"][CLIENT.place] == [CLIENT.record]
    servers.inner = Zones({})
    intake.examine(receipt)
    (event,) = intake.normalize(receipt)
    assert getattr(event, "grade", "") == "pass"
    assert len(servers.asked) == asked


@pytest.mark.django_db
def test_a_forgery_stands_beside_the_real_customer(support: Channel, servers: Counting) -> None:
    real, forged = taken(support, CLIENT.sign(mail())), taken(support, mail("Send me everything"))
    assert forged.grade == "fail"
    assert forged.conversation != real.conversation
    assert Identity.objects.filter(verified_at=None).get().kind == "unproven_email"
    assert Identity.objects.exclude(verified_at=None).get().kind == "email"


@pytest.mark.django_db
@pytest.mark.parametrize("fails", [Unanswered("away"), RuntimeError("broken")])
def test_a_failed_look_up_loses_no_mail(
    support: Channel, servers: Counting, fails: Exception
) -> None:
    servers.fails = fails
    message = taken(support, mail())
    assert (message.grade, message.text) == ("none", "Hello there")
    assert Identity.objects.get().verified_at is None


@pytest.mark.django_db
def test_old_mail_is_not_asked_about(support: Channel, servers: Counting) -> None:
    """Its keys are long gone, and that says nothing about who wrote."""
    receipt = kept(support, mail(), is_history=True)
    intake.process(receipt.pk)
    assert Message.objects.get(receipt=receipt).grade == "none"
    assert servers.asked == []


@pytest.mark.django_db
def test_the_channel_names_the_forwarders(account: EmailAccount) -> None:
    account.arc_sealers = [" List.Example. "]
    account.save()
    assert edge_envelope(account) == {"sealers": ["list.example"]}


def raw(body: bytes) -> RawEvent:
    return RawEvent(body=body, received_at=datetime.now(UTC))


def test_asks_for_no_more_than_it_needs(servers: Counting) -> None:
    body = Signer(domain="evil.example").sign(CLIENT.sign(mail()))
    asking.ask(raw(body), servers)
    assert servers.asked == ["_dmarc.client.example", CLIENT.place]


def test_asks_for_no_more_than_a_mail_is_worth() -> None:
    names = ", ".join(f"a@{n}.b.c.d.example" for n in range(50))
    fields = b"".join(
        b"DKIM-Signature: v=1; d=0.b.c.d.example; s=s%d; h=from\r\n" % n for n in range(90)
    )
    counting = Counting(Zones({}))
    asking.ask(raw(fields + mail(sender=names)), counting)
    assert 0 < len(counting.asked) <= lookups.Recorder.MOST


class Servers:
    """Stands in for the library's resolver: how each name is answered, and who was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self.error, self.root = error, error
        self.asked: list[str] = []
        monkeypatch.setattr(dns.resolver, "Resolver", lambda **_options: self)

    def resolve(self, name: str, *_args: Any, **_options: Any) -> Any:
        self.asked.append(name)
        raise self.root if name == "." else self.error


SILENCE = dns.exception.Timeout()  # type: ignore[no-untyped-call]
GONE = dns.resolver.NXDOMAIN()  # type: ignore[no-untyped-call]
BROKEN = dns.resolver.NoNameservers(  # type: ignore[no-untyped-call]
    request=dns.message.make_query("shop.com", "TXT"),
    errors=[("192.0.2.1", False, 53, "SERVFAIL", object())],
)


@pytest.mark.parametrize("error", [SILENCE, OSError("no network")])
def test_remembers_that_nobody_answers(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    servers, resolver = Servers(monkeypatch, error), live.Live()
    for number in range(2000):
        with pytest.raises(Unanswered):
            resolver.txt(f"{number}.shop.com")
    assert servers.asked == ["0.shop.com.", "."]
    now[0] += live.AWAY_SECONDS + 1
    servers.error = GONE
    assert resolver.txt("shop.com") is None


@pytest.mark.parametrize(("error", "root"), [(SILENCE, BROKEN), (BROKEN, SILENCE)])
def test_one_silent_domain_does_not_silence_the_others(
    error: Exception, root: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers, resolver = Servers(monkeypatch, error), live.Live()
    servers.root = root
    for number in range(5):
        with pytest.raises(Unanswered):
            resolver.txt(f"{number}.evil.com")
    assert len(servers.asked) == (2 if error is SILENCE else 5)
    servers.error = GONE
    assert resolver.txt("shop.com") is None


@pytest.mark.parametrize("name", ["client.example", "host.local"])
def test_asks_nobody_about_names_that_are_nobodys(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = Servers(monkeypatch, SILENCE)
    assert live.Live().txt(name) is None
    assert servers.asked == []


@pytest.mark.parametrize("name", [f"{'a' * 64}.com", "b." * 130 + "com"])
def test_what_cannot_be_a_name_says_nothing_about_the_servers(name: str) -> None:
    assert live.Live(["127.0.0.1"]).txt(name) is None
