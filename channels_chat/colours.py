"""A shop's colour, made so that words can be read on it (WCAG 2.2, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

from collections.abc import Callable
from colorsys import hls_to_rgb, rgb_to_hls

USUAL = "#b4501c"
WHITE, INK = "#ffffff", "#1b1a18"
ENOUGH = 4.5
_STEPS = 100

Rgb = tuple[float, float, float]


def pair(brand: str) -> tuple[str, str]:
    """A ground and its ink, the ground as near to the brand's colour as can be read on."""
    wanted = _rgb(brand)
    for step in range(_STEPS + 1):
        for towards, ink in (((0.0, 0.0, 0.0), WHITE), ((1.0, 1.0, 1.0), INK)):
            ground = _hex(_between(wanted, towards, step / _STEPS))
            if contrast(ground, ink) >= ENOUGH:
                return ground, ink
    raise ValueError(brand)


PAPER_DARK = "#171614"
"""The chat's ground in the dark."""


def shades(brand: str) -> dict[str, str]:
    """The brand's pair in the light, its pair in the dark, and a visitor's own bubbles there."""
    ground, ink = pair(brand)
    lit = _lit(brand, 1.0, lambda found: contrast(found, PAPER_DARK) >= LIT)
    deep = _lit(brand, 0.0, lambda found: contrast(found, PALE) >= DEEP)
    return {"brand-l": ground, "on-l": ink, "brand-d": lit, "on-d": PAPER_DARK, "me-d": deep}


PALE = "#fdf3ea"
LIT, DEEP = 7.0, 9.0
"""To 1: controls against the dark ground, and pale words on a visitor's bubbles."""


def _lit(brand: str, end: float, is_enough: Callable[[str], bool]) -> str:
    """The colour, as little lighter or darker as is enough: what it is of stays (HSL)."""
    hue, light, strength = rgb_to_hls(*_rgb(brand))
    for step in range(_STEPS + 1):
        found = _hex(hls_to_rgb(hue, light + (end - light) * step / _STEPS, strength))
        if is_enough(found):
            return found
    raise ValueError(brand)


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    low, high = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)  # noqa: PLR2004 -- sRGB's own
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _between(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
