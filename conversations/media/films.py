"""Films: what they are, a picture of them, and one that every browser plays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from conversations.media.sniffing import FORMATS
from conversations.media.words import Found, Unshowable

SIDE = 1280
"""Pixels of the longer side of what is made anew."""
LARGEST_SIDE = 8192
FASTEST = 30
"""Frames a second of what is made anew."""
BUFFER = 1 << 20
THREADS = 2
MOST_BAD = 200
"""Pieces in a row that nothing can be made of."""
CAREFUL = {
    # nothing but the file in hand, whatever it refers to
    "protocol_whitelist": "",
    "enable_drefs": "0",
    "max_streams": "32",
    "probesize": "8000000",
    "analyzeduration": "10000000",
}
_PLAYED = {"yuv420p", "yuvj420p"}
_TURNS = {90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
_IN_MP4 = {"h264": {"aac", "mp3"}, "av1": {"aac", "opus"}, "vp9": {"aac", "opus"}}
_IN_WEBM = {"vp8": {"opus", "vorbis"}, "vp9": {"opus", "vorbis"}, "av1": {"opus", "vorbis"}}
_COPIED = {"mp4", "mov", "matroska"}
"""Readers that know when each piece is to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """An open film. `turn` are degrees clockwise that make it stand upright."""

    container: InputContainer
    video: VideoStream
    audio: AudioStream | None
    first: VideoFrame
    reader: str

    @property
    def turn(self) -> int:
        return round(-self.first.rotation / 90) * 90 % 360

    @property
    def size(self) -> tuple[int, int]:
        """As seen: upright, its points square."""
        aspect = self.video.sample_aspect_ratio or Fraction(1)
        wide = round(self.first.width * (aspect if 0.1 < aspect < 10 else 1))  # noqa: PLR2004 -- else nonsense
        size = (max(wide, 1), max(self.first.height, 1))
        return size if self.turn % 180 == 0 else size[::-1]

    @property
    def seconds(self) -> float:
        if self.container.duration:
            return max(self.container.duration / 1_000_000, 0.0)
        if self.video.duration and self.video.time_base:
            return max(float(self.video.duration * self.video.time_base), 0.0)
        return 0.0

    @property
    def found(self) -> Found:
        width, height = self.size
        codecs = [self.video.codec_context.name, *([_name(self.audio)] if self.audio else [])]
        return Found(
            width=width, height=height, seconds=round(self.seconds, 3), rotation=self.turn,
            codecs="/".join(codecs)[:60], is_film=True,
        )  # fmt: skip


def probe(source: BinaryIO, kind: str) -> Found:
    """What a film is; writes `poster`. Raises Unshowable."""
    with _read(source, kind) as container:
        film = _open(container, kind)
        found = film.found
        frame = _one_early(film)
        width, height = _fitting(film.size)
        drawn = next(iter(Drawer(film, width, height, "rgb24").draw(frame)), None)
        if drawn is None:
            raise Unshowable("broken")
        picture = drawn.to_image()  # type: ignore[no-untyped-call]  # as its stubs have it
        picture.save(Path("poster"), "JPEG", quality=80, progressive=True)
        return found


def prepare(source: BinaryIO, kind: str) -> Found:
    """Write `preview`: the film for browsers, with nothing of what else the file says."""
    with _read(source, kind) as container:
        film = _open(container, kind)
        target = _as_it_is(film)
        try:
            if target:
                _copy(film, target)
                return film.found
        except av.FFmpegError:
            pass  # then it is made anew
        _again(source, container)
    with _read(source, kind) as container:
        film = _open(container, kind)
        _make(film)
        return film.found


def _again(source: BinaryIO, container: InputContainer) -> None:
    container.close()
    source.seek(0)


def _read(source: BinaryIO, kind: str) -> InputContainer:
    reader = FORMATS.get(kind)
    if reader is None:
        raise Unshowable("unsupported")
    source.seek(0)
    try:
        return av.open(source, "r", format=reader, buffer_size=BUFFER, options=dict(CAREFUL))
    except (av.FFmpegError, ValueError) as error:
        raise Unshowable("broken") from error


def _open(container: InputContainer, kind: str) -> Film:
    video = next(iter(s for s in container.streams.video if not _is_cover(s)), None)
    if video is None:
        raise Unshowable("no_picture")
    context = video.codec_context
    if context is None:
        raise Unshowable("unsupported")
    if max(context.width, context.height) > LARGEST_SIDE:
        raise Unshowable("too_large")
    context.thread_count, video.thread_type = THREADS, "AUTO"
    audio = next(iter(container.streams.audio), None)
    first = next(_frames(container, video), None)
    if first is None:
        raise Unshowable("broken")
    if max(first.width, first.height) > LARGEST_SIDE:
        raise Unshowable("too_large")
    return Film(container=container, video=video, audio=audio, first=first, reader=FORMATS[kind])


def _is_cover(stream: VideoStream) -> bool:
    return "attached_pic" in str(stream.disposition)


def _frames(container: InputContainer, video: VideoStream) -> Iterator[VideoFrame]:
    """What can be decoded, past what cannot."""
    bad = 0
    try:
        for packet in container.demux(video):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                bad += 1
                if bad > MOST_BAD:
                    return
                continue
            bad = 0
            yield from frames
    except av.FFmpegError:
        return


def _one_early(film: Film) -> VideoFrame:
    """A frame after the start, where many are still dark; the first where there is no other."""
    at = min(1.0, film.seconds / 10)
    if at <= 0:
        return film.first
    try:
        film.container.seek(int(at * 1_000_000), backward=True)
    except av.FFmpegError:
        return film.first
    for number, frame in enumerate(_frames(film.container, film.video)):
        if (frame.time or 0) >= at or number > 2 * FASTEST:
            return frame
    return film.first


