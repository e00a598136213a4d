"""The pages that test a channel's connection and show each step as it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin import reasons
from conversations.admin.base import HubAdmin, actor
from conversations.admin.marks import action
from conversations.models import Channel, ChannelTest
from conversations.services import connection

log = structlog.get_logger(__name__)

STEPS: dict[str, Promise] = {
    "settings": _("Settings are complete"),
    "dns": _("The server's name leads somewhere"),
    "tls": _("The connection is safe"),
    "login": _("The login is accepted"),
    "folder": _("The folder can be read"),
    "smtp": _("The sending server takes our login"),
    "send": _("A mail to ourselves goes out"),
    "arrive": _("It arrives"),
    "round_trip": _("A mail to ourselves goes out and arrives"),
    "plus": _("Plus-addressing works"),
    "not_installed": _("This kind of channel is not installed"),
    "crashed": _("The test itself failed"),
}


class TestPages(HubAdmin):
    """`test`: asks, runs off the request, and shows what is known so far."""

    def channel(self, object_id: str) -> Channel:
        return get_object_or_404(Channel, pk=object_id)

    @action(description=_("Test connection"), icon="network_check", url_path="test")
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        channel = self.channel(object_id)
        if request.method == "POST":
            return self._begin(request, channel)
        values = shown(connection.latest(channel))
        template = "_test.html" if "part" in request.GET else "test.html"
        title = gettext("Test the connection of %s") % channel
        return self.page(request, template, title=title, obj=channel, **values)

    def _begin(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        test, is_new = connection.begin(channel=channel, agent=actor(request))
        if is_new:
            self.log_change(request, channel, "Connection tested.")
            off_request(connection.run, test.pk)
        return HttpResponseRedirect(self.address("test", channel))


def shown(test: ChannelTest | None) -> dict[str, Any]:
    """What a page says about a test: its steps in words, whether it runs or broke off."""
    running = test is not None and test.is_running(timezone.now())
    return {
        "test": test,
        "steps": [_worded(step, test.channel.kind) for step in test.steps] if test else [],
        "is_running": running,
        "is_broken_off": test is not None and test.finished_at is None and not running,
    }


def _worded(step: dict[str, Any], kind: str) -> dict[str, Any]:
    """A step in the reader's language: its name, what is wrong, what to do about it."""
    code, fix, known = str(step["code"]), str(step["fix"]), reasons.texts(kind)
    label = known.get(code) or STEPS.get(code) or code.replace("_", " ").capitalize()
    if fix in known:
        why = _plain(known, fix)
        return {**step, "label": label, "why": why, "fix": reasons.remedy(fix, kind)}
    return {**step, "label": label, "why": ""}


def _plain(known: Mapping[str, object], code: str) -> str:
    """A sentence that names an address or a number has a short form without: a step has neither."""
    said = str(known[code])
    return capfirst(str(known.get(f"{code}.short", said))) if "%(" in said else said


def off_request(work: Callable[[int], None], row: int) -> None:
    """Do slow work beside the request. A process that dies meanwhile leaves the row unfinished."""
    threading.Thread(target=_guarded, args=(work, row), daemon=True).start()


def _guarded(work: Callable[[int], None], row: int) -> None:
    try:
        work(row)
    except Exception:
        log.exception("work_beside_the_request_failed", row=row)
    finally:
        connections.close_all()
