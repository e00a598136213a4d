"""What a page that stays open asks for again: the rows of its list, their order, the counts."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from inbox import forms
from inbox.reads import listing, shell
from inbox.views.desk import DeskRequest, desk

MOST = 500
"""Rows of a list that are kept up with."""


@desk
@require_safe
def rows(request: DeskRequest, key: str) -> HttpResponse:
    """`{order, html, lost, counts, count}`: the list as it is now; see `listing.again`."""
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
            "count": now.listing.counts.get(key, ""),
        }
    )


def _numbers(request: DeskRequest, name: str) -> list[int]:
    found = (forms.number(part) for part in request.GET.get(name, "").split(",")[:MOST])
    return [number for number in found if number is not None]
