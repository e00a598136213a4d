"""Films, made by PyAV where tests need some: in a process of its own, as they are read."""

import io
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pillow_heif
from PIL import Image

PLACE = "+40.1000-074.2000/"
_UPRIGHT = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
_TURNED = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000]


@dataclass(frozen=True, kw_only=True)
class Film:
    name: str = "clip.mp4"
    codec: str = "libx264"
    pixels: str = "yuv420p"
    audio: str = "aac"
    size: tuple[int, int] = (320, 180)
    seconds: float = 1.0
    is_turned: bool = False
    """Held upright by a phone that lay: the file says to turn it."""
    says: tuple[tuple[str, str], ...] = field(default=(("location", PLACE), ("title", "At home")))


@lru_cache
def film(wanted: Film) -> bytes:
    """Its bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / wanted.name
        told = json.dumps(asdict(wanted))
        subprocess.run(
            [sys.executable, "-I", __file__, str(path), told], check=True, capture_output=True
        )
        made = path.read_bytes()
    return _turned(made) if wanted.is_turned else made


def photo(size: tuple[int, int] = (400, 300)) -> bytes:
    """A picture that lies on its side, and says where it was taken."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (40.0, 6.0, 0.0)
    Image.new("RGB", size, (200, 60, 60)).save(made, "JPEG", exif=exif, comment=b"At home")
    return made.getvalue()


def phone_photo(size: tuple[int, int] = (1200, 800)) -> bytes:
    """A picture as phones keep it: tiles of HEVC, with a place."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (40.0, 6.0, 0.0)
    pillow_heif.register_heif_opener()
    Image.new("RGB", size, (200, 60, 60)).save(made, "HEIF", exif=exif, tile_size=512)
    return made.getvalue()


def _turned(made: bytes) -> bytes:
    """With another matrix in the header of its first track."""
    at = made.index(b"tkhd") + 44
    matrix = made[at : at + 36]
    assert matrix == b"".join(number.to_bytes(4, "big", signed=True) for number in _UPRIGHT)
    turned = b"".join(number.to_bytes(4, "big", signed=True) for number in _TURNED)
    return made[:at] + turned + made[at + 36 :]


def _make(path: str, wanted: Film) -> None:
    import av
    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

    rate = 25
    with av.open(path, "w") as out:
        out.metadata.update(dict(wanted.says))
        video = out.add_stream(wanted.codec, rate=rate)
        assert isinstance(video, VideoStream)
        video.width, video.height = wanted.size
        video.pix_fmt = wanted.pixels
        sound = out.add_stream(wanted.audio, rate=48_000) if wanted.audio else None
        assert sound is None or isinstance(sound, AudioStream)
        for number in range(int(wanted.seconds * rate)):
            drawn = av.VideoFrame(*wanted.size, "rgb24")
            plane = drawn.planes[0]
            plane.update(bytes([number * 9 % 256, 80, 160, 40]) * (plane.buffer_size // 4))
            drawn.pts, drawn.time_base = number, Fraction(1, rate)
            out.mux(video.encode(drawn.reformat(format=wanted.pixels)))
        out.mux(video.encode(None))
        for number in range(int(wanted.seconds * 47)):
            if sound is None:
                break
            heard = av.AudioFrame(format="s16", layout="stereo", samples=1024)
            heard.planes[0].update(bytes(heard.planes[0].buffer_size))
            heard.sample_rate = 48_000
            heard.pts, heard.time_base = number * 1024, Fraction(1, 48_000)
            out.mux(sound.encode(heard))
        out.mux(sound.encode(None) if sound else [])


if __name__ == "__main__":
    told = json.loads(sys.argv[2])
    told["size"], told["says"] = tuple(told["size"]), tuple(map(tuple, told["says"]))
    _make(sys.argv[1], Film(**told))
