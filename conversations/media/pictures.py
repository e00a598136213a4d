"""Pictures, drawn anew: upright, small, and with nothing of what else the file says."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import BinaryIO

import pillow_heif
from PIL import Image, ImageCms, ImageFile, ImageOps

from conversations.media.words import Found, Unshowable

FORMATS = ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF"]
PREVIEW, POSTER = 1600, 480
"""Pixels of the longer side."""
MOST_PIXELS = 100_000_000
SIDES = 65_000
_ALPHA = {"RGBA", "LA", "PA"}

# what phones take: tiles of film, which libheif puts together
pillow_heif.register_heif_opener(
    thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
)
Image.init()  # the readers' modules, while files can still be opened


def draw(source: BinaryIO) -> Found:
    """Write `preview` and `poster`. Raises Unshowable."""
    picture = _within(_upright(source), PREVIEW)
    _save(picture, Path("preview"))
    _save(_within(picture, POSTER), Path("poster"))
    return Found(width=picture.width, height=picture.height)


def _upright(source: BinaryIO) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # half a photo is better than none
    warnings.simplefilter("ignore")
    try:
        picture = Image.open(source, formats=FORMATS)
        _refuse_if_huge(picture)
        picture.draft("RGB", (PREVIEW, PREVIEW))
        picture.seek(0)
        picture.load()
        return _in_colours(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError as error:
        raise Unshowable("too_large") from error
    except MemoryError:
        raise
    except Unshowable:
        raise
    except Exception as error:  # a library for a hundred formats has as many ways to say no
        raise Unshowable("broken") from error


def _refuse_if_huge(picture: Image.Image) -> None:
    """By what it says of itself, before anything is unpacked."""
    if picture.width * picture.height > MOST_PIXELS or max(picture.size) > SIDES:
        raise Unshowable("too_large")


def _in_colours(picture: Image.Image) -> Image.Image:
    """In plain RGB, with what is see-through."""
    profile = picture.info.get("icc_profile")
    is_clear = picture.mode in _ALPHA or "transparency" in picture.info
    plain = picture.convert("RGBA" if is_clear else "RGB")
    if profile and not is_clear and picture.mode == "RGB":
        plain = _in_srgb(plain, profile)
    plain.info.clear()
    return plain


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """As the profile means its colours, which goes with everything else that the file says."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        meant = ImageCms.profileToProfile(
            picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return meant or picture


def _within(picture: Image.Image, side: int) -> Image.Image:
    if max(picture.size) <= side:
        return picture
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small


def _save(picture: Image.Image, path: Path) -> None:
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        picture.save(path, "PNG", optimize=True)
    else:
        picture.convert("RGB").save(path, "JPEG", quality=82, progressive=True)
