"""Answers, notes, drafts and undo."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations.models import DeliveryState, DraftKind, Kind, Message
from conversations.services import assignment, drafts, notes, reply
from conversations.services.errors import Conflict, Refused
from inbox import forms, texts, toasts
from inbox.reads import clocks, drafting, thread
from inbox.reads.deliveries import progress_of
from inbox.reads.faces import face_of
from inbox.toasts import Toast
from inbox.views.answers import done, on_to, queue_of, refused, seen
from inbox.views.desk import DeskRequest, desk, status_of
from inbox.views.pages import case_page

TYPED = ("kind", "text", "note", "to", "cc", "bcc", "subject", "sender")
FIELDS = {DraftKind.MESSAGE: "text", DraftKind.NOTE: "note", DraftKind.ASIDE: "words"}
"""The field that holds a draft's words."""


@desk
@require_POST
def messages(request: DeskRequest, case_id: int) -> HttpResponse:
    """Send an answer or leave a note. The same client id twice is once."""
    is_note = request.POST.get("kind") == Kind.NOTE
    try:
        message = _note(request, case_id) if is_note else _reply(request, case_id)
    except Refused as no:
        return _refused(request, case_id, no)
    leaves = not is_note and "resolve" in request.POST
    sent: dict[str, Any] = {"client_id": str(uuid.uuid4()), "kind": request.POST.get("kind", "")}
    if not is_note:
        # up to here a colleague's answers were read, or answered over with open eyes
        steps = message.change_set.order_by("revision")
        sent["revision"] = steps.values_list("revision", flat=True).first()
    events: dict[str, Any] = {"composer:sent": sent}
    return done(request, case_id, held(message), leaves=leaves, **events)


@desk
@require_POST
def begin(request: DeskRequest, case_id: int) -> HttpResponse:
    """The first words of an answer: a case of nobody's is theirs from here on."""
    try:
        case = assignment.begin(case_id=case_id, agent=request.user)
    except Conflict as no:
        return done(request, case_id, Toast(text=texts.refusal(no.code, no.params)))
    except Refused as no:
        return refused(request, case_id, no)
    if case is None:
        return HttpResponse(status=204)
    # back to nobody, unless somebody else has changed it by then
    seen_to = str(case.conversation.revision)
    fields = {"assignee": "", "was": str(request.user.pk), "seen": seen_to}
    undo = reverse("inbox:assign", args=[case_id])
    return done(request, case_id, Toast(text=_("It is yours now"), undo=undo, fields=fields))


def _note(request: DeskRequest, case_id: int) -> Message:
    return notes.add(
        case_id=case_id,
        agent=request.user,
        text=request.POST.get("note", ""),
        client_id=forms.client_id(request.POST),
        files=forms.files(request),
    )


def _reply(request: DeskRequest, case_id: int) -> Message:
    return reply.send(
        case_id=case_id,
        agent=request.user,
        text=request.POST.get("text", ""),
        channel_id=_channel(request),
        client_id=forms.client_id(request.POST),
        files=forms.files(request),
        resolve="resolve" in request.POST,
        send_at=_later(request),
        macro_id=forms.number(request.POST.get("macro")),
        read_to=None if "anyway" in request.POST else seen(request),
        fails_over=forms.fails_over(request.POST),
        **_letter(request),
    )


def _channel(request: DeskRequest) -> int | None:
    """The chosen channel, or the one whose own time to send at was chosen."""
    later = request.POST.get("later_on", "").partition(" ")[0]
    return forms.number(later or request.POST.get("channel"))


def _letter(request: DeskRequest) -> dict[str, Any]:
    """The envelope, unless it was filled for another channel than the chosen one, or for none that
    could be used: then who it is for is the core's to say."""
    filled = forms.number(request.POST.get("for_channel"))
    is_blank = request.POST.get("for_channel") == "" and not request.POST.get("to")
    if is_blank or (filled is not None and filled != _channel(request)):
        return {"to": None}
    return forms.letter(request.POST)


