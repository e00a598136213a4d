"""What agents do to a case: each is one call into the domain, and a toast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations.models import Case, Priority
from conversations.services import (
    assignment,
    blocking,
    deliveries,
    forwards,
    identities,
    participants,
    priority,
    reading,
    status,
    tags,
    topics,
)
from conversations.services import snooze as snoozing
from conversations.services.errors import Refused
from inbox import forms
from inbox.reads import clocks
from inbox.reads.paging import moment
from inbox.toasts import Toast
from inbox.views.answers import done, queue_of, refused, seen
from inbox.views.desk import DeskRequest, desk


def action(
    do: Callable[..., Toast | None],
    *,
    leaves: bool = False,
    redraws: bool = False,
    reloads: bool = False,
) -> Callable[..., HttpResponseBase]:
    """A view that does something to a case.

    `leaves` when the case goes out of the queue, `redraws` when older messages look different,
    `reloads` when everything does.
    """

    @desk
    @require_POST
    def view(request: DeskRequest, case_id: int, **named: int) -> HttpResponse:
        try:
            toast = do(request, case_id, **named)
        except Refused as no:
            return refused(request, case_id, no)
        events: dict[str, Any] = {"feed:reset": {}} if redraws else {}
        return done(request, case_id, toast, leaves=leaves, reloads=reloads, **events)

    return view


def _undo(name: str, case_id: int, **fields: str) -> dict[str, Any]:
    return {"undo": reverse(f"inbox:{name}", args=[case_id]), "fields": fields}


def _assign(request: DeskRequest, case_id: int) -> Toast:
    wanted = forms.number(request.POST.get("assignee"))
    case = assignment.assign(
        case_id=case_id, agent=request.user, assignee_id=wanted, seen=seen(request)
    )
    text = _("Assigned to nobody")
    if case.assignee:
        text = _("Assigned to %(name)s") % {"name": case.assignee}
    return Toast(text=text, **_undo("assign", case_id, assignee=request.POST.get("was", "")))


def _take(request: DeskRequest, case_id: int) -> Toast:
    assignment.take(case_id=case_id, agent=request.user, seen=seen(request))
    was = request.POST.get("was", "")
    return Toast(text=_("It is yours now"), **_undo("assign", case_id, assignee=was))


def _move(request: DeskRequest, case_id: int) -> Toast:
    team = forms.number(request.POST.get("team")) or 0
    case = assignment.move(case_id=case_id, agent=request.user, team_id=team, seen=seen(request))
    return Toast(text=_("Moved to %(team)s") % {"team": case.team.name})


def _resolve(request: DeskRequest, case_id: int) -> Toast:
    case = status.resolve(case_id=case_id, agent=request.user, seen=seen(request))
    text = _("Resolved: %(topic)s") % {"topic": case.topic}
    return Toast(text=text, **_undo("reopen", case_id))


def _reopen(request: DeskRequest, case_id: int) -> Toast:
    status.reopen(case_id=case_id, agent=request.user, seen=seen(request))
    return Toast(text=_("Open again"))


def _snooze(request: DeskRequest, case_id: int) -> Toast:
    until = forms.time(request.POST.get("until"))
    snoozing.snooze(case_id=case_id, agent=request.user, until=until, seen=seen(request))
    text = _("Put off until %(until)s") % {"until": clocks.moment(until) if until else ""}
    return Toast(text=text, **_undo("unsnooze", case_id))


def _unsnooze(request: DeskRequest, case_id: int) -> Toast:
    snoozing.end(case_id=case_id, agent=request.user, seen=seen(request))
    return Toast(text=_("It is back"))


def _spam(request: DeskRequest, case_id: int) -> Toast:
    status.mark_spam(case_id=case_id, agent=request.user, seen=seen(request))
    return Toast(text=_("Marked as spam"), **_undo("not-spam", case_id))


def _not_spam(request: DeskRequest, case_id: int) -> Toast:
    status.not_spam(case_id=case_id, agent=request.user, seen=seen(request))
    return Toast(text=_("Not spam: open again"))


def _block(request: DeskRequest, case_id: int) -> Toast:
    blocked = blocking.block_sender(case_id=case_id, agent=request.user, seen=seen(request))
    text = _("Blocked: %(address)s") % {"address": blocked.value}
    return Toast(text=text, **_undo("unblock", case_id))


def _unblock(request: DeskRequest, case_id: int) -> Toast:
    address = blocking.unblock_sender(case_id=case_id, agent=request.user, seen=seen(request))
    return Toast(text=_("Not blocked any more: %(address)s") % {"address": address})


def _rename(request: DeskRequest, case_id: int) -> None:
    topic = request.POST.get("topic", "")
    topics.rename(case_id=case_id, agent=request.user, topic=topic, seen=seen(request))


def _tag(request: DeskRequest, case_id: int) -> None:
    names = forms.addresses(request.POST.get("tags", ""))
    tags.replace(case_id=case_id, agent=request.user, names=names, seen=seen(request))


def _prioritise(request: DeskRequest, case_id: int) -> Toast:
    wanted = forms.number(request.POST.get("priority"))
    case = priority.prioritise(
        case_id=case_id, agent=request.user, priority=wanted, seen=seen(request)
    )
    text = _("Priority: %(priority)s") % {"priority": Priority(case.priority).label}
    was = request.POST.get("was_priority", "")
    return Toast(text=text, **_undo("priority", case_id, priority=was))


def _accept(request: DeskRequest, case_id: int, participant_id: int) -> Toast:
    found = participants.accept(case_id=case_id, participant_id=participant_id, agent=request.user)
    return Toast(text=_("%(address)s is part of this case now") % {"address": found.identity.value})


def _sharing(request: DeskRequest, case_id: int) -> Toast | None:
    number = forms.number(request.POST.get("identity")) or 0
    case = Case.objects.visible_to(request.user).get(pk=case_id)
    identity = get_object_or_404(case.conversation.customer.addresses(), pk=number)
    said = request.POST.get("said", "")
    if said == "shared":
        identities.mark_shared(identity_id=identity.pk, agent=request.user)
        undo = _undo("sharing", case_id, identity=str(identity.pk), said="personal")
        return Toast(text=_("%(address)s is shared by many") % {"address": identity.value}, **undo)
    if said == "personal":
        identities.mark_personal(identity_id=identity.pk, agent=request.user)
    else:
        identities.keep_personal(identity_id=identity.pk, agent=request.user)
    return Toast(text=_("%(address)s is one person") % {"address": identity.value})


def _give(request: DeskRequest, case_id: int, message_id: int) -> Toast:
    given = forwards.give(case_id=case_id, message_id=message_id, agent=request.user)
    undo = reverse("inbox:take-back", args=[case_id, message_id])
    return Toast(text=_("This is from %(name)s now") % {"name": given.author_name}, undo=undo)


def _take_back(request: DeskRequest, case_id: int, message_id: int) -> Toast:
    forwards.take_back(case_id=case_id, message_id=message_id, agent=request.user)
    return Toast(text=_("As it was passed on"))


def _arrived(request: DeskRequest, case_id: int, delivery_id: int) -> Toast:
    Case.objects.visible_to(request.user).filter(messages__deliveries=delivery_id).get(pk=case_id)
    deliveries.note_arrived(delivery_id=delivery_id, agent=request.user)
    return Toast(text=_("Noted: it arrived"))


def _send_again(request: DeskRequest, case_id: int, delivery_id: int) -> Toast:
    Case.objects.visible_to(request.user).filter(messages__deliveries=delivery_id).get(pk=case_id)
    deliveries.send_again(delivery_id=delivery_id, agent=request.user)
    return Toast(text=_("Sending again"))


assign = action(_assign)
take = action(_take)
move = action(_move)
resolve = action(_resolve, leaves=True)
reopen = action(_reopen)
snooze = action(_snooze, leaves=True)
unsnooze = action(_unsnooze)
spam = action(_spam, leaves=True)
not_spam = action(_not_spam)
block = action(_block, leaves=True)
unblock = action(_unblock)
rename = action(_rename)
tag = action(_tag)
prioritise = action(_prioritise)
accept = action(_accept, redraws=True)
sharing = action(_sharing)
give = action(_give, reloads=True)
take_back = action(_take_back, reloads=True)
send_again = action(_send_again)
arrived = action(_arrived)


@desk
@require_POST
def unread(request: DeskRequest, case_id: int) -> HttpResponse:
    """To be read again later: back to the list, since staying would read it."""
    reading.mark_unread(case_id=case_id, agent=request.user)
    return redirect("inbox:queue", queue_of(request))


@desk
@require_POST
def read(request: DeskRequest, case_id: int) -> HttpResponse:
    """Note that everything up to a message was on screen."""
    up_to = moment(request.POST.get("up_to", ""))
    if up_to is None:
        return HttpResponseBadRequest()
    reading.mark_read(case_id=case_id, agent=request.user, up_to=up_to)
    if "quiet" in request.POST:
        return HttpResponse(status=204)
    return redirect("inbox:case", queue_of(request), case_id)
