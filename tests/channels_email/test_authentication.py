"""Whose word counts about a sender: the receiving server's, and that of a provider."""

import pytest

from conversations.adapters.messages import Grade
from tests.channels_email.mails import mail
from tests.channels_email.test_mime import read

PASS = "dmarc=pass header.from=client.example"
FAIL = "dmarc=fail header.from=client.example"
SERVER = "mx.kalma.example"
WORLD = f"from evil.example (evil.example [192.0.2.1]) by {SERVER} with ESMTPS; today"


def topped(*lines: str, **fields: str) -> bytes:
    """A mail under these lines: `A …` are results, `S …` Received-SPF, others Received."""
    names = {"A ": "Authentication-Results: ", "S ": "Received-SPF: ", "X ": "X-Other: "}
    head = [
        names[line[:2]] + line[2:] if line[:2] in names else f"Received: {line}" for line in lines
    ]
    return "".join(f"{line}\r\n" for line in head).encode() + mail(**fields)


def grade(*lines: str, server: str = SERVER, **fields: str) -> Grade:
    return read(topped(*lines, **fields), authserv_id=server).grade


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("dkim=pass header.d=client.example", Grade.PASS),
        ("dkim=pass header.i=@mail.client.example", Grade.PASS),
        ('dkim=pass header.i="@client.example" (good)', Grade.PASS),
        ("dkim=fail header.d=client.example", Grade.NONE),
        ("dkim=pass header.d=evil.example", Grade.NONE),
        ("dkim=pass header.d=evil.example; dkim=pass header.d=client.example", Grade.PASS),
        ("dkim=pass", Grade.NONE),
        ("spf=pass (sender is fine) smtp.mailfrom=bo@client.example", Grade.PASS),
        ("spf=pass smtp.mailfrom=client.example", Grade.PASS),
        ("spf=pass smtp.mailfrom=bo@nobody.client.example", Grade.NONE),
        ("spf=softfail smtp.mailfrom=client.example", Grade.NONE),
        ("spf=pass smtp.helo=client.example", Grade.NONE),
        ("dmarc=bestguesspass header.from=client.example", Grade.NONE),
        ("dmarc=temperror header.from=client.example", Grade.NONE),
        (f"spf=pass smtp.mailfrom=client.example; {FAIL}", Grade.FAIL),
        (f"{FAIL}; {PASS}", Grade.FAIL),
        ("dmarc=fail (p=NONE sp=NONE dis=NONE) header.from=client.example", Grade.NONE),
        ("dmarc=fail action=none header.from=client.example", Grade.NONE),
        ("dmarc=fail (p=REJECT dis=NONE) header.from=client.example", Grade.FAIL),
        ("dmarc=fail", Grade.FAIL),
        ("dmarc=pass", Grade.PASS),
        ("DMARC = Pass  header.from = Client.Example.", Grade.PASS),
    ],
)
def test_reads_what_the_server_found(said: str, expected: Grade) -> None:
    assert grade(f"A {SERVER}; {said}", WORLD) is expected
    assert grade(f"A {SERVER.upper()}. 1; {said}", WORLD) is expected
    assert grade(f"A mx.evil.example; {said}", WORLD) is Grade.NONE
    assert grade(WORLD, f"A {SERVER}; {said}") is Grade.NONE


@pytest.mark.parametrize(
    "said",
    [
        "spf=pass smtp.mailfrom=any@client.example'@evil.example",
        'spf=pass smtp.mailfrom="a@client.example"@evil.example',
        "spf=pass smtp.mailfrom=(any@client.example",
        'spf=pass smtp.mailfrom="x; dmarc=pass header.from=client.example"@evil.example',
        'dkim=pass header.i="x header.d=client.example y"@evil.example',
        "dkim=pass header.d=client.example(.evil.example",
        "dkim=pass header.d=client.example(.evil.example)",
        "dkim=pass header.d=client.example(x).evil.example",
        'dkim=pass header.d="client.example".evil.example',
        "dkim=pass header.d=client.example\x00.evil.example",
        "dkim=pass header.d=evil.example header.d=client.example",
        "dkim=pass (header.d=client.example) header.d=evil.example",
        "dmarc=pass header.from=client.example(x).evil.example",
        "dmarc=pass header.from=evil.example; dkim=pass header.d=client.example",
        "dkim=pass header.d=example",
        "dkim=pass header.d=" + "client.example" * 400,
    ],
)
def test_what_a_sender_put_into_a_result_proves_nothing(said: str) -> None:
    assert grade(f"A {SERVER}; {said}", WORLD) is Grade.NONE


