import io

import pytest
from django.test import Client
from PIL import Image

from conversations.adapters.messages import File
from conversations.models import (
    Attachment,
    Case,
    Channel,
    Look,
    LookState,
    Message,
    Scan,
    Team,
)
from conversations.services import looks, threads
from inbox.reads import frames
from tests.filming import Film, film, photo
from tests.people import receive

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


def attach(support: Channel, name: str, kind: str, content: bytes, cid: str = "") -> Attachment:
    message = receive(support, "dana@post.example")
    threads.attach(
        message, [File(name=name, type=kind, content=content, content_id=cid, is_inline=bool(cid))]
    )
    return message.attachments.get()


def test_draws_a_picture_as_we_made_it_anew(desk: Client, support: Channel) -> None:
    file = attach(support, "ring.jpg", "image/jpeg", photo((900, 600)))
    at = f"/inbox/attachments/{file.pk}/"
    assert desk.get(at).headers["Content-Disposition"].startswith("attachment")
    assert desk.get(f"{at}?as=poster").status_code == 404
    looks.look(file.blob_id)
    for address, width in ((at, 600), (f"{at}?as=poster", 320)):
        answered = desk.get(address)
        assert answered.headers["Content-Type"] == "image/jpeg"
        assert answered.headers["Content-Disposition"] == "inline"
        assert answered.headers["Cache-Control"] == "private, max-age=3600"
        assert b"Exif" not in answered.content
        assert Image.open(io.BytesIO(answered.content)).width == width
    assert b"Exif" in desk.get(f"{at}?download").content


def test_malware_is_refused_with_words(desk: Client, support: Channel) -> None:
    file = attach(support, "a.exe", "", b"MZ")
    Look.objects.update(scan=Scan.INFECTED, state=LookState.FAILED, code="infected")
    for query in ("", "?download", "?as=poster"):
        answered = desk.get(f"/inbox/attachments/{file.pk}/{query}")
        assert answered.status_code == 403
        assert b"malware" in answered.content
    page = desk.get(f"/inbox/q/all/c/{file.message.case_id}/").content.decode()
    assert f"/inbox/attachments/{file.pk}/" not in page
    assert "holds malware" in page


def test_a_thread_shows_pictures_and_films(desk: Client, support: Channel) -> None:
    file = attach(support, "clip.mov", "", film(Film(name="clip.mov", codec="libx265")))
    message, at = file.message, f"/inbox/attachments/{file.pk}/"
    message.params["resumed"] = 1
    message.save()
    threads.attach(
        receive(support, "dana@post.example"),
        [File(name="a.jpg", type="", content=photo((900, 600)))],
    )
    page = f"/inbox/q/all/c/{message.case_id}/"
    assert "Being prepared so that it plays here" in desk.get(page).content.decode()
    for blob in Look.objects.values_list("blob", flat=True):
        looks.look(blob)
    waits = desk.get(page).content.decode()
    assert f'src="{at}?as=poster"' in waits
    assert "<video" not in waits
    assert 'width="120" height="180" loading="lazy"' in waits
    looks.sweep_long(lambda: False)
    shown = desk.get(page).content.decode()
    assert f'<video controls playsinline preload="none" data-keep src="{at}"' in shown
    assert "0:01" in shown
    assert "resumed once" in shown
    played = desk.get(at, headers={"Range": "bytes=0-99"})
    assert (played.status_code, played["Content-Type"]) == (206, "video/mp4")
    Look.objects.filter(blob=file.blob_id).update(state="failed", code="broken", preview=None)
    failed = desk.get(page).content.decode()
    assert "Preview not available. Download the original." in failed
    assert "The file is damaged." in failed
    assert f'href="{at}?download"' in failed


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("fake.png", "image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        (
            "pic.svg",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        ),
        ("doc.pdf", "application/pdf", b"%PDF-1.7 x"),
    ],
)
def test_only_ever_downloads_the_rest(
    desk: Client, support: Channel, name: str, kind: str, content: bytes
) -> None:
    file = attach(support, name, kind, content)
    answered = desk.get(f"/inbox/attachments/{file.pk}/")
    assert answered.headers["Content-Type"] == "application/octet-stream"
    assert answered.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answered.headers["Content-Security-Policy"]
    assert "no-store" in answered.headers["Cache-Control"]


def test_a_file_of_an_invisible_case_does_not_exist(
    desk: Client, support: Channel, warranty: Team
) -> None:
    file = attach(support, "ring.png", "image/png", PNG)
    Case.objects.update(team=warranty)
    assert desk.get(f"/inbox/attachments/{file.pk}/").status_code == 404
    assert desk.get("/inbox/attachments/999999/").status_code == 404


def test_a_mails_frame_has_a_policy_of_its_own(desk: Client, support: Channel) -> None:
    message = receive(support, "dana@post.example")
    Message.objects.filter(pk=message.pk).update(html="<p>Hello</p>")
    answered = desk.get(f"/inbox/c/{message.case_id}/m/{message.pk}/body")
    policy = answered.headers["Content-Security-Policy"]
    assert policy.startswith(
        "default-src 'none'; img-src http://testserver/inbox/attachments/ data:;"
    )
    assert "script" not in policy.replace("allow-same-origin", "")
    assert answered.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_frame_of_an_invisible_case_does_not_exist(
    desk: Client, support: Channel, warranty: Team
) -> None:
    message = receive(support, "dana@post.example")
    Message.objects.filter(pk=message.pk).update(html="<p>Hello</p>")
    Case.objects.update(team=warranty)
    assert desk.get(f"/inbox/c/{message.case_id}/m/{message.pk}/body").status_code == 404


def test_puts_the_mails_own_pictures_in_place(desk: Client, support: Channel) -> None:
    file = attach(support, "ring.png", "image/png", PNG, cid="ring@mail")
    file.message.html = (
        '<img src="cid:ring@mail"><img src="cid:other"><img src="https://x.example/a.gif">'
    )
    text = frames.document(file.message)
    assert f'src="/inbox/attachments/{file.pk}/"' in text
    assert "x.example" not in text
    assert "cid:" not in text


def test_a_mails_frame_is_read_anew_once_its_pictures_are_made(
    desk: Client, support: Channel
) -> None:
    file = attach(support, "ring.jpg", "image/jpeg", photo(), cid="ring@mail")
    Message.objects.filter(pk=file.message_id).update(html='<img src="cid:ring@mail">')
    page, body = f"/inbox/q/all/c/{file.message.case_id}/", f"/m/{file.message_id}/body"
    assert f'{body}"' in desk.get(page).content.decode()
    looks.look(file.blob_id)
    assert f'{body}?drawn=1"' in desk.get(page).content.decode()


def test_counts_what_would_be_fetched() -> None:
    html = (
        '<img src="remote:https://a.example/1.gif"><IMG src="//b.example/2.gif"><img src="cid:x">'
    )
    assert frames.remote_pictures(html) == 2


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "/inbox/me/", "//evil.example", "vbscript:x"],
)
def test_links_lead_out_or_nowhere(link: str, support: Channel) -> None:
    message = receive(support, "dana@post.example")
    message.html = f'<a href="{link}">x</a><a href="https://shop.example/">y</a>'
    text = frames.document(message)
    assert link not in text
    assert 'href="https://shop.example/"' in text
    assert 'rel="noopener noreferrer nofollow"' in text
