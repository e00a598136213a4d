"""The video channel in the admin, and films that were kept for long enough."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_video import keeping
from channels_video.models import Upload, UploadLink, VideoSettings
from conversations.adapters.messages import File
from conversations.models import Attachment, Blob, Message
from conversations.services import threads
from tests.channels_video.conftest import Desk
from tests.people import make_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_agent("Lena Ortiz", role="admin"))
    return client


def form(desk: Desk, page: str, **typed: Any) -> dict[str, Any]:
    """What the channel's page posts when only this was changed."""
    video = VideoSettings.objects.get()
    fields = {f"video_settings-0-{name}": value for name, value in typed.items()}
    usual = {"largest_size": 1024, "longest_seconds": 300, "kept_days": 90, "link_days": 7}
    usual["most_size"] = 100
    return {
        "label": "Films", "name": "films", "team": desk.channel.team_id, "language": "en",
        "reply_target": 15,
        "video_settings-TOTAL_FORMS": 1, "video_settings-INITIAL_FORMS": 1,
        "video_settings-0-id": video.pk, "video_settings-0-channel": desk.channel.pk,
        **{f"video_settings-0-{name}": value for name, value in usual.items()},
        **fields,
    }  # fmt: skip


def test_limits_and_words_are_typed_and_what_is_empty_is_shown_in_grey(
    admin: Client, desk: Desk
) -> None:
    address = f"/admin/conversations/channel/{desk.channel.pk}/change/"
    page = admin.get(address).content.decode()
    assert ">videocam<" in page
    assert 'placeholder="Show us what happens"' in page
    assert 'placeholder="Enséñanos lo que pasa"' in page
    changed = {"largest_size": "1.5", "most_size": "0.5", "heading_es": "¿Qué hace?"}
    said = admin.post(address, form(desk, page, **changed))
    assert said.status_code == 302
    video = VideoSettings.objects.get()
    assert (video.largest_size, video.heading_es) == (3 * 1024**2 // 2, "¿Qué hace?")
    assert video.most_size == 2**29
    page = admin.get(address).content.decode()
    assert "0 MB of 512 MB are taken. The files of the whole house are" in page
    said = admin.post(address, form(desk, page, largest_size="1024", most_size="0.5"))
    assert "The largest file alone would not fit in." in said.content.decode()


def test_shows_what_is_under_way_and_what_failed(admin: Client, desk: Desk) -> None:
    later = timezone.now() + timedelta(days=1)
    Upload.objects.create(link=desk.link, name="grinds.mp4", length=9, expires_at=later)
    Upload.objects.create(
        link=desk.link, name="lost.mp4", length=9, expires_at=later, failure="ran_out",
        ended_at=timezone.now(),
    )  # fmt: skip
    page = admin.get(f"/admin/conversations/channel/{desk.channel.pk}/change/").content.decode()
    assert "1 being sent, 0 to be taken in" in page
    assert "lost.mp4: nobody came back for it within a day" in page
    assert desk.token not in page
    assert desk.link.digest not in page


def test_a_link_is_taken_back_from_the_list(admin: Client, desk: Desk) -> None:
    assert "dana@hey.example" in admin.get("/admin/channels_video/uploadlink/").content.decode()
    address = f"/admin/channels_video/uploadlink/{desk.link.pk}/end/"
    assert "Take this link back?" in admin.get(address, follow=True).content.decode()
    admin.post(address, {"yes": "1"})
    assert UploadLink.objects.get().revoked_at is not None
    assert admin.get(f"/u/{desk.token}/").status_code == 410


def test_films_go_when_their_time_is_over_and_a_line_says_so(desk: Desk) -> None:
    first = desk.case.messages.get()
    message = Message.objects.create(
        conversation=first.conversation, case=desk.case, channel=desk.channel, kind="message",
        identity=first.identity, text="It rattles here", sorted_at=first.sorted_at,
    )  # fmt: skip
    threads.attach(message, [File(name="film.mp4", type="video/mp4", content=b"film")])
    assert keeping.prune() == 0
    Message.objects.filter(pk=message.pk).update(sorted_at=timezone.now() - timedelta(days=91))
    assert keeping.prune() == 1
    assert keeping.prune() == 0
    assert not Attachment.objects.filter(message=message).exists()
    message.refresh_from_db()
    assert message.text == "It rattles here"
    line = Message.objects.get(code="files_let_go")
    assert line.params == {"message": message.pk, "days": 90}
    assert Blob.objects.filter(attachments=None, content__isnull=False).count() <= 1