def test_believes_a_server_that_writes_a_field_a_check() -> None:
    lines = (f"A {SERVER}; bimi=none", f"A {SERVER}; {PASS}", f"A {SERVER}; {FAIL}", WORLD)
    assert grade(*lines) is Grade.PASS
    assert grade(f"A {SERVER}; {FAIL}", f"A {SERVER}; {PASS}", WORLD) is Grade.FAIL
    assert grade(f"A dmarc.kalma.example; {PASS}", WORLD, server="kalma.example") is Grade.PASS
    assert grade(f"A {SERVER}; {PASS}", WORLD, server="kalma.example") is Grade.PASS
    assert grade(f"A evilkalma.example; {PASS}", WORLD, server="kalma.example") is Grade.NONE


def test_proves_nothing_where_no_line_shows_whose_header_it_is() -> None:
    assert grade(f"A {SERVER}; {PASS}") is Grade.NONE
    assert grade(f"A {SERVER}; {FAIL}") is Grade.FAIL


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("from mx by imap with LMTP; today", Grade.PASS),
        (f"from {SERVER} (gate [10.0.0.7]) by store.kalma.example; today", Grade.PASS),
        (f"from {SERVER} ([127.0.0.1]) by {SERVER} (filter); today", Grade.PASS),
        (f"by {SERVER} (Postfix, from userid 8); today", Grade.PASS),
        (f"from {SERVER} (evil.example [192.0.2.1]) by {SERVER}; today", Grade.NONE),
        (f"from {SERVER} ({SERVER} [192.0.2.1]) by {SERVER}; today", Grade.NONE),
        (f"from {SERVER} by {SERVER}; today", Grade.NONE),
        ("from gate ([10.0.0.7]) by mx.evil.example; today", Grade.NONE),
        ("by mx.evil.example; today", Grade.NONE),
    ],
)
def test_knows_its_own_house(inner: str, expected: Grade) -> None:
    assert grade(inner, f"A {SERVER}; {PASS}", WORLD) is expected
    assert grade(f"A {SERVER}; spf=none", inner, f"A {SERVER}; {PASS}", WORLD) is Grade.NONE


@pytest.mark.parametrize(
    "line",
    [
        f"from [192.0.2.1] (helo=10.0.0.1) by {SERVER} with esmtp (Exim 4.97); today",
        f"from unknown (HELO 10.0.0.1) (192.0.2.1) by {SERVER} with SMTP; today",
        f"from 192.0.2.1 (HELO ::1) by {SERVER} with SMTP; today",
        f"from x with LMTP (evil.example [192.0.2.1]) by {SERVER} with SMTP; today",
        f"from x by {SERVER} with LMTP (evil.example [192.0.2.1]) by {SERVER} with SMTP; today",
        f'from x (y [192.0.2.1]) by {SERVER} with SMTP for <"a with LMTP "@kalma.example>; today',
        f'from x (y [192.0.2.1]) by {SERVER} (envelope-from <"a with LMTP"@x.example>); today',
        f"from x (with LMTP [192.0.2.1]) by {SERVER} with SMTP; today",
        f"from x (y [192.0.2.1]) by {SERVER} with SMTP; today with LMTP",
        f"from x;y (evil.example [192.0.2.1]) by {SERVER} with SMTP; today",
        f"from x( (evil.example [192.0.2.1]) by {SERVER} with SMTP; today",
        f"from (evil.example [192.0.2.1]) by {SERVER} with SMTP; today",
        f"from 10.0.0.1 ([10.0.0.1]) by {SERVER} ([192.0.2.1]) by {SERVER} with SMTP; today",
    ],
)
def test_a_stranger_cannot_talk_their_way_into_the_house(line: str) -> None:
    """What is said in greeting, and in the envelope, is copied into a server's own line."""
    assert grade(line, f"A {SERVER}; {PASS}", WORLD) is Grade.NONE


GOOGLE = (
    "by 2002:a05:6402:0:0:0:0:0 with SMTP id a1; today",
    "X by 2002:a05 with SMTP id a2",
    "from {} (out.evil.example. [192.0.2.1]) by mx.google.com with ESMTPS id a3; today",
)


