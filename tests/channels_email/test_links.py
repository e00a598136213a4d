"""Large files leave as links: sent by a real mail server, fetched as a customer does."""

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from channels_email import links
from channels_email.models import EmailAccount
from conversations import outbox
from conversations.adapters.messages import File
from conversations.models import Agent, Attachment, Case, Channel, Customer, Delivery, Message
from conversations.services import intake
from tests.channels_email.mails import mail
from tests.channels_email.servers import CapturingServer
from tests.people import answer

BIG = b"\x89PNG\r\n\x1a\n" + b"<script>alert(1)</script>" * 420_000
SMALL = b"%PDF-1.7 small"


@pytest.fixture
def case(client: Client, connected: EmailAccount, support: Channel) -> Case:
    assert connected.smtp_host
    where = f"/hooks/email/{support.key}/raw"
    receipt = client.post(where, mail(), content_type="message/rfc822").json()["receipt"]
    found = intake.process(receipt).case
    assert found is not None
    return found


@pytest.fixture
def sent(case: Case, priya: Agent, smtp_server: CapturingServer) -> Any:
    """An answer with a large file and a small one, as it arrived."""
    files = [
        File(name="plan.png", type="image/png", content=BIG),
        File(name="note.pdf", type="application/pdf", content=SMALL),
    ]
    answer(case, priya, files=files)
    assert outbox.deliver(Delivery.objects.get().pk) == "sent"
    return message_from_bytes(smtp_server.envelopes[0].content, policy=policy.default)  # type: ignore[arg-type]


def links_in(text: str) -> list[str]:
    return re.findall(r"https://hub\.example(/hooks/email/f/[\w:.-]+)", text)


def test_the_mail_names_the_file_and_its_link_brings_it(sent: Any, client: Client) -> None:
    text = sent.get_body(("plain",)).get_content()
    (link,) = links_in(text)
    assert links_in(sent.get_body(("html",)).get_content()) == [link]
    assert "plan.png (10" in text
    assert [part.get_filename() for part in sent.iter_attachments()] == ["note.pdf"]
    found = client.get(link)
    assert found.getvalue() == BIG
    assert found["Content-Disposition"] == 'attachment; filename="plan.png"'
    assert found["Content-Type"] == "application/octet-stream"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in found["Content-Security-Policy"]


@pytest.mark.usefixtures("sent")
def test_a_link_opens_its_own_file_alone() -> None:
    big, small = Attachment.objects.order_by("-size")
    token = links.token_of(big.pk)
    assert links.attachment_of(token) == big
    assert links.attachment_of(links.token_of(small.pk)) == small
    for at in range(len(token)):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        # the last letter of base64 holds bits that say nothing
        assert links.attachment_of(other) in ({None, big} if at == len(token) - 1 else {None})
    assert links.attachment_of("") is None


@pytest.mark.parametrize("column", ["cancelled_at", "redacted_at"])
def test_what_is_taken_back_is_gone(sent: Any, client: Client, column: str) -> None:
    (link,) = links_in(sent.get_body(("plain",)).get_content())
    Message.objects.filter(attachments__isnull=False).update(**{column: timezone.now()})
    assert client.get(link).status_code == 404


def test_a_link_ends_after_its_time(sent: Any, client: Client) -> None:
    (link,) = links_in(sent.get_body(("plain",)).get_content())
    with time_machine.travel(timezone.now() + links.VALID * 0.99, tick=False):
        assert client.get(link).status_code == 200
    with time_machine.travel(timezone.now() + links.VALID * 1.01, tick=False):
        assert client.get(link).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("en", "ask for the file"), ("es", "caducado")])
def test_a_dead_link_says_what_to_do(client: Client, language: str, words: str) -> None:
    answer = client.get("/hooks/email/f/nothing", headers={"accept-language": language})
    assert answer.status_code == 404
    assert words in answer.content.decode()


def test_speaks_the_customers_language(
    case: Case, priya: Agent, smtp_server: CapturingServer
) -> None:
    Customer.objects.update(language="es")
    answer(case, priya, files=[File(name="plan.png", type="image/png", content=BIG)])
    outbox.deliver(Delivery.objects.get().pk)
    sent: Any = message_from_bytes(smtp_server.envelopes[0].content, policy=policy.default)  # type: ignore[arg-type]
    assert "Archivos para descargar" in sent.get_body(("plain",)).get_content()


def test_many_small_files_are_many_links_in_the_end(
    case: Case, priya: Agent, smtp_server: CapturingServer
) -> None:
    files = [
        File(name=f"{n}.bin", type="application/octet-stream", content=bytes([n]) * 4_000_000)
        for n in range(4)
    ]
    answer(case, priya, files=files)
    outbox.deliver(Delivery.objects.get().pk)
    content = smtp_server.envelopes[0].content
    assert content is not None
    assert len(content) < 1.5 * links.LARGEST_IN_A_MAIL
    sent: Any = message_from_bytes(content, policy=policy.default)  # type: ignore[arg-type]
    assert len(list(sent.iter_attachments())) == 2
    assert len(links_in(sent.get_body(("plain",)).get_content())) == 2
