"""A file that comes in one piece: by a form, from a browser that runs no scripts.

It goes the way of every other upload, limits and all; only that nothing of it is kept when the
connection is cut.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from channels_video import limits, links, uploads
from channels_video.metadata import LONGEST_NAME
from channels_video.models import Upload, UploadLink
from channels_video.refusals import Refusal
from channels_video.uploads import Wanted
from conversations.services.filenames import claimed_type, display_name


def most(link: UploadLink) -> int:
    """Bytes."""
    return min(limits.PLAIN, link.channel.video_settings.largest_size)


def take(link: UploadLink, file: UploadedFile[Any] | None, *, note: str) -> None:
    """Keep a file and what is said with it. Raises Refusal."""
    if links.state_of(link) is not links.State.OPEN:
        raise Refusal("link_ended", HTTPStatus.GONE)
    if file is None or not file.size:
        raise Refusal("nothing", HTTPStatus.UNPROCESSABLE_ENTITY)
    if file.size > most(link):
        raise Refusal("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, most=most(link))
    wanted = Wanted(
        length=file.size,
        name=display_name(file.name or "")[:LONGEST_NAME],
        type=claimed_type(file.content_type or ""),
    )
    upload = uploads.begin(link, wanted)
    Upload.objects.filter(pk=upload.pk).update(note=note[: limits.NOTE])
    writer = uploads.claim(link, upload.number, 0)
    for piece in file.chunks(limits.STEP):
        writer = uploads.write(writer, [piece])
    uploads.finish(writer)
