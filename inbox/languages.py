"""What languages are called, in the reader's own."""

from __future__ import annotations

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def named(tag: str) -> str:
    """English, of "en" or "en-gb"; of what we have no name for, the tag itself."""
    code = tag[:2]
    known = LANG_INFO.get(code, {})
    if "name" not in known:
        return tag
    if code == (get_language() or "")[:2]:
        return str(known["name_local"]).capitalize()
    return _(known["name"])


def choices(current: str = "") -> list[tuple[str, str]]:
    """All of two letters by name, with the `current` one as it is written."""
    tags = {tag for tag, known in LANG_INFO.items() if len(tag) == 2 and "name" in known}  # noqa: PLR2004 -- the letters
    tags = {tag for tag in tags if tag != current[:2]} | ({current} if current else set())
    return sorted(((tag, named(tag)) for tag in tags), key=lambda one: one[1].casefold())
