"""The phone simulator: a text goes in by the signed webhook, and out over the provider's API."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from channels_sms import media
from conversations import outbox
from conversations.adapters.messages import File
from conversations.models import Agent, Delivery, Message, Receipt
from conversations.services import intake
from demo import network
from demo.models import Phone, PhoneText
from demo.texts import DANAS
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _is_demo(settings: Settings) -> None:
    settings.SMS_SIMULATOR = "demo.network.Transport"


def types(desk: Client, text: str, **more: object) -> Message:
    """Dana types on her phone."""
    fields = {"number": DANAS, "text": text, **more}
    assert desk.post(reverse("demo:phone-write"), fields).status_code == 302
    return Message.objects.exclude(identity=None).select_related("case").latest("pk")


def pass_time() -> None:
    """The network takes each text as far as it goes."""
    for _ in range(3):
        PhoneText.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        network.tick()
    for receipt in Receipt.objects.filter(state="stored"):
        intake.process(receipt.pk)


def sent(message: Message, priya: Agent) -> Delivery:
    delivery = people.answer(message.case, priya, "On its way").deliveries.get()
    outbox.deliver(delivery.pk)
    pass_time()
    delivery.refresh_from_db()
    return delivery


def test_a_text_goes_in_and_an_answer_comes_back(desk: Client, priya: Agent) -> None:
    message = types(desk, "Where is my parcel?")
    delivery = sent(message, priya)
    assert (delivery.state, delivery.recipients.get().state) == ("delivered", "delivered")
    page = desk.get(reverse("demo:phone"), {"number": DANAS}).content.decode()
    assert "On its way" in page
    assert "Simulator: nothing here leaves this machine" in page
    assert page.index("Where is my parcel?") < page.index("On its way")


@pytest.mark.parametrize(
    ("mood", "state", "code"),
    [
        ("busy", "queued", "too_many"),
        ("broken", "unknown", "outcome_unknown"),
        ("landline", "failed", "landline"),
        ("off", "failed", "phone_off"),
        # unknown at first: the state that names our own id tells how it ended
        ("hang", "delivered", "outcome_unknown"),
        ("nonsense", "delivered", "answer_unreadable"),
    ],
)
def test_each_mood_ends_as_it_would(
    desk: Client, priya: Agent, mood: str, state: str, code: str
) -> None:
    message = types(desk, "Hello?")
    desk.post(reverse("demo:phone-mood"), {"number": DANAS, "mood": mood})
    assert Phone.objects.get().mood == mood
    delivery = sent(message, priya)
    assert (delivery.state, delivery.reason_code) == (state, code)
    assert PhoneText.objects.filter(is_inbound=False).count() <= 1


def test_a_picture_follows_its_words(desk: Client) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    from django.core.files.uploadedfile import SimpleUploadedFile

    message = types(desk, "Look", picture=SimpleUploadedFile("a.png", picture))
    assert (message.text, message.attachments.count()) == ("Look", 0)
    assert media.sweep() == 1
    [attachment] = message.attachments.all()
    assert (attachment.blob.read(), attachment.name) == (picture, "1.png")


def test_a_picture_of_ours_shows_on_the_phone(desk: Client, priya: Agent) -> None:
    message = types(desk, "Which part?")
    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    files = [
        File(name=f"{name}.png", type="image/png", content=picture + name.encode()) for name in "ab"
    ]
    delivery = people.answer(message.case, priya, "", files=files).deliveries.get()
    assert outbox.deliver(delivery.pk) == "sent"
    page = desk.get(reverse("demo:phone"), {"number": DANAS}).content.decode()
    shown = re.findall(r'<img src="([^"]+)"', page)
    assert [desk.get(one).content for one in shown] == [one.content for one in files]
    assert desk.get(shown[0])["Content-Type"] == "image/png"
    assert desk.get(shown[0].replace("/0", "/9")).status_code == 404


def test_the_provider_refuses_after_stop_too(desk: Client, priya: Agent) -> None:
    message = types(desk, "Hello?")
    queued = people.answer(message.case, priya, "One").deliveries.get()
    types(desk, "STOP")
    assert Phone.objects.get().is_stopped
    assert outbox.deliver(queued.pk) == "failed"
    assert not PhoneText.objects.filter(is_inbound=False).exists()
    types(desk, "START")
    assert sent(message, priya).state == "delivered"


def test_what_it_posts_is_signed_as_twilios_own_library_signs() -> None:
    url, fields = "https://hub.example/hooks/sms/k/status?d=1", {"b": "ó 2", "a": "1"}
    assert RequestValidator("t").validate(url, fields, network.signature("t", url, fields))


def test_the_page_is_behind_the_login(client: Client, priya: Agent) -> None:
    names = ("phone", "phone-write", "phone-mood")
    for where in [*(reverse(f"demo:{name}") for name in names), "/demo/phone/SM1/pictures/0"]:
        for call in (client.get, client.post):
            assert "/accounts/login/" in call(where)["Location"]
    assert timedelta(0) < network.STEP


def test_a_number_is_read_as_people_write_it(desk: Client) -> None:
    asked = {"number": "(303) 555-0143", "text": "Hi"}
    page = desk.post(reverse("demo:phone-write"), asked)
    assert page["Location"] == f"{reverse('demo:phone')}?number=%2B13035550143"


def test_nonsense_is_refused_with_what_was_typed(desk: Client) -> None:
    page = desk.post(reverse("demo:phone-write"), {"number": "12", "text": "Hi"})
    assert page.status_code == 422
    assert "Hi" in page.content.decode()
