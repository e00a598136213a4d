"""The overview: what is left to set up, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from conversations.admin.channel_log import ARRIVED, LOST
from conversations.models import (
    Agent,
    AilingDelivery,
    Channel,
    ChannelTest,
    ClockTimestamp,
    Delivery,
    Heartbeat,
    Identity,
    QuarantinedReceipt,
    Receipt,
    ReceiptState,
    Team,
    Workspace,
)
from conversations.services import doors

_DOORS = {
    "network": _("it has the network"),
    "files": _("it can read the hub's files"),
    "truncating": _("it can empty the hub's files"),
    "signals": _("it can end the hub's processes"),
}
CLOCK_STOPPED_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    title: Promise
    hint: Promise
    url: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    text: str
    url: str = ""


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's hook for the index page."""
    steps = checklist()
    left = sum(not step.is_done for step in steps)
    return {
        **context,
        "title": Workspace.objects.current().name or "OmniHub",
        "checklist": steps if left else [],
        "left": left,
        "warnings": list(warnings()),
        "numbers": numbers(),
    }


def waiting() -> dict[str, int]:
    """How many things wait, by the model of the list that shows them."""
    return {
        "channel": Channel.objects.active().exclude(trouble_at=None).count(),
        "quarantinedreceipt": QuarantinedReceipt.objects.count(),
        "ailingdelivery": AilingDelivery.objects.count(),
    }


def checklist() -> list[Todo]:
    """Six steps from an empty house to the first message."""
    first = Channel.objects.order_by("id").first()
    tested = any(test.passed for test in ChannelTest.objects.exclude(finished_at=None)[:50])
    return [
        Todo(
            title=_("Name the workspace"),
            hint=_("Your people see it in the inbox and in invitations."),
            url=_list("workspace"),
            is_done=bool(Workspace.objects.current().name),
        ),
        Todo(
            title=_("Connect a mailbox"),
            hint=_("The address customers write to."),
            url=reverse("admin:conversations_channel_add"),
            is_done=first is not None,
        ),
        Todo(
            title=_("Test it"),
            hint=_("Every step is shown, with what to do when it fails."),
            url=reverse("admin:conversations_channel_test", args=[first.pk])
            if first
            else _list("channel"),
            is_done=tested,
        ),
        Todo(
            title=_("Invite an agent"),
            hint=_("They get a link to choose a password."),
            url=reverse("admin:conversations_agent_add"),
            is_done=Agent.objects.filter(is_active=True).count() > 1,
        ),
        Todo(
            title=_("Set up a team"),
            hint=_("Cases belong to teams; agents see what their teams see."),
            url=_list("team"),
            is_done=Team.objects.filter(Q(is_default=False) | Q(members__isnull=False)).exists(),
        ),
        Todo(
            title=_("Receive the first message"),
            hint=_("Write to the address you connected."),
            url=_list("receipt"),
            is_done=Receipt.objects.filter(state=ReceiptState.PROCESSED).exists(),
        ),
    ]


def warnings() -> Iterator[Concern]:
    counts = waiting()
    if n := counts["quarantinedreceipt"]:
        text = ngettext(
            "%s message could not be understood", "%s messages could not be understood", n
        )
        yield Concern(text=text % n, url=_list("quarantinedreceipt"))
    if n := counts["ailingdelivery"]:
        text = ngettext("%s delivery did not arrive", "%s deliveries did not arrive", n)
        yield Concern(text=text % n, url=_list("ailingdelivery"))
    if n := Identity.objects.exclude(suggested_at=None).count():
        text = ngettext("%s address may be many people's", "%s addresses may be many people's", n)
        yield Concern(text=text % n, url=f"{_list('identity')}?suggested_at__isempty=0")
    for channel in Channel.objects.active().exclude(trouble_at=None).order_by("trouble_at")[:10]:
        text = _("%s is in trouble") % channel
        yield Concern(
            text=text, url=reverse("admin:conversations_channel_change", args=[channel.pk])
        )
    if left_open := doors.left_open():
        text = gettext("What looks at strangers' files is not shut in, if it were taken over: %s")
        yield Concern(text=text % ", ".join(str(_DOORS[door]) for door in left_open))
    if _clock_age() is None:
        yield Concern(text=str(_("The clock process has never run: nothing is fetched or retried")))
    elif (_clock_age() or timedelta()) > CLOCK_STOPPED_AFTER:
        yield Concern(text=str(_("The clock process has stopped: nothing is fetched or retried")))


def _clock_age() -> timedelta | None:
    """How long ago the clock was last alive, by database time; None when it never was."""
    beat = Heartbeat.objects.filter(name="clock").annotate(now=ClockTimestamp()).first()
    return None if beat is None else beat.now - beat.at


def numbers() -> list[tuple[Promise, int]]:
    """The last 24 hours."""
    since = timezone.now() - timedelta(hours=24)
    out = Delivery.objects.filter(created_at__gte=since)
    return [
        (_("Came in"), Receipt.objects.filter(received_at__gte=since).count()),
        (_("Went out"), out.filter(state__in=ARRIVED).count()),
        (_("Did not arrive"), out.filter(state__in=LOST).count()),
    ]


def _list(model: str) -> str:
    return reverse(f"admin:conversations_{model}_changelist")
