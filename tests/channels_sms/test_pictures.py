"""Pictures that leave with a text: what can go, and what the provider fetches by its link."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from channels_sms.models import HttpGateway, SmsAccount
from conversations import outbox
from conversations.adapters.base import PermanentFailure, Sent
from conversations.adapters.messages import File
from conversations.models import Agent, Channel, Delivery, Identity, Message
from conversations.services import failover, redaction
from conversations.services.errors import Refused
from inbox import texts as words
from tests import paper
from tests.channels_sms import published
from tests.channels_sms.gateway import Gateway
from tests.channels_sms.phone import ANA, write
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
GIF = b"GIF89a" + b"0" * 40
JPEG = b"\xff\xd8\xff" + b"0" * 40


def file(name: str, content: bytes, kind: str = "application/octet-stream") -> File:
    return File(name=name, type=kind, content=content)


@pytest.fixture
def sent(texts: Channel, gateway: Gateway, priya: Agent) -> Message:
    """An answer with two pictures, as the provider has it."""
    files = [file("step one.png", PNG), file("b.gif", GIF)]
    message = answer(write(texts, "How?").case, priya, "Like this", files=files)
    assert outbox.deliver(message.deliveries.get().pk) == "sent"
    return message


def links(gateway: Gateway) -> list[str]:
    from urllib.parse import parse_qs

    return parse_qs(gateway.sent[-1][2])["MediaUrl"]


def fetch(link: str) -> tuple[int, bytes]:
    found = Client().get(link.removeprefix("https://hub.example"))
    body = found.getvalue()
    return found.status_code, body if found.status_code == 200 else b""


def test_the_provider_fetches_what_the_text_names(sent: Message, gateway: Gateway) -> None:
    media = links(gateway)
    assert [fetch(link) for link in media] == [(200, PNG), (200, GIF)]
    head = Client().head(media[0].removeprefix("https://hub.example"))
    assert (head["Content-Type"], head["Content-Length"]) == ("image/png", str(len(PNG)))
    assert head["X-Content-Type-Options"] == "nosniff"
    delivery = sent.deliveries.get()
    callback = f"https://hub.example/hooks/sms/{delivery.channel.key}/status?d={delivery.key}"
    assert gateway.sent[-1] == published.asked(
        lambda theirs: theirs.messages.create(
            to=ANA,
            from_="+15005550006",
            body="Like this",
            status_callback=callback,
            media_url=media,
        )
    )


def test_a_picture_needs_no_words(texts: Channel, gateway: Gateway, priya: Agent) -> None:
    message = answer(write(texts, "How?").case, priya, "", files=[file("a.jpg", JPEG)])
    assert outbox.deliver(message.deliveries.get().pk) == "sent"
    assert "Body" not in gateway.accepted[0]
    assert fetch(links(gateway)[0]) == (200, JPEG)


def test_a_link_is_signed_opens_one_picture_and_dies(
    sent: Message, gateway: Gateway, priya: Agent
) -> None:
    one, other = links(gateway)
    token, other_token = one.rpartition("/")[2], other.rpartition("/")[2]
    assert len(token.rpartition(":")[2]) * 6 >= 128  # bits of its signature
    forged = other_token.partition(":")[0] + ":" + token.partition(":")[2]
    for wrong in (forged, token[:-1], token.partition(":")[0], "x"):
        assert fetch(f"/hooks/sms/m/{wrong}")[0] == 404
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        assert fetch(one)[0] == 404
    assert fetch(one)[0] == 200
    assert Client().post(one.removeprefix("https://hub.example")).status_code == 405
    redaction.redact(message_id=sent.pk, agent=priya)
    assert fetch(one)[0] == 404


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        (
            [file("a.png", PNG), file("list.pdf", b"%PDF-1.7")],
            "not_a_picture",
            "list.pdf cannot go",
        ),
        ([file("a.png", b"<svg onload=alert(1)>", "image/png")], "not_a_picture", "a.png"),
        ([file("big.png", PNG + bytes(5 * 1024 * 1024))], "pictures_too_large", "5.0"),
        (
            [file("a.png", PNG + bytes(3 * 1024 * 1024)), file("b.png", PNG + bytes(2**21))],
            "pictures_too_large",
            "b.png cannot go",
        ),
        (
            [file(f"{place}.png", PNG) for place in range(11)],
            "too_many_pictures",
            "10.png cannot go",
        ),
    ],
)
def test_what_cannot_go_is_named_with_the_reason(
    texts: Channel, priya: Agent, files: list[File], code: str, said: str
) -> None:
    case = write(texts, "How?").case
    with pytest.raises(Refused, match=code) as no:
        answer(case, priya, "Like this", files=files)
    told = words.refusal(code, no.value.params, kind="sms")
    assert said in re.sub(r"\xa0", " ", told)
    assert not Delivery.objects.exists()


def test_a_provider_without_pictures_takes_none(
    texts: Channel, gateway: Gateway, priya: Agent, client: Client
) -> None:
    case = write(texts, "How?").case
    client.force_login(priya)
    where = f"/inbox/q/all/c/{case.pk}/"
    attach = re.compile(r'data-part="files"( hidden)?')
    assert attach.search(client.get(where).content.decode())[1] is None  # type: ignore[index]
    queued = answer(case, priya, "Look", files=[file("a.png", PNG)]).deliveries.get()
    SmsAccount.objects.update(provider="http")
    HttpGateway.objects.create(channel=texts, send_url=f"{gateway.url}/send")
    assert attach.search(client.get(where).content.decode())[1] == " hidden"  # type: ignore[index]
    with pytest.raises(Refused, match="no_pictures"):
        answer(case, priya, "Like this", files=[file("a.png", PNG)])
    assert outbox.deliver(queued.pk) == "failed"
    assert not gateway.sent


@pytest.mark.parametrize("sent", [file("a.png", PNG), file("a.pdf", b"%PDF-1.7")])
def test_what_failed_by_mail_goes_by_text_where_its_files_can(
    texts: Channel, gateway: Gateway, priya: Agent, settings: Settings, sent: File
) -> None:
    settings.CHANNEL_ADAPTERS = ["tests.paper.PaperAdapter", "channels_sms.adapter.SmsAdapter"]
    paper.PROVIDER.reset()
    mail = make_channel(texts.team)
    Channel.objects.filter(pk=mail.pk).update(fails_over=True)
    case = receive(mail, "ana@hey.example", "How?").case
    Identity.objects.create(kind="phone", value=ANA, customer=case.conversation.customer)
    paper.PROVIDER.moods = [_no]
    delivery = answer(case, priya, "Like this", files=[sent]).deliveries.get()
    assert outbox.deliver(delivery.pk) == "failed"
    failover.sweep()
    instead = Delivery.objects.filter(instead_of=delivery).first()
    assert (instead is not None) is (sent.name == "a.png")
    if instead is not None:
        assert outbox.deliver(instead.pk) == "sent"
        assert fetch(links(gateway)[0]) == (200, PNG)


def _no(_message: object) -> Sent:
    raise PermanentFailure("mailbox_full")
