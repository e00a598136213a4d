"""The language and the clock of whoever is signed in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from conversations.models import Agent

ROOMS = ("/inbox/", "/admin/")
"""What agents see; customers choose for themselves."""


class Preferences:
    """Speaks the agent's language and shows their local time; strangers keep the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, Agent) or not request.path_info.startswith(ROOMS):
            return self.get_response(request)
        with timezone.override(request.user.zone), translation.override(request.user.language):
            response = self.get_response(request)
            response.headers["Content-Language"] = request.user.language
            return response
