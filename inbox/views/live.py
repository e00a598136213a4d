"""What a page that stays open asks for again: the rows of its list, their order, the counts, and
who else is there."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from conversations.models import Case
from inbox import forms
from inbox.reads import listing, menus, news, peers, shell
from inbox.reads import rows as row_reads
from inbox.views.desk import DeskRequest, desk

MOST = 500
"""Rows of a list that are kept up with."""


@desk
@require_safe
def rows(request: DeskRequest, key: str) -> HttpResponse:
    """`{order, html, lost, counts}`: the list as it is now; see `listing.again`."""
    around = shell.read(request.user, answered_in=key)
    now = listing.again(
        around.queue(key),
        request.GET,
        agent=request.user,
        counts=around.counts,
        known=_numbers(request, "known"),
        moved=set(_numbers(request, "moved")),
    )
    context = {"shell": around, "queue_key": key, "listing": now.listing}
    return JsonResponse(
        {
            "order": now.order,
            "html": render_to_string("inbox/_rows.html", context, request),
            "lost": now.lost,
            "counts": render_to_string("inbox/_counts.html", context, request),
        }
    )


@desk
@require_safe
def here(request: DeskRequest) -> HttpResponse:
    """`{html, ends}`: who else is at the `open` case and writes in these `rows`, as far as they
    are the agent's to see; and in how many seconds to ask again, 0 for never. With `dots` also
    who is available, of those that the menus of the case show: for who may have missed it."""
    number = forms.number(request.GET.get("open")) or 0
    case = Case.objects.visible_to(request.user).filter(pk=number).select_related("team").first()
    at = peers.of_case(number, request.user) if case else None
    shown = row_reads.some(_numbers(request, "rows"), request.user)
    known = [at, *(row.writes for row in shown)]
    dots = menus.colleagues(case.team) if case and request.GET.get("dots") else []
    context = {"here": at, "rows": shown, "agents": dots}
    return JsonResponse(
        {
            "html": render_to_string("inbox/_presence.html", context, request),
            "ends": min((one.ends for one in known if one and one.peers), default=0),
        }
    )


@desk
@require_safe
def told(request: DeskRequest) -> HttpResponse:
    """`{last, told}`: what the agent is to be told of that came after a number; see `news`."""
    return JsonResponse(news.after(request.user, forms.number(request.GET.get("after"))))


def _numbers(request: DeskRequest, name: str) -> list[int]:
    found = (forms.number(part) for part in request.GET.get(name, "").split(",")[:MOST])
    return [number for number in found if number is not None]
