"""What the upload page says. An admin's own texts go before the built-in ones."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from channels_video.models import VideoSettings

TIPS = 3


def built_in() -> dict[str, str]:
    """By the name that a setting has without its language; in the active one. `{who}` is who asks,
    `{limits}` the longest and largest film that is taken."""
    return {
        "heading": _("Show us what happens"),
        "words": _("{who} asked for a short clip. No app, no login."),
        "tip1_title": _("Sound on"),
        "tip1_words": _("What it sounds like tells us a lot"),
        "tip2_title": _("Come close"),
        "tip2_words": _("Good light, and the part that matters in view"),
        "tip3_title": _("Twenty seconds is plenty"),
        "tip3_words": _("Up to {limits}"),
    }


def of(settings: VideoSettings, language: str, *, who: str, limits: str) -> dict[str, object]:
    """`heading`, `words` and `tips` as pairs, in a language; `{who}` and `{limits}` filled in."""

    def text(name: str, usual: str) -> str:
        own = getattr(settings, f"{name}_{language[:2]}", "")
        return (own or usual).replace("{who}", who).replace("{limits}", limits)

    texts = {name: text(name, usual) for name, usual in built_in().items()}
    places = range(1, TIPS + 1)
    tips = [(texts[f"tip{place}_title"], texts[f"tip{place}_words"]) for place in places]
    return {"heading": texts["heading"], "words": texts["words"], "tips": tips}


def said(*, limits: str) -> dict[str, str]:
    """By the script; `{names}` are filled in there."""
    return {
        "of": pgettext("12 of 38 MB", "{done} of {size}"),
        "safe": _("{done} of {size} safe"),
        "left": _("about {n} s left"),
        "left_minutes": _("about {n} min left"),
        "soon": _("Working out how long it takes"),
        "retry": _("Retry in {n} s"),
        "now": _("Trying…"),
        "percent": _("{n} percent sent"),
        "lost": _("No connection"),
        "lost_why": _(
            "What is uploaded is kept. We try again by ourselves, for 24 hours on this link."
        ),
        "busy": _("Very busy right now"),
        "busy_why": _("What is uploaded is kept. We go on as soon as there is room."),
        "back": _("It goes on"),
        "reloaded": _(
            "The page was loaded anew, and a browser then forgets which film it was. Choose it "
            "again: if it is the very same file, it goes on where it was."
        ),
        "called_off": _("Called off. Nothing was sent."),
        "cannot": _("This file cannot be taken. Choose another one."),
        "too_large": _("This video is too large"),
        "too_large_why": _("It has {size}; up to {limits} can be sent.").replace(
            "{limits}", limits
        ),
        "too_long": _("This video is too long"),
        "too_long_why": _("It takes {size}; up to {limits} can be sent.").replace(
            "{limits}", limits
        ),
        "empty": _("There is nothing in this file"),
        "empty_why": _(
            "Perhaps the recording was broken off. Record it again, or choose another one."
        ),
        "film": _("Video received"),
        "photo": _("Photo received"),
        "photos": _("{n} photos received"),
        "copied": _("Copied"),
    }