def _fitting(size: tuple[int, int]) -> tuple[int, int]:
    """Even numbers of pixels, no more than SIDE."""
    scale = min(1.0, SIDE / max(size))
    width, height = (max(2, round(side * scale / 2) * 2) for side in size)
    return width, height


class Drawer:
    """Frames, upright and of one size, whatever they come as."""

    def __init__(self, film: Film, width: int, height: int, pixels: str) -> None:
        self._film = film
        self._after = [*_TURNS.get(film.turn, []), f"scale={width}:{height}", "setsar=1"]
        self._after += [f"format={pixels}"]
        self._graph: Graph | None = None
        self._of: tuple[int, int, str] | None = None

    def no_faster_than(self, rate: int) -> None:
        self._after.insert(0, f"fps={rate}")

    def draw(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        """What comes out for one that goes in; None at the end."""
        if frame is not None:
            of = (frame.width, frame.height, frame.format.name)
            if of != self._of:
                self._graph, self._of = self._new(frame), of
        if self._graph is None:
            return
        self._graph.vpush(frame)
        while True:
            try:
                yield self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return

    def _new(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        nodes = [
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base or self._film.video.time_base,
            )
        ]
        for step in self._after:
            name, _equals, words = step.partition("=")
            nodes.append(graph.add(name, words or None))
        nodes.append(graph.add("buffersink"))
        graph.link_nodes(*nodes)
        graph.configure()
        return graph


def _as_it_is(film: Film) -> str:
    """The container in which browsers play it as it is; empty where they do not."""
    video, audio = film.video.codec_context, _name(film.audio)
    if film.reader not in _COPIED or video.pix_fmt not in _PLAYED or film.video.time_base is None:
        return ""
    if film.reader == "matroska" and video.name in _IN_WEBM:
        return "webm" if not audio or audio in _IN_WEBM[video.name] else ""
    name = {"libdav1d": "av1", "libvpx-vp9": "vp9"}.get(video.name, video.name)
    return "mp4" if name in _IN_MP4 and (not audio or audio in _IN_MP4[name]) else ""


def _name(audio: AudioStream | None) -> str:
    return audio.codec_context.name.replace("mp3float", "mp3") if audio is not None else ""


def _target(kind: str) -> OutputContainer:
    options = {"movflags": "+faststart", "fflags": "+bitexact"} if kind == "mp4" else {}
    return av.open("preview", "w", format=kind, options=options)


def _copy(film: Film, kind: str) -> None:
    """The same pictures and sounds in a fresh file: what else the old one says stays behind."""
    film.container.seek(0)
    chosen = [film.video, *([film.audio] if film.audio else [])]
    with _target(kind) as out:
        streams = {}
        for stream in chosen:
            copied = streams[stream.index] = out.add_stream_from_template(stream, opaque=True)
            copied.metadata.clear()
        for packet in film.container.demux(chosen):
            if packet.dts is None:
                continue
            packet.stream = streams[packet.stream.index]
            out.mux(packet)


def _make(film: Film) -> None:
    """H.264 and AAC, upright."""
    film.container.seek(0)
    with _target("mp4") as out:
        pictures = _Pictures(film, out)
        sound = _Sound(film.audio, out) if film.audio else None
        for frame in _both(film):
            if isinstance(frame, VideoFrame):
                pictures.take(frame)
            elif sound is not None:
                sound.take(frame)
        pictures.end()
        if sound is not None:
            sound.take(None)
    if not pictures.many:
        raise Unshowable("broken")


class _Pictures:
    """Frames on their way out."""

    def __init__(self, film: Film, out: OutputContainer) -> None:
        width, height = _fitting(film.size)
        self._drawer = Drawer(film, width, height, "yuv420p")
        if (film.video.average_rate or 0) > FASTEST + 1:
            self._drawer.no_faster_than(FASTEST)
        self._out = out
        self._stream = out.add_stream("libx264", options={"preset": "veryfast", "crf": "24"})
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, 90_000)
        self._stream.codec_context.thread_count = THREADS
        self.many = 0

    def take(self, frame: VideoFrame | None) -> None:
        for drawn in self._drawer.draw(frame):
            drawn.pict_type = 0  # for the encoder to choose anew
            self._out.mux(self._stream.encode(drawn))
            self.many += 1

    def end(self) -> None:
        self.take(None)
        self._out.mux(self._stream.encode(None))


def _both(film: Film) -> Iterator[VideoFrame | AudioFrame]:
    """Pictures and sounds in the order of the file, past what cannot be decoded."""
    chosen = [film.video, *([film.audio] if film.audio else [])]
    bad = 0
    for packet in film.container.demux(chosen):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            bad += 1
            if bad > MOST_BAD:
                raise Unshowable("broken") from error
            continue
        bad = 0
        for frame in frames:
            if isinstance(frame, VideoFrame | AudioFrame):
                yield frame


class _Sound:
    """Sounds on their way out; a sound that cannot be had leaves a silent film."""

    def __init__(self, source: AudioStream, out: OutputContainer) -> None:
        self._out = out
        self._stream = out.add_stream("aac", rate=48_000)
        self._stream.layout = "mono" if source.channels == 1 else "stereo"
        self._stream.bit_rate = 128_000
        self._is_lost = False

    def take(self, frame: AudioFrame | None) -> None:
        if self._is_lost:
            return
        try:
            self._out.mux(self._stream.encode(frame))
        except (av.FFmpegError, ValueError):
            self._is_lost = True
