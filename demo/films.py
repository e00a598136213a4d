"""The demo's video channel, and the film that Dana sends by it: the massager, shaking harder and
harder. It comes in as any film does: by a link, piece by piece, and a receipt at the end."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conversations.models import Agent, Case

RATE, SECONDS = 25, 4
NAME = "IMG_2044.mp4"


def open_channel() -> None:
    from channels_video.models import VideoSettings
    from conversations.models import Channel, Team

    channel = Channel.objects.create(
        kind="video",
        name="films",
        label="Kalma videos",
        team=Team.objects.default(),
        reply_target=timedelta(hours=2),
    )
    VideoSettings.objects.create(
        channel=channel,
        heading_en="Show us what your Kalma does",
        heading_es="Enséñanos lo que hace tu Kalma",
        tip1_words_en="We listen for grinding",
        tip1_words_es="Queremos oír si rechina",
        tip2_title_en="Light ring in view",
        tip2_title_es="Que se vea el anillo de luz",
        tip2_words_en="Its colour tells us the fault",
        tip2_words_es="Su color nos dice el fallo",
    )


def send(case: Case, agent: Agent, *, note: str) -> None:
    """By a link that went to whom the last answer went to."""
    from channels_video import links, uploads
    from channels_video.models import Upload
    from conversations.models import Channel, Identity
    from conversations.services import composer, intake

    channel = Channel.objects.get(kind="video")
    to = composer.options(case=case).to[0]
    link, _token = links.make(
        channel_id=channel.pk,
        case=case,
        identity=Identity.objects.get(value=to),
        agent=agent,
        language="en",
    )
    links.note_opened(link)
    content = made()
    wanted = uploads.Wanted(length=len(content), name=NAME, type="video/mp4")
    upload = uploads.begin(link, wanted)
    Upload.objects.filter(pk=upload.pk).update(note=note)
    writer = uploads.claim(link, upload.number, 0)
    uploads.finish(uploads.write(writer, [content]))
    upload.refresh_from_db()
    if upload.receipt_id is not None:
        intake.process(upload.receipt_id)


def made() -> bytes:
    """In a process of its own, as everything that knows films runs."""
    from demo import pictures

    with TemporaryDirectory() as folder:
        still, film = Path(folder) / "still.png", Path(folder) / NAME
        still.write_bytes(pictures.at_work())
        command = [sys.executable, "-I", __file__, str(still), str(film)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return film.read_bytes()


def _draw(still: str, film: str) -> None:
    import av
    from av.video.stream import VideoStream

    with av.open(still) as picture:
        frame = next(picture.decode(video=0)).reformat(format="rgb24")
    stride, rows = frame.planes[0].line_size, bytes(frame.planes[0])
    lines = [rows[at : at + frame.width * 3] for at in range(0, len(rows), stride)]
    with av.open(film, "w") as out:
        video = out.add_stream("libx264", rate=RATE)
        assert isinstance(video, VideoStream)  # noqa: S101 -- what that codec is
        video.width, video.height, video.pix_fmt = frame.width, frame.height, "yuv420p"
        for number in range(RATE * SECONDS):
            shaken = av.VideoFrame(frame.width, frame.height, "rgb24")
            plane = shaken.planes[0]
            pad = bytes(plane.line_size - frame.width * 3)
            plane.update(b"".join(line + pad for line in _shaken(lines, number)))
            shaken.pts, shaken.time_base = number, Fraction(1, RATE)
            out.mux(video.encode(shaken.reformat(format="yuv420p")))
        out.mux(video.encode(None))


def _shaken(lines: list[bytes], number: int) -> list[bytes]:
    """To and fro, further with time."""
    by = 3 * (number // RATE * 2) * (1 if number % 2 else -1)
    return [line[-by:] + line[:-by] if by else line for line in lines]


if __name__ == "__main__":
    _draw(*sys.argv[1:])
