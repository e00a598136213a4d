"""Who may use the simulator: agents, in their own language and clock."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from conversations.models import Agent

P = ParamSpec("P")
THEMES = {"light", "dark"}
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_agents(view: View[P]) -> View[P]:
    """Behind the login, rendered as the agent reads, kept by no cache."""

    @wraps(view)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        agent = request.user
        if not isinstance(agent, Agent):
            raise TypeError("login_required lets agents through, and nobody else")
        with translation.override(agent.language), timezone.override(agent.zone):
            response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return login_required(shown)
