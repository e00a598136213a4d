"""Attachments, and mail as HTML in a frame of its own. Everything here was made by strangers."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_safe

from conversations.adapters import fetch
from conversations.models import Attachment, Message
from conversations.services import serving
from conversations.services.errors import Refused
from inbox import texts
from inbox.reads import frames
from inbox.views.desk import DeskRequest, desk

SHOWN_INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Types a browser draws and cannot run; by the bytes, never by what the sender claimed."""
LARGEST = 5 * 1024 * 1024
"""Bytes of a picture that is fetched from elsewhere."""


@desk
@require_safe
def attachment(request: DeskRequest, attachment_id: int) -> HttpResponseBase:
    """A file: drawn or played as we made it anew (`?as=poster` for the small one), else only ever
    downloaded, as it came (`?download`)."""
    visible = Message.objects.visible_to(request.user).values("pk")
    file = (
        Attachment.objects.filter(message__in=visible)
        .select_related("blob")
        .filter(pk=attachment_id)
        .first()
    )
    if file is None:
        raise Message.DoesNotExist
    is_small = request.GET.get("as") == "poster"
    variant = "original" if "download" in request.GET else "poster" if is_small else "shown"
    try:
        return serving.respond(request, file, variant)
    except Refused as no:
        words = texts.refusal(no.code, no.params)
        return HttpResponse(words, status=403, content_type="text/plain; charset=utf-8")


@desk
@require_safe
@xframe_options_sameorigin
def body(request: DeskRequest, case_id: int, message_id: int) -> HttpResponse:
    """The document inside a mail's frame: no scripts, no forms, pictures only through us."""
    visible = Message.objects.visible_to(request.user).filter(case=case_id)
    message = visible.prefetch_related("attachments").exclude(html="").get(pk=message_id)
    is_asked = request.GET.get("images") == "1"
    html = frames.document(message, is_remote_shown=is_asked)
    response = render(request, "inbox/mail_frame.html", {"html": html})
    pictures = request.build_absolute_uri("/inbox/attachments/")
    if is_asked:
        pictures += " " + request.build_absolute_uri(f"/inbox/c/{case_id}/m/{message_id}/images/")
    response["Content-Security-Policy"] = (
        f"default-src 'none'; img-src {pictures} data:; style-src 'unsafe-inline'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    )
    return response


@desk
@require_GET
def image(request: DeskRequest, case_id: int, message_id: int, number: int) -> HttpResponse:
    """A picture that a mail has elsewhere, fetched by us so that its sender sees nobody."""
    visible = Message.objects.visible_to(request.user).filter(case=case_id)
    address = frames.remote_address(visible.get(pk=message_id), number)
    if address is None:
        raise Message.DoesNotExist
    try:
        found = fetch.fetch(address, most=LARGEST, types=SHOWN_INLINE)
    except fetch.FetchFailure:
        return HttpResponse(status=404)
    response = HttpResponse(found.content, content_type=found.type)
    response["Cache-Control"] = "private, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
