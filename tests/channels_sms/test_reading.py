"""What is pure: segments, numbers, keywords, signatures, and what posts mean."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from channels_sms import keywords, numbers, segments
from channels_sms.adapter import SmsAdapter
from channels_sms.providers.base import Post
from channels_sms.providers.twilio import Twilio, is_signed
from channels_sms.providers.twilio_codes import CODES
from conversations.adapters.base import Malformed
from conversations.adapters.messages import (
    DeliveryReport,
    InboundMessage,
    Origin,
    Outcome,
    RawEvent,
)
from tests.channels_sms.corpora import cases

FORM = {"content-type": "application/x-www-form-urlencoded"}


def said(body: str | bytes, **envelope: Any) -> Any:
    body = body if isinstance(body, bytes) else body.encode()
    raw = RawEvent(body=body, received_at=datetime(2026, 1, 1, tzinfo=UTC), envelope=envelope)
    [event] = SmsAdapter().normalize(raw)
    return event


@pytest.mark.parametrize(
    ("text", "parts", "letter"),
    [
        ("", 1, ""),
        ("a" * 160, 1, ""),
        ("a" * 161, 2, ""),
        ("a" * 306, 2, ""),
        ("a" * 307, 3, ""),
        ("€" * 80, 1, ""),
        ("€" * 81, 2, ""),
        ("a" * 152 + "€" + "a" * 10, 2, ""),
        ("a" * 152 + "€" + "a" * 152, 3, ""),
        ("é ñ ü ¿ ¡", 1, ""),
        ("ó" * 70, 1, "ó"),
        ("ó" * 71, 2, "ó"),
        ("a" * 66 + "😀" + "a" * 5, 2, "😀"),
    ],
)
def test_counts_parts_as_the_network_does(text: str, parts: int, letter: str) -> None:
    found = segments.measure(text)
    assert (found.parts, found.letter) == (parts, letter)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Mañana a las ocho está listo", "Mañana a las ocho esta listo"),
        ("“It\u2019s here” — really…", '"It\'s here" - really...'),
        ("Nothing to do", ""),
        ("está 😀", ""),
        ("e\u0301sta", "ésta"),
    ],
)
def test_offers_the_words_without_accents(text: str, plain: str) -> None:
    assert segments.unaccented(text) == plain


@pytest.mark.corpora
def test_segments_of_the_corpora_are_all_right() -> None:
    for case in cases("sms-segments"):
        found = segments.measure(case["body"])
        assert found.parts == case["segments"], case["name"]
        assert found.encoding == case.get("encoding", found.encoding), case["name"]


@pytest.mark.corpora
def test_numbers_of_the_corpora_are_all_read() -> None:
    for case in cases("phone"):
        typed, region = case["args"]
        typed = typed if isinstance(typed, str) else typed["args"][0]
        found = numbers.parsed(typed, region or "")
        wanted = (case["expected"]["cc"], case["expected"]["national"])
        assert found is not None
        assert (found.country_code, found.national_number) == wanted, typed


@pytest.mark.corpora
def test_keywords_of_the_corpora_are_all_known() -> None:
    for case in cases("sms-keywords"):
        if "text" in case:
            wish = str(keywords.wish_of(case["text"]) or "none")
            theirs = {"stop": "opt_out", "start": "opt_in"}.get(wish, wish)
            assert theirs == case["action"].partition(" ")[0], case["text"]


@pytest.mark.parametrize("text", ["STOP", " stop. ", "Baja", "¡BAJA!", "arrêt", "Quit"])
def test_a_single_word_stops(text: str) -> None:
    assert keywords.wish_of(text) == keywords.Wish.STOP


@pytest.mark.parametrize("text", ["please stop", "STOP it", "", "stopped", "baja el precio"])
def test_words_that_only_hold_one_stop_nothing(text: str) -> None:
    assert keywords.wish_of(text) is None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+34912345678", "landline"),
        ("+34612345678", ""),
        ("+12025550143", ""),
        ("+12020000000", "no_such_number"),
        ("+1900555", "bad_number"),
        ("+34803123456", "premium_number"),
    ],
)
def test_the_plan_tells_where_no_text_can_go(number: str, code: str) -> None:
    """In +1 landlines and mobiles look alike."""
    assert numbers.obstacle(number) == code


@pytest.mark.corpora
def test_signatures_of_the_corpora_are_all_accepted_and_none_when_changed() -> None:
    for case in cases("webhook-signature", "twilio__*"):
        pairs = [tuple(pair) for pair in case.get("params_list") or case["params"].items()]
        post = Post(url=case["url"], body=urlencode(pairs).encode(), headers=FORM)
        right = {"secret": case["token"], "signature": case["signature"]}
        assert is_signed(post, **right) is case["valid"], case["name"]
        changed = Post(url=case["url"], body=post.body + b"&x=1", headers=FORM)
        assert not is_signed(changed, **right)
        assert not is_signed(post, secret=case["token"] + "1", signature=case["signature"])
        assert not is_signed(post, secret=case["token"], signature=case["signature"].lower())


@pytest.mark.parametrize(
    "fields",
    [
        {"Body": "ó 😀 +%&=", "From": "+1"},
        {"Body": "", "NumMedia": "0"},
        {"B": "1", "A": "2", "a": "3"},
    ],
)
@pytest.mark.parametrize("url", ["https://hub.example/h", "https://hub.example:443/h?d=1"])
def test_twilios_own_library_signs_what_we_accept(url: str, fields: dict[str, str]) -> None:
    signature = RequestValidator("t").compute_signature(url, fields)
    post = Post(url=url, body=urlencode(fields).encode(), headers=FORM)
    assert is_signed(post, secret="t", signature=signature)


def test_a_body_that_is_no_form_is_proven_by_its_hash() -> None:
    url = "https://hub.example/h?bodySHA256=" + "0" * 64
    signature = RequestValidator("t").compute_signature(url, {})
    post = Post(url=url, body=b"{}", headers={"content-type": "application/json"})
    assert not is_signed(post, secret="t", signature=signature)
    right = RequestValidator("t")
    url = f"https://hub.example/h?bodySHA256={sha256(b'{}').hexdigest()}"
    made = right.compute_signature(url, {})
    post = Post(url=url, body=b"{}", headers={"content-type": "application/json"})
    assert right.validate(url, "{}", made)
    assert is_signed(post, secret="t", signature=made)


def test_a_text_says_who_wrote_what() -> None:
    event = said(
        "MessageSid=SM1&From=%2B491710000000&To=%2B15005550006&Body=a%00b%F0%9F%98%80&NumMedia=1&MediaUrl0=https://x.example/1"
    )
    assert isinstance(event, InboundMessage)
    assert (event.sender.value, event.text, event.message_id) == ("+491710000000", "ab😀", "SM1")
    assert event.details == {"media": 1}


@pytest.mark.parametrize("body", ["Body=x&MessageSid=SM1", "From=whatsapp:%2B1&Body=x", ""])
def test_what_names_no_number_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        said(body)


def test_a_stop_waits_for_no_answer() -> None:
    assert said("From=%2B1202&MessageSid=S", wish="stop").origin is Origin.AUTO_REPLY
    assert said("From=%2B1202&MessageSid=S", wish="help").origin is Origin.PERSON


def test_unknown_words_of_the_provider_are_unknown() -> None:
    event = said("MessageSid=SM1&MessageStatus=huh&ErrorCode=99999999999", side="status")
    assert isinstance(event, DeliveryReport)
    assert event.outcome is Outcome.UNKNOWN


def test_what_is_true_of_a_number_ends_it() -> None:
    body = "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30006"
    event = said(body, side="status", query="d=k")
    assert (event.outcome, event.code, event.ends_address, event.key) == (
        Outcome.FAILED, "landline", True, "k",
    )  # fmt: skip


@pytest.mark.corpora
def test_posts_of_the_corpora_are_read() -> None:
    """Twilio's, of three projects. Ours differs on purpose: a body that looks like base64 is what
    they wrote, other networks' messages are set aside, and an unknown state is no error."""
    for case in cases("sms-inbound"):
        form = case.get("form") or case.get("json") if case.get("provider") == "twilio" else None
        if form and "From" in form and "MessageStatus" not in form:
            event = said(urlencode(form))
            assert event.sender.value == form["From"]
            assert event.text == form.get("Body", "").replace("\x00", "")
        elif form and "MessageStatus" in form:
            wanted = case["expected"]["status"]
            assert said(urlencode(form), side="status").outcome == wanted
    for case in cases("sms-inbound", "nyaruka__courier"):
        if case["provider"] != "twiml" or "ExpectedMsgText" not in case:
            continue
        if not case.get("ExpectedURN", "").startswith("tel:") or case["Label"] == "Receive Base64":
            continue
        event = said(case["Data"])
        assert event.text == case["ExpectedMsgText"]
        assert f"tel:{event.sender.value}" == case["ExpectedURN"]
        assert event.message_id == case["ExpectedExternalID"]


def test_codes_are_numbers_of_twilio() -> None:
    assert all(10000 < code < 70000 for code in CODES)
    assert isinstance(Twilio().answer()[0], str)
