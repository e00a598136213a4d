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
        agent = request.user
        if not isinstance(agent, Agent) or not request.path_info.startswith(ROOMS):
            return self.get_response(request)
        language = agent.language  # signing out leaves nobody to ask
        with timezone.override(agent.zone), translation.override(language):
            response = self.get_response(request)
            response.headers["Content-Language"] = language
            return response
