"""Our own check of who wrote: signatures, policies and forwarders' seals, by given records."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from channels_email import mime
from channels_email.authentication import asking, signatures
from channels_email.authentication.lookups import Resolver
from channels_email.authentication.zones import Zones
from conversations.adapters.messages import Grade, RawEvent
from tests.channels_email.mails import mail
from tests.channels_email.signers import Signer, zones

CLIENT, EVIL = Signer(), Signer(domain="evil.example")
LIST = Signer(domain="list.example")
REJECT = "p=reject"


def grade(body: bytes, resolver: Resolver, at: datetime | None = None, **envelope: object) -> Grade:
    """As intake does it: asked once, then read without the network."""
    raw = RawEvent(body=body, received_at=at or datetime.now(UTC), envelope=envelope)
    examined = asking.ask(raw, resolver)
    raw = RawEvent(
        body=body, received_at=raw.received_at, envelope={**envelope, "examined": examined}
    )
    return mime.read(raw, domain="hub.example").grade


def with_tag(body: bytes, name: str, value: str) -> bytes:
    """The first signature with another value of a tag; it no longer holds by itself."""
    return re.sub(rf"\b{name}=[^;]*;".encode(), f"{name}={value};".encode(), body, count=1)


@pytest.mark.parametrize(
    "signer",
    [
        CLIENT,
        Signer(bits=2048, selector="long"),
        Signer(is_ed25519=True, selector="ed"),
        Signer(domain="mail.client.example"),
    ],
)
@pytest.mark.parametrize("policy", ["", REJECT])
def test_believes_the_domain_itself(signer: Signer, policy: str) -> None:
    body = signer.sign(mail("Hello\r\n\r\n  there  \r\n\r\n"))
    known = zones(signer, policy=policy)
    assert grade(body, known) is Grade.PASS
    expected = Grade.FAIL if policy else Grade.NONE
    assert grade(body.replace(b"there", b"thief"), known) is expected
    assert grade(body, zones(policy=policy)) is expected
    assert grade(mail(), known) is expected


@pytest.mark.parametrize("canonical", ["relaxed/relaxed", "simple/simple", "relaxed/simple"])
def test_reads_bodies_as_signers_do(canonical: str) -> None:
    way = tuple(canonical.encode().split(b"/"))
    for text in ("", "One\r\n\r\n\r\n", " \t x  \t y \r\n" * 5, "é" * 90):
        body = CLIENT.sign(mail(text), canonicalize=way)
        assert grade(body, zones(CLIENT)) is Grade.PASS
        assert grade(body.replace(b"\r\n", b"\n"), zones(CLIENT)) is Grade.PASS
        assert grade(b"From x Fri Nov 20\r\n" + body, zones(CLIENT)) is Grade.PASS


def test_a_stranger_cannot_vouch() -> None:
    body = EVIL.sign(mail())
    assert grade(body, zones(EVIL)) is Grade.NONE
    assert grade(body, zones(EVIL, policy=REJECT)) is Grade.FAIL
    assert grade(CLIENT.sign(body), zones(EVIL, CLIENT, policy=REJECT)) is Grade.PASS
    assert grade(EVIL.sign(CLIENT.sign(mail())), zones(CLIENT, EVIL)) is Grade.PASS


@pytest.mark.parametrize(
    "record",
    [
        "v=DKIM1; p=",
        "v=DKIM1; k=ed25519; p=AAAA",
        CLIENT.record.replace("k=rsa", "h=sha1; k=rsa"),
        CLIENT.record.replace("k=rsa", "s=other; k=rsa"),
        f"v=DKIM1; p={'A' * 4000}",
        EVIL.record,
        "p=%%%; k=rsa",
        [CLIENT.record, EVIL.record],
    ],
)
def test_takes_no_key_that_proves_nothing(record: object) -> None:
    body = CLIENT.sign(mail())
    assert grade(body, Zones({CLIENT.place: record})) is Grade.NONE
    assert grade(body, Zones({CLIENT.place: CLIENT.record})) is Grade.PASS


def test_takes_no_short_key(monkeypatch: pytest.MonkeyPatch) -> None:
    body = CLIENT.sign(mail())
    monkeypatch.setattr(signatures, "SHORTEST_KEY", CLIENT.bits + 1)
    assert grade(body, zones(CLIENT)) is Grade.NONE


def test_believes_only_what_is_signed_whole_and_in_time() -> None:
    body = CLIENT.sign(mail("Yes"), length=True)
    assert grade(body, zones(CLIENT)) is Grade.PASS
    assert grade(body + b"No\r\n", zones(CLIENT)) is Grade.NONE
    body = CLIENT.sign(mail())
    for name, value in (
        ("a", "rsa-sha1"),
        ("h", "subject"),
        ("d", "client.example\x00"),
        ("v", "2"),
    ):
        assert grade(with_tag(body, name, value), zones(CLIENT)) is Grade.NONE


def test_a_key_may_be_for_the_domain_alone() -> None:
    body = CLIENT.sign(mail(), identity=b"ana@sub.client.example")
    assert grade(body, Zones({CLIENT.place: CLIENT.record})) is Grade.PASS
    strict = CLIENT.record.replace("k=rsa", "t=s; k=rsa")
    assert grade(body, Zones({CLIENT.place: strict})) is Grade.NONE


def test_believes_no_signature_out_of_its_time() -> None:
    body = CLIENT.sign(mail())
    now = datetime.now(UTC)
    assert grade(body, zones(CLIENT), at=now + timedelta(days=4000)) is Grade.PASS
    assert grade(body, zones(CLIENT), at=now - timedelta(days=2)) is Grade.NONE
    ends = int(now.timestamp()) + 3600
    body = CLIENT.sign(mail(), ends=ends)
    assert grade(body, zones(CLIENT), at=now) is Grade.PASS
    assert grade(body, zones(CLIENT), at=now + timedelta(hours=2)) is Grade.NONE


@pytest.mark.parametrize(
    "head",
    [
        b"From: Bo <bo@client.example>\r\n",
        b"from: bo@client.example\r\n",
        b"X: 1\rFrom: bo@client.example\r\n",
        b"FROM:bo@client.example\r\n",
        b"Subject: Another\r\n",
        b"Content-Type: text/html\r\n",
    ],
)
def test_a_second_field_takes_the_proof_away(head: bytes) -> None:
    body = CLIENT.sign(mail())
    assert grade(body, zones(CLIENT)) is Grade.PASS
    below = body.replace(b"\r\n\r\n", b"\r\n" + head + b"\r\n", 1)
    for both in (head + body, below, below.replace(b"\r\nFrom:", b"\r\nFrom x\r\nFrom:")):
        assert grade(both, zones(CLIENT)) is not Grade.PASS


@pytest.mark.parametrize(
    "sender",
    [
        "ana@client.example, bo@evil.example",
        "bo@evil.example, ana@client.example",
        "Friends: ana@client.example;",
        "<@evil.example:ana@client.example>",
        "=?utf-8?q?ana=40client.example?=",
        "=?utf-8?q?ana=40client.example=2C?= <=?utf-8?q?ana=40client.example?=>",
        "ana@client.example <ana@client.example> (x) bo@evil.example",
        "ana@client.example\x00@evil.example",
        '"ana@client.example" bo@evil.example',
        "ana@client.example\r\n\tbo@evil.example",
        "<ana@client.example>bo@evil.example",
        "ana@client.example(@evil.example",
    ],
)
def test_a_sender_who_can_be_read_twice_is_not_proven(sender: str) -> None:
    body = EVIL.sign(CLIENT.sign(mail(sender=sender), canonicalize=(b"simple", b"simple")))
    assert grade(body, zones(CLIENT, EVIL)) is not Grade.PASS


@pytest.mark.parametrize(
    "sender",
    [
        "ana@client.example",
        '"Ruiz, Ana" <ana@client.example>',
        "=?utf-8?q?Ana_Ru=C3=ADz?= <Ana@Client.Example>",
        "Ana (in the shop) <ana@client.example>",
        '"bo@evil.example" <ana@client.example>',
        "A. B. Ruiz <ana@client.example>",
        "=?utf-8?q?bo=40evil.example?=\r\n <ana@client.example>",
    ],
)
def test_knows_an_honest_sender(sender: str) -> None:
    body = CLIENT.sign(mail(sender=sender))
    assert grade(body, zones(CLIENT)) is Grade.PASS


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({"_dmarc.client.example": "v=DMARC1; p=quarantine"}, Grade.FAIL),
        ({"_dmarc.client.example": "v=DMARC1; p=none"}, Grade.NONE),
        ({"_dmarc.client.example": "v=DMARC1; p=reject; pct=0"}, Grade.FAIL),
        ({"_dmarc.client.example": "v=DMARC1; p=quarantine; t=y"}, Grade.NONE),
        ({"_dmarc.client.example": "v=DMARC1; p=reject; broken"}, Grade.NONE),
        ({"_dmarc.client.example": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}, Grade.NONE),
        ({"_dmarc.client.example": ["v=spf1 -all", "v=DMARC1; p=reject"]}, Grade.FAIL),
        ({"_dmarc.client.example": "TIMEOUT"}, Grade.NONE),
        ({"_dmarc.other.example": "v=DMARC1; p=reject"}, Grade.NONE),
    ],
)
def test_does_what_the_domain_wants(records: dict[str, object], expected: Grade) -> None:
    assert grade(mail(), Zones(records)) is expected


@pytest.mark.parametrize(
    ("policy", "domain", "expected"),
    [
        ("p=reject", "shop.client.example", Grade.FAIL),
        ("p=reject; sp=none", "shop.client.example", Grade.NONE),
        ("p=none; sp=quarantine", "shop.client.example", Grade.FAIL),
        ("p=none; np=reject", "shop.client.example", Grade.NONE),
        ("p=none; np=reject", "nobody.client.example", Grade.FAIL),
    ],
)
def test_asks_the_organisation_about_its_parts(policy: str, domain: str, expected: Grade) -> None:
    known = zones(policy=policy, **{"shop.client.example": ""})
    assert grade(mail(sender=f"ana@{domain}"), known) is expected


def test_keeps_strict_alignment() -> None:
    signer = Signer(domain="mail.client.example")
    body = signer.sign(mail())
    assert grade(body, zones(signer, policy="p=reject; adkim=r")) is Grade.PASS
    assert grade(body, zones(signer, policy="p=reject; adkim=s")) is Grade.FAIL


def test_an_outage_is_nobodys_fault() -> None:
    body = CLIENT.sign(mail())
    silent = zones(policy=REJECT, **{CLIENT.place: "SERVFAIL"})
    assert grade(body, silent) is Grade.NONE
    assert grade(body, zones(policy=REJECT)) is Grade.FAIL


def forwarded(by: Signer, *, result: str = "dmarc=pass header.from=client.example") -> bytes:
    """As a list passes it on: changed, and under its own seal."""
    changed = CLIENT.sign(mail()).replace(b"Hello", b"[list] Hello")
    server = f"mx.{by.domain}"
    return by.seal(
        f"Authentication-Results: {server}; {result}\r\n".encode() + changed, server=server
    )


def test_believes_the_forwarders_whom_an_admin_trusts() -> None:
    known = zones(CLIENT, LIST, EVIL, policy=REJECT)
    body = forwarded(LIST)
    assert grade(body, known, sealers=["list.example"]) is Grade.PASS
    assert grade(body, known) is Grade.FAIL
    assert grade(body, known, sealers=["evil.example"]) is Grade.FAIL
    assert grade(body.replace(b"[list]", b"[evil]"), known, sealers=["list.example"]) is Grade.FAIL
    assert grade(forwarded(EVIL), known, sealers=["list.example"]) is Grade.FAIL


@pytest.mark.parametrize(
    "result",
    ["dmarc=fail header.from=client.example", "dmarc=pass header.from=evil.example", "spf=pass"],
)
def test_a_forwarder_says_what_it_found(result: str) -> None:
    known = zones(CLIENT, LIST, policy=REJECT)
    assert grade(forwarded(LIST, result=result), known, sealers=["list.example"]) is Grade.FAIL


def test_hostile_signatures_cost_little() -> None:
    spaces = " " * 200_000
    simple = CLIENT.sign(mail(f"x{spaces}y"))
    relaxed = CLIENT.sign(mail("x y"), canonicalize=(b"relaxed", b"relaxed"))
    for body in (simple, relaxed.replace(b"x y", f"x{spaces}y".encode())):
        assert grade(body, zones(CLIENT)) is Grade.PASS
    forged = b"DKIM-Signature: v=1; d=client.example; s=mail; b=" + b"A \t" * 60_000 + b"!\r\n"
    many = CLIENT.sign(mail()).split(b"From:")[0] * 40
    for head in (forged, forged * 3, many):
        assert grade(head + mail(), zones(CLIENT, policy=REJECT)) is Grade.FAIL
