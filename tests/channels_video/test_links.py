"""Links: what opens by them, for how long, and what they never tell."""

import logging
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from channels_video import links
from channels_video.models import Upload, UploadLink, VideoSettings
from conversations.adapters import registry
from conversations.models import Agent, Case, Erasure, Identity, Message, Receipt
from conversations.services import erasure, intake, merge_cases
from tests.channels_video.conftest import Desk
from tests.people import make_agent

pytestmark = pytest.mark.django_db

TOKEN_LENGTH = 43
"""256 bits in base64url."""


@pytest.fixture
def lena(desk: Desk) -> Agent:
    return make_agent("Lena Ortiz", role="admin")


def opened(desk: Desk) -> str:
    return f"/u/{desk.token}/"


def test_an_invitation_tells_the_token_once_and_keeps_its_digest(desk: Desk, lena: Agent) -> None:
    asked = registry.adapter_for("video").invite(
        channel_id=desk.channel.pk,
        case=desk.case,
        identity=desk.link.identity,
        agent=lena,
        language="es",
    )
    assert asked is not None
    token = asked.url.rstrip("/").rpartition("/")[2]
    assert len(token) == TOKEN_LENGTH
    assert asked.url in asked.text
    assert "Enséñanos" in asked.text
    link = UploadLink.objects.get(pk=asked.number)
    assert link.digest == links.digest(token)
    assert token not in repr(vars(link))
    assert link.expires_at - timezone.now() > timedelta(days=6, hours=23)


def test_the_page_names_the_customer_by_first_name_and_says_nothing_of_the_case(
    client: Client, desk: Desk
) -> None:
    said = client.get(opened(desk))
    page = said.content.decode()
    assert "Case for Dana" in page
    assert "d•••@hey.example" in page
    assert not any(word in page for word in ("dana@hey.example", "rattles", "Listen!"))
    assert said.headers["Cache-Control"] == "no-store"
    assert said.headers["Referrer-Policy"] == "no-referrer"
    assert not said.cookies
    desk.link.refresh_from_db()
    assert desk.link.opened_at is not None


def test_texts_of_an_admin_go_before_ours(client: Client, desk: Desk) -> None:
    VideoSettings.objects.update(heading_es="¿Qué hace?", tip1_title_es="Cerca <de> él")
    UploadLink.objects.update(language="es")
    page = client.get(opened(desk)).content.decode()
    assert "¿Qué hace?" in page
    assert "Cerca &lt;de&gt; él" in page
    assert "Acércate" in page


@pytest.mark.parametrize("token", ["x" * 43, "x", "ñ" * 43, "a" * 64])
def test_what_nobody_was_given_is_not_found(client: Client, desk: Desk, token: str) -> None:
    for address in (f"/u/{token}/", f"/u/{token}/note", f"/u/{token}/again"):
        post = client.post(address)
        assert (client.get(address) if address.endswith("/") else post).status_code == 404


def test_an_old_link_asks_for_another_once(
    client: Client, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    UploadLink.objects.update(expires_at=timezone.now(), language="es")
    with caplog.at_level(logging.DEBUG):
        said = client.get(opened(desk))
        assert (said.status_code, "ha caducado" in said.content.decode()) == (410, True)
        for _ in range(2):
            page = client.post(f"{opened(desk)}again", follow=True).content.decode()
    assert "sabe que necesitas otro" in page
    receipt = Receipt.objects.get(channel=desk.channel)
    intake.process(receipt.pk)
    message = Message.objects.get(receipt=receipt)
    assert (message.case, message.identity) == (desk.case, desk.link.identity)
    assert message.text.startswith("El enlace para mi vídeo ya no sirve.")
    assert desk.token not in caplog.text
    assert desk.token not in repr(receipt.envelope)


def test_only_an_old_link_asks(client: Client, desk: Desk) -> None:
    client.post(f"{opened(desk)}again")
    assert registry.adapter_for("video").take_back(desk.link.pk)
    assert not registry.adapter_for("video").take_back(desk.link.pk)
    client.post(f"{opened(desk)}again")
    assert not Receipt.objects.filter(channel=desk.channel).exists()
    said = client.get(opened(desk))
    assert (said.status_code, "This link is closed" in said.content.decode()) == (410, True)


def test_a_browser_without_scripts_sends_a_file_in_one_piece(client: Client, desk: Desk) -> None:
    where = f"/u/{desk.token}/whole"
    for nothing in ({}, {"file": SimpleUploadedFile("a.mp4", b"")}):
        refused = client.post(where, nothing)
        assert (refused.status_code, "Choose a file" in refused.content.decode()) == (422, True)
    VideoSettings.objects.update(largest_size=1024**2)
    for size, status in ((1024**2 + 1, 413), (1024**2, 302)):
        sent = SimpleUploadedFile("../it stops.mp4", b"x" * size, content_type="video/mp4")
        answered = client.post(where, {"file": sent, "note": " Here "})
        assert answered.status_code == status, answered.content.decode()
    upload = Upload.objects.get()
    assert (upload.name, upload.note, upload.offset) == ("it stops.mp4", "Here", 1024**2)
    assert upload.finished_at is not None
    assert "Received at" in client.get(f"/u/{desk.token}/").content.decode()
    links.take_back(desk.link.pk)
    sent = SimpleUploadedFile("a.mp4", b"x")
    assert client.post(where, {"file": sent}).status_code == 410
    assert client.post("/u/" + "A" * 43 + "/whole", {"file": sent}).status_code == 404


def test_a_note_is_kept_until_the_film_is_there(client: Client, desk: Desk) -> None:
    later = timezone.now() + timedelta(days=1)
    film = Upload.objects.create(link=desk.link, name="a.mp4", length=9, expires_at=later)

    def note(text: str, number: object = film.number) -> int:
        said = client.post(f"{opened(desk)}note", {"upload": str(number), "text": text})
        return said.status_code

    assert note(" It rattles here ") == 204
    assert note("x", "no number") == 404
    film.refresh_from_db()
    assert film.note == "It rattles here"
    Upload.objects.update(finished_at=timezone.now())
    assert note("too late") == 409
    assert "You can send one more" in client.get(opened(desk)).content.decode()


def test_a_link_follows_its_case_where_that_is_merged(
    client: Client, desk: Desk, lena: Agent
) -> None:
    older, now = desk.case, timezone.now()
    newer = Case.objects.create(
        conversation=older.conversation, team=older.team, opened_at=now, last_message_at=now
    )
    UploadLink.objects.update(case=newer)
    desk.link.refresh_from_db()
    merge_cases.merge(case_id=newer.pk, other_id=older.pk, agent=lena)
    assert links.case_of(desk.link) == older
    assert client.get(opened(desk)).status_code == 200


def test_it_dies_with_the_customer(client: Client, desk: Desk, lena: Agent) -> None:
    customer = desk.case.conversation.customer
    asked = erasure.ask(customer_id=customer.pk, agent=lena)
    Erasure.objects.update(due_at=timezone.now())
    assert erasure.run(asked.pk)
    assert not Identity.objects.filter(value="dana@hey.example").exists()
    assert client.get(opened(desk)).status_code == 404
