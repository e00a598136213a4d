"""What was just done, with a way to undo it: shown once, on the next page or fragment."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from django.http import HttpRequest

_KEY = "toast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """`undo` is where the Undo button posts `fields`; `until` is when it stops being possible."""

    text: str
    undo: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    until: str = ""


def keep(request: HttpRequest, toast: Toast) -> None:
    """For the page that the browser is sent to."""
    request.session[_KEY] = asdict(toast)


def pop(request: HttpRequest) -> Toast | None:
    kept = request.session.pop(_KEY, None) if _KEY in request.session else None
    return Toast(**kept) if kept else None
