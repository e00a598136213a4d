"""A customer's phone opens a link, loses the signal in the middle, and goes on."""

import hashlib
import random
from pathlib import Path

from django.db import transaction
from playwright.sync_api import Browser, Route, ViewportSize, expect
from pytest_django import Settings

from channels_video.models import Upload
from conversations.models import Attachment, Message
from conversations.services import intake
from tests.channels_video.conftest import make_desk
from tests.looking import axe, cut, outside

PHONE = ViewportSize(width=390, height=844)
MB = 1024**2
FILM = 12 * MB
"""More than the page sends in one piece."""


def test_a_film_that_was_cut_goes_on_and_is_received(
    live: str, browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    settings.OMNIHUB_URL = live
    with transaction.atomic():
        desk = make_desk()
    content = random.Random(1).randbytes(FILM)
    film = tmp_path / "It rattles.mp4"
    film.write_bytes(content)
    context = browser.new_context(viewport=PHONE, has_touch=True, color_scheme="light")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    signal = {"is_on": True}

    def radio(route: Route) -> None:
        """It fails with the second piece, and stays away."""
        offset = route.request.headers.get("upload-offset")
        signal["is_on"] &= offset in {None, "0"}
        route.continue_() if signal["is_on"] else route.abort("internetdisconnected")

    page.route("**/files/*", radio)
    page.goto(f"{live}/u/{desk.token}/")
    faults += [*axe(page), *outside(page), *cut(page)]

    page.get_by_label("Choose from phone").set_input_files(film)
    note = page.get_by_label("Note for")
    note.fill("It rattles from the second gear on")
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("No connection")
    expect(page.get_by_text("5 of 12 MB safe")).to_be_visible()
    faults += [*axe(page), *outside(page), *cut(page)]
    assert Upload.objects.get().offset == 5 * MB

    signal["is_on"] = True
    page.unroute("**/files/*")
    page.evaluate("document.getElementById('retry').click()")  # or it goes on by itself before
    done = page.get_by_role("heading", name="Got it, thank you")
    expect(done).to_be_focused()
    faults += [*axe(page), *outside(page), *cut(page)]
    context.close()
    assert faults == []

    upload = Upload.objects.get()
    assert upload.receipt is not None
    intake.process(upload.receipt.pk)
    message = Message.objects.get(receipt=upload.receipt)
    assert (message.case, message.text) == (desk.case, "It rattles from the second gear on")
    attached = Attachment.objects.get(message=message)
    assert (attached.name, attached.size) == ("It rattles.mp4", FILM)
    assert attached.blob.sha256 == hashlib.sha256(content).hexdigest()
