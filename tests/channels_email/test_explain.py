"""`explain_email`: what would be made of a mail, as JSON, without storing anything."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from channels_email import edge
from conversations.models import Channel, Receipt
from tests.channels_email.mails import mail

pytestmark = pytest.mark.django_db


def explained(*arguments: str) -> list[dict[str, object]]:
    out = io.StringIO()
    call_command("explain_email", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_prints_one_object_a_mail(tmp_path: Path) -> None:
    good, empty = tmp_path / "good.eml", tmp_path / "empty.eml"
    good.write_bytes(mail("It arrived broken.\n\nOn Mon, 1 Jan 2026, Bo wrote:\n> Hello"))
    empty.write_bytes(b"\n")
    first, second = explained(str(good), str(empty))
    assert first["file"] == str(good)
    assert first["kind"] == "message"
    assert first["from"] == {"address": "ana@client.example", "name": "Ana Ruiz", "grade": "none"}
    assert first["text"] == "It arrived broken."
    assert "> Hello" in str(first["folded"])
    assert first["quarantine"] is None
    assert second["quarantine"] == {"code": "empty"}
    assert not Receipt.objects.exists()


def test_reads_as_the_channel_would(tmp_path: Path, support: Channel) -> None:
    path = tmp_path / "m.eml"
    path.write_bytes(mail("Hello"))
    (found,) = explained(str(path), "--channel", support.name)
    assert found["kind"] == "message"
    with pytest.raises(CommandError, match="no e-mail channel named elsewhere"):
        explained(str(path), "--channel", "elsewhere")


def test_names_a_bounced_recipient(tmp_path: Path) -> None:
    path = tmp_path / "b.eml"
    path.write_bytes(
        b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ana@client.example\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
        b"Message-ID: <1@shop.example>\r\nSubject: Hi\r\n\r\nHi\r\n--b--\r\n"
    )
    (found,) = explained(str(path))
    assert found["kind"] == "bounce"
    bounce = found["bounce"]
    assert isinstance(bounce, dict)
    assert (bounce["recipient"], bounce["status"]) == ("ana@client.example", "5.1.1")
    assert bounce["action"] == "failed"


def test_the_receipts_page_shows_what_is_made_of_it(admin_client: Client, support: Channel) -> None:
    """Hostile words and all, as text; and why, where nothing can be made of it."""
    good = edge.keep(support, mail("<script>alert(1)</script> broke", cc="bo@x.example"), door="t")
    bad = edge.keep(support, b"\n", door="t")
    for kept, shown in ((good, "&lt;script&gt;alert(1)&lt;/script&gt; broke"), (bad, "empty")):
        page = admin_client.get(f"/admin/conversations/receipt/{kept.pk}/change/")
        assert page.status_code == 200
        assert shown in page.content.decode()