def _later(request: DeskRequest) -> datetime | None:
    """The time that was chosen to send at: one that is offered, or the agent's own."""
    if not {"later", "later_on"} & request.POST.keys():
        return None
    own = request.POST.get("later_on", "").partition(" ")[2]
    chosen = forms.time(own or request.POST.get("later") or request.POST.get("later_at"))
    if chosen is None:
        raise Refused("no_such_time")
    return chosen


def held(message: Message) -> Toast | None:
    """Where a message is held back: to whom it goes, until when, and the way back."""
    progress = progress_of(message)
    if progress is None or progress.state != DeliveryState.HELD or progress.at is None:
        return None
    undo = reverse("inbox:cancel", args=[message.case_id, message.pk])
    if progress.is_scheduled:
        return Toast(text=_("Goes out %(at)s") % {"at": clocks.moment(progress.at)}, undo=undo)
    to = next((a["name"] or a["address"] for a in message.addressees if a["role"] == "to"), "")
    label = face_of(message.channel.kind).label if message.channel else ""
    return Toast(
        text=_("%(channel)s to %(name)s goes out") % {"channel": label, "name": to},
        undo=undo,
        until=progress.at.isoformat(),
    )


def _refused(request: DeskRequest, case_id: int, no: Refused) -> HttpResponse:
    """Without scripts the page comes back with everything that was typed."""
    if request.htmx:
        return refused(request, case_id, no)
    before = drafting.read(thread.read(case_id, request.user))
    typed: dict[str, Any] = {n: request.POST[n] for n in TYPED if n in request.POST}
    composer = replace(before, problem=texts.refusal(no.code, no.params), **typed)
    key = queue_of(request)
    return case_page(request, key, case_id, composer=composer, status=status_of(no))


@desk
@require_POST
def cancel(request: DeskRequest, case_id: int, message_id: int) -> HttpResponse:
    """Take back a message that is still held; its words are the draft again."""
    try:
        draft = reply.undo(message_id=message_id, agent=request.user)
    except Refused as no:
        return refused(request, case_id, no)
    if draft.kind == DraftKind.ASIDE and draft.agent_id == request.user.pk:
        toasts.keep(request, Toast(text=_("Taken back. Your words are in the draft.")))
        return on_to(request, "forward", case_id)
    if draft.agent_id != request.user.pk:
        return done(
            request, case_id, Toast(text=_("Called off. The words are their author's draft."))
        )
    toast = Toast(text=_("Taken back. Your words are in the draft."))
    events: dict[str, Any] = {"composer:restored": drafting.restored(draft)}
    return done(request, case_id, toast, **events)


@desk
@require_POST
def send_now(request: DeskRequest, case_id: int, message_id: int) -> HttpResponse:
    """Let a message go that waits for its time."""
    try:
        reply.send_now(message_id=message_id, agent=request.user)
    except Refused as no:
        return refused(request, case_id, no)
    return done(request, case_id, Toast(text=_("On its way")))


@desk
@require_POST
def draft(request: DeskRequest, case_id: int) -> HttpResponse:
    """Keep unsent words. Answers their version, or the newer words of another tab."""
    asked = request.POST.get("kind", "")
    kind = DraftKind(asked) if asked in DraftKind else DraftKind.MESSAGE
    name = FIELDS[kind]
    letter = _letter(request)
    fields = {**(letter if letter["to"] is not None else {}), "channel": _channel(request)}
    if kind == DraftKind.ASIDE:
        fields |= forms.passed_on(request.POST)
    try:
        kept = drafts.save(
            case_id=case_id,
            agent=request.user,
            kind=kind,
            text=request.POST.get(name, ""),
            fields={} if kind == DraftKind.NOTE else fields,
            version=forms.number(request.POST.get(f"{name}_version")) or 0,
        )
    except Conflict as no:
        problem = texts.refusal(no.code, no.params)
        return JsonResponse({"problem": problem, **no.params}, status=409)
    if "stay" in request.POST and kind == DraftKind.ASIDE:
        return redirect("inbox:forward", case_id)
    if "stay" in request.POST:
        return redirect("inbox:case", queue_of(request), case_id)
    return JsonResponse({"version": kept.version if kept else 0})
