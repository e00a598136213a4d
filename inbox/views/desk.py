"""What every view of the inbox begins with."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.middleware import HtmxDetails

from conversations.models import (
    Agent,
    Case,
    Conversation,
    Delivery,
    Identity,
    Macro,
    Message,
    Participant,
    Rearrangement,
    SavedView,
)
from conversations.services.errors import Conflict, Forbidden, Refused
from conversations.services.queues import NoSuchQueue
from inbox.reads.paging import BadCursor

ABSENT = (
    Case.DoesNotExist,
    Conversation.DoesNotExist,
    Macro.DoesNotExist,
    Message.DoesNotExist,
    Identity.DoesNotExist,
    Participant.DoesNotExist,
    Delivery.DoesNotExist,
    Rearrangement.DoesNotExist,
    SavedView.DoesNotExist,
    NoSuchQueue,
    BadCursor,
)


class DeskRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: Agent
    htmx: HtmxDetails


def desk(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For agents only; what they may not see does not exist; caches keep what a view lets them."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, Agent):
            return _to_login(request)
        try:
            response = view(request, *args, **kwargs)
        except ABSENT as error:
            raise Http404 from error
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    return guarded


def _to_login(request: HttpRequest) -> HttpResponse:
    """The sign-in page; a script is told, and opens it over the page that stands there."""
    if by_script(request):
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/inbox/")


def by_script(request: HttpRequest) -> bool:
    """Whether a script of a page asks, and not the browser on its way to one."""
    return "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Dest") == "empty"


def status_of(no: Refused) -> int:
    if isinstance(no, Conflict):
        return 409
    return 403 if isinstance(no, Forbidden) else 422
