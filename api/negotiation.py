"""Which notation an answer is in: JSON, and problems in theirs."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.problems import MEDIA_TYPE


class JsonForAll(DefaultContentNegotiation):
    """Whoever takes problems alone takes the JSON that they are. Anything else: 406."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        asked = request.headers.get("Accept", "*/*").split(",")
        if any(one.partition(";")[0].strip().lower() == MEDIA_TYPE for one in asked):
            first = next(iter(renderers))
            return first, str(first.media_type)
        found: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return found