@pytest.mark.parametrize("name", ["mail.evil.example", "mail-sor-f41.google.com", "mx.google.com"])
def test_believes_gmail_right_below_its_own_line(name: str) -> None:
    head = [line.format(name) for line in GOOGLE]
    for said, expected in ((PASS, Grade.PASS), (FAIL, Grade.FAIL)):
        below = ("S pass", f"A mx.google.com; {said}")
        assert grade(*head, *below, server="mx.google.com") is expected
        assert grade(*head, "X 1", *below, server="mx.google.com") is Grade.NONE
        assert grade(*head, WORLD, *below, server="mx.google.com") is Grade.NONE
        forged = f"A mx.google.com; {PASS}"
        assert grade(*head, *below, forged, server="mx.google.com") is expected
        found = ("S pass", "A mx.google.com; spf=none")
        assert grade(*head, *found, forged, server="mx.google.com") is Grade.NONE
    assert grade(WORLD, f"A mx.google.com; {PASS}", server="mx.google.com") is Grade.NONE


EXCHANGE = (
    "from A.prod.outlook.com (2603:10a6::1) by B.prod.outlook.com with HTTPS; today",
    "from C.protection.outlook.com (2603:10a6::2) by A.outlook.office365.com with SMTP; today",
)
OUTSIDE = "from {} (192.0.2.1) by C.mail.protection.outlook.com (10.1.1.1) with SMTP; today"


@pytest.mark.parametrize("name", ["mail.evil.example", "evil.outlook.com"])
def test_believes_exchange_online_above_its_outermost_line(name: str) -> None:
    outside = OUTSIDE.format(name)
    said = "A spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=client.example; dkim=none;dmarc={}"
    good, bad = (f"{said.format(word)} header.from=client.example" for word in ("pass", "fail"))
    for result, expected in ((good, Grade.PASS), (bad, Grade.FAIL)):
        lines = (*EXCHANGE, result, "S Pass", outside)
        assert grade(*lines, WORLD, server="outlook.com") is expected
        assert grade(*lines, good, WORLD, server="protection.outlook.com") is expected
        assert grade(*lines, WORLD) is Grade.NONE
    assert (
        grade(*EXCHANGE, OUTSIDE.format("evil.example"), good, server="outlook.com") is Grade.NONE
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('pass (ok) receiver=mx; envelope-from="bo@client.example"; helo=x;', Grade.PASS),
        ("Pass envelope-from=<bo@client.example>", Grade.PASS),
        ("fail envelope-from=bo@client.example", Grade.NONE),
        ("pass envelope-from=bo@evil.example", Grade.NONE),
        ("pass (envelope-from=bo@client.example)", Grade.NONE),
    ],
)
def test_reads_the_servers_own_line_on_the_envelope(line: str, expected: Grade) -> None:
    assert grade(f"S {line}", WORLD) is expected
    assert grade(f"S {line}", WORLD, server="") is Grade.NONE
    assert grade(WORLD, f"S {line}") is Grade.NONE
    assert grade(f"S {line}", f"A {SERVER}; spf=fail", WORLD) is Grade.NONE


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"dmarc": {"result": "pass", "domain": "client.example"}}, Grade.PASS),
        ({"dmarc": {"result": "PASS"}}, Grade.PASS),
        ({"dmarc": {"result": "fail"}}, Grade.FAIL),
        ({"dmarc": {"result": "fail", "policy": "none"}}, Grade.NONE),
        ({"dkim": [{"result": "pass", "domain": "mail.client.example"}]}, Grade.PASS),
        ({"dkim": [{"result": "pass", "domain": "evil.example"}]}, Grade.NONE),
        ({"spf": {"result": "pass", "domain": "client.example"}}, Grade.PASS),
        ({"spf": {"result": "pass", "domain": "evil.example"}}, Grade.NONE),
        ({"spf": {"result": "fail", "domain": "client.example"}}, Grade.NONE),
        ({"dkim": "pass", "spf": None, "dmarc": []}, Grade.NONE),
        ("pass", Grade.NONE),
    ],
)
def test_takes_a_providers_word(verdicts: object, expected: Grade) -> None:
    assert read(mail(), verdicts=verdicts).grade is expected
    two = mail(sender="ana@client.example, bo@client.example")
    assert read(two, verdicts=verdicts).grade is not Grade.PASS


def test_the_address_that_was_checked_is_the_address_shown() -> None:
    said = f"A {SERVER}; {PASS}"
    assert grade(said, WORLD, sender='"bo@evil.example" <ana@client.example>') is Grade.PASS
    for sender in ("ana@client.example, bo@evil.example", "bo@client.example <ana@evil.example>"):
        assert grade(said, WORLD, sender=sender) is Grade.NONE
    nobody = topped(said, WORLD, sender="").replace(b"Subject", b"Sender: ana@client.example\r\nX")
    assert read(nobody, authserv_id=SERVER).sender.value == "ana@client.example"
    assert read(nobody, authserv_id=SERVER).grade is Grade.NONE
