"""Send the customer a link to their own thread, by a channel that the agent chooses."""

from __future__ import annotations

import time
import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations.services import continuing
from conversations.services.errors import Refused
from inbox import forms
from inbox.toasts import Toast
from inbox.views.answers import done, refused
from inbox.views.desk import DeskRequest, desk
from inbox.views.writing import held

TWINS = 60
"""Seconds in which a second click is the first one's twin."""


@desk
@require_POST
def go_on(request: DeskRequest, case_id: int) -> HttpResponse:
    channel = forms.number(request.POST.get("go_on")) or 0
    # the composer's own number stays free for the answer that is still being written
    into = forms.number(request.POST.get("opens"))
    minute = f"{channel} {into} {int(time.time() // TWINS)}"
    try:
        message = continuing.ask(
            case_id=case_id,
            agent=request.user,
            channel_id=channel,
            into_id=into,
            client_id=uuid.uuid5(forms.client_id(request.POST), minute),
        )
    except Refused as no:
        return refused(request, case_id, no)
    toast = held(message) or Toast(text=_("The link is on its way"))
    return done(request, case_id, toast)
