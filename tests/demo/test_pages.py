"""The simulator's pages: who may see them, and what a mail may do there."""

from datetime import datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels_email import compose
from channels_email.adapter import EmailAdapter
from channels_email.models import EmailAccount
from conversations.adapters.base import TransientFailure
from conversations.adapters.messages import (
    Address,
    Addressee,
    File,
    IdentityKind,
    OutboundMessage,
    RecipientRole,
)
from conversations.models import Agent, Channel, Message
from demo.models import Mail
from demo.opened import open_mail
from omnihub.messages import compile_all
from tests.demo.people import SAM, answer

pytestmark = pytest.mark.django_db
PICTURE = File(
    name="a.png", type="image/png", content=b"\x89PNG", is_inline=True, content_id="a@b.example"
)


def outbound(*files: File, html: str = "") -> OutboundMessage:
    kind = IdentityKind.EMAIL
    to = Addressee(role=RecipientRole.TO, address=Address(kind=kind, value=SAM.address))
    return OutboundMessage(
        key="<a.b@testserver>",
        sender=Address(kind=kind, value="support@kalma.example"),
        addressees=(to,),
        subject="Files",
        text="See below.",
        html=html,
        files=files,
    )


def sent(channel: Channel, message: OutboundMessage) -> Mail:
    adapter = EmailAdapter()
    adapter.send(message, adapter.config(channel.pk))
    return Mail.objects.get()


@pytest.mark.parametrize("name", ["mail", "mail-new"])
def test_a_stranger_is_sent_to_the_login(client: Client, name: str) -> None:
    response = client.get(reverse(f"demo:{name}"))
    assert response.status_code == HTTPStatus.FOUND
    assert "/accounts/login/" in response["Location"]


def test_a_mail_is_behind_the_login_too(client: Client, first: Message, priya: Agent) -> None:
    mail = answer(first.case, priya)
    for name in ("mail-open", "mail-markup", "mail-answer", "mail-bounce", "mail-vacation"):
        for call in (client.get, client.post):
            response = call(reverse(f"demo:{name}", args=[mail.pk]))
            assert "/accounts/login/" in response["Location"]


def test_it_says_that_it_is_a_simulator(desk: Client) -> None:
    page = desk.get(reverse("demo:mail")).content.decode()
    assert "Simulator: nothing here leaves this machine" in page
    assert "Nothing went out yet" in page


def test_one_mailbox_holds_its_own_mail(desk: Client, first: Message, priya: Agent) -> None:
    answer(first.case, priya)
    url = reverse("demo:mail")
    assert "Re: Squeaky hinge" in desk.get(url, {"of": SAM.address}).content.decode()
    assert "Re: Squeaky hinge" not in desk.get(url, {"of": "kim@else.example"}).content.decode()


def test_markup_is_framed_and_powerless(desk: Client, support: Channel) -> None:
    html = '<p>Hi</p><img src="cid:a@b.example"><script>alert(1)</script>'
    mail = sent(support, outbound(PICTURE, html=html))
    response = desk.get(reverse("demo:mail-markup", args=[mail.pk]))
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "data:image/png;base64," in response.content.decode()
    page = desk.get(reverse("demo:mail-open", args=[mail.pk])).content.decode()
    assert 'sandbox=""' in page
    assert "alert(1)" not in page


def test_attachments_are_saved_and_never_shown(desk: Client, support: Channel) -> None:
    page = File(name="página.html", type="text/html", content=b"<script>1</script>")
    mail = sent(support, outbound(page))
    response = desk.get(reverse("demo:mail-part", args=[mail.pk, 0]))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert response.content == page.content
    missing = desk.get(reverse("demo:mail-part", args=[mail.pk, 1]))
    assert missing.status_code == HTTPStatus.NOT_FOUND


def test_the_mail_is_kept_byte_for_byte(support: Channel) -> None:
    message = outbound()
    mail = sent(support, message)
    config = EmailAdapter().config(support.pk)
    again = compose.build(message, config, at=dated(mail))
    assert bytes(mail.raw) == compose.to_bytes(again)


def dated(mail: Mail) -> datetime:
    return parsedate_to_datetime(message_from_bytes(bytes(mail.raw))["Date"])


def test_a_simulated_account_never_connects(support: Channel) -> None:
    EmailAccount.objects.update(smtp_host="smtp.kalma.example", smtp_user="x")
    assert sent(support, outbound()).envelope_to == [SAM.address]


def test_no_simulator_no_mail(support: Channel, settings: Settings) -> None:
    settings.EMAIL_SIMULATOR = ""
    EmailAccount.objects.update(smtp_host="smtp.kalma.example")
    with pytest.raises(TransientFailure, match="not_connected"):
        sent(support, outbound())


@pytest.mark.parametrize("receipt", ["", "x", "0", "٣", "9" * 40])
def test_a_strange_receipt_number_is_nothing(desk: Client, receipt: str) -> None:
    response = desk.get(reverse("demo:mail"), {"receipt": receipt})
    assert 'role="status"' not in response.content.decode()


def test_it_speaks_spanish(desk: Client, first: Message, priya: Agent) -> None:
    compile_all()
    Agent.objects.update(language="es")
    mail = answer(first.case, priya)
    page = desk.get(reverse("demo:mail-open", args=[mail.pk])).content.decode()
    assert '<html lang="es"' in page
    assert "nada de esto sale de esta máquina" in page
    assert "Responder como Sam Field" in page
    for english in ("Mailbox", "Text part", "Header", "Automatic answers", "With an HTML part"):
        assert english not in page


def test_an_opened_mail_reads_as_it_was_written(first: Message, priya: Agent) -> None:
    opened = open_mail(answer(first.case, priya, "Ünïcode\n\n<b>no markup</b>"))
    assert "<b>no markup</b>" in opened.text
    assert "&lt;b&gt;no markup&lt;/b&gt;" in opened.html
