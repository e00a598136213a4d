"""Every pair of ink and ground that the design uses passes WCAG AA, in light and in dark."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "inbox/static/inbox/css/tokens.css").read_text()
COLOURS = dict(re.findall(r"--([a-z0-9-]+): (light-dark\(#\w{6}, #\w{6}\));", TOKENS))
TEXT, GRAPHIC = 4.5, 3.0
INKS = ("ink-1", "ink-2", "ink-3")
GROUNDS = ("surface", "surface-2", "canvas", "hover", "selected")
MOODS = ("ok", "warn", "bad", "accent")
CHANNELS = ("ch-email", "ch-chat", "ch-sms", "ch-video", "ch-article")
PAIRS = [
    *product(INKS, GROUNDS, [TEXT]),
    *product(("ink-1", "ink-3"), ("bubble-in", "bubble-out", "raised"), [TEXT]),
    *product(MOODS, ("surface", "surface-2", "selected"), [TEXT]),
    *((ink, f"{ink}-soft", TEXT) for ink in MOODS),
    *product(CHANNELS, ["surface"], [TEXT]),
    *product(CHANNELS, ["selected"], [GRAPHIC]),
    ("on-primary", "primary", TEXT),
    ("ink-1", "note", TEXT),
    ("note-ink", "note", TEXT),
    ("note-ink", "surface", TEXT),
    ("line-control", "surface", GRAPHIC),
    ("accent", "canvas", GRAPHIC),
    ("bad", "canvas", TEXT),
    ("warn", "canvas", GRAPHIC),
]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_can_be_read(ink: str, ground: str, least: float) -> None:
    inks, grounds = (re.findall(r"#\w{6}", COLOURS[name]) for name in (ink, ground))
    for one, other in zip(inks, grounds, strict=True):
        assert contrast(one, other) >= least, (ink, ground, one, other)
