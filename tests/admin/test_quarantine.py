import json

from django.test import Client

from conversations import receipts
from conversations.models import Channel, Receipt, ReceiptState
from conversations.services import intake
from tests.admin.conftest import said

LIST = "/admin/conversations/quarantinedreceipt/"
BAD = b"Subject: =?utf-8?q?Caf=C3=A9?= <script>alert(1)</script>\r\nFrom: x\r\n\r\nnot json"


def set_aside(channel: Channel, key: str = "odd-1", body: bytes = BAD) -> Receipt:
    return intake.process(receipts.record(channel, key, body).pk)


def mend(receipt: Receipt) -> None:
    """As if a fix had been deployed: the same receipt is understood now."""
    good = json.dumps({"from": "dana@mail.example", "text": "Hello", "id": "1@mail.example"})
    blob = receipt.blob
    blob.content = good.encode()
    blob.save()


def test_says_the_reason_in_plain_words(admin: Client, support: Channel) -> None:
    receipt = set_aside(support)
    assert receipt.state == ReceiptState.QUARANTINED
    assert "It is not what this channel sends." in admin.get(LIST).content.decode()


def test_shows_decoded_headers_and_escapes_everything(admin: Client, support: Channel) -> None:
    receipt = set_aside(support)
    page = admin.get(f"{LIST}{receipt.pk}/change/").content.decode()
    assert "Café" in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_hands_the_raw_bytes_out_as_a_file(admin: Client, support: Channel) -> None:
    answer = admin.get(f"{LIST}{set_aside(support).pk}/raw/")
    assert answer.content == BAD
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_trying_again_takes_a_yes_and_says_how_it_went(admin: Client, support: Channel) -> None:
    receipt = set_aside(support)
    again = f"{LIST}{receipt.pk}/again/"
    assert admin.get(again).status_code == 200
    assert "still not" in said(admin.post(again, {"yes": "1"}, follow=True))[0]
    mend(receipt)
    assert "taken in, case" in said(admin.post(again, {"yes": "1"}, follow=True))[0]
    receipt.refresh_from_db()
    assert receipt.state == ReceiptState.PROCESSED
    assert admin.post(again, {"yes": "1"}).status_code == 404


def test_many_are_tried_again_with_a_result_each(admin: Client, support: Channel) -> None:
    first, second = set_aside(support), set_aside(support, "odd-2", b"neither")
    mend(first)
    form = {"action": "try_all_again", "_selected_action": [first.pk, second.pk]}
    lines = said(admin.post(LIST, form, follow=True))
    assert [line.split(":")[0] for line in lines] == ["odd-1", "odd-2"]
    assert "taken in" in lines[0]
    assert "still not" in lines[1]


def test_all_receipts_are_found_by_hash_and_by_id(admin: Client, support: Channel) -> None:
    receipt = set_aside(support)
    set_aside(support, "other", b"other")
    for wanted in (receipt.blob.sha256, "odd-1"):
        page = admin.get("/admin/conversations/receipt/", {"q": wanted}).content.decode()
        assert "odd-1" in page
        assert "other</a>" not in page


def test_records_are_not_edited(admin: Client, support: Channel) -> None:
    receipt = set_aside(support)
    for model in ("receipt", "quarantinedreceipt"):
        page = f"/admin/conversations/{model}/{receipt.pk}"
        assert admin.post(f"{page}/change/", {"state": "processed"}).status_code == 403
        assert admin.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
