"""Answers, notes, messages to somebody new, and taking one back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.urls import reverse
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters, idempotency, reads
from api.middleware import LARGEST
from api.paging import NEWEST, OLDEST, page
from api.parsers import Json, MultiPartParser
from api.schema import action, described, page_of
from api.serializers.cases import CaseOut, CaseQuery
from api.serializers.messages import DeliveryOut, MessageOut, MessageQuery, ToldOut
from api.serializers.writing import (
    CaseForm,
    CaseIn,
    ForwardForm,
    ForwardIn,
    LetterIn,
    MessageForm,
    MessageIn,
    NoteForm,
    NoteIn,
    RedactIn,
    TellForm,
    TellIn,
)
from api.views.actions import seen
from api.views.base import Action
from api.views.conversations import BACKWARDS, IN_ORDER
from conversations.models import Case, Message
from conversations.services import (
    compose,
    deliveries,
    forwards,
    notes,
    pass_on,
    proactive,
    redaction,
    reply,
)

MULTIPART = "multipart/form-data"


class Writing(Action):
    """Takes JSON with files as base64, or a form with files as they are."""

    parser_classes: ClassVar[list[type[BaseParser]]] = [Json, MultiPartParser]  # type: ignore[misc]  # the stubs' is an instance variable
    most = LARGEST
    in_json: ClassVar[type[serializers.Serializer[Any]]]
    in_form: ClassVar[type[serializers.Serializer[Any]]]

    def said(self, request: Request) -> Mapping[str, Any]:
        is_form = (request.content_type or "").partition(";")[0].strip().lower() == MULTIPART
        return self.taken(self.in_form if is_form else self.in_json)

    def letter(self, said: Mapping[str, Any]) -> dict[str, Any]:
        names = ("text", "to", "cc", "bcc", "sender", "subject")
        return {name: said[name] for name in names} | {
            "files": said.get("files", []),
            "agent": self.agent,
            "client_id": idempotency.client_id(self.request),
        }

    def written(self, message: Message) -> Response:
        found = reads.messages(self.agent).get(pk=message.pk)
        where = self.request.build_absolute_uri(reverse("api:message", args=[message.pk]))
        return Response(MessageOut(found).data, status=201, headers={"Location": where})


def takes(json: type[LetterIn | NoteIn], form: type[LetterIn | NoteIn]) -> Any:
    return {"application/json": json, MULTIPART: form}


@action(
    "case_answer",
    "Answer the customer",
    tag="Messages",
    takes=takes(MessageIn, MessageForm),
    gives={201: MessageOut},
    seen=True,
)
class CaseMessages(Writing):
    in_json, in_form = MessageIn, MessageForm

    @described(
        "case_messages",
        "Everything said in a case, in its order",
        tag="Messages",
        gives=page_of(MessageOut),
        query=MessageQuery,
    )
    def get(self, request: Request, case_id: int) -> Response:
        asked = self.asked(MessageQuery)
        found = reads.case(self.agent, case_id)
        rows = reads.messages(self.agent).filter(case=found)
        if "kind" in asked:
            rows = rows.filter(kind=asked["kind"])
        order = BACKWARDS if asked.get("order") == "newest" else IN_ORDER
        return page(request, rows, order, MessageOut)

    def act(self, request: Request, **named: int) -> Response:
        said = self.said(request)
        case = Case.objects.visible_to(self.agent).get(pk=named["case_id"])
        letter = self.letter(said)
        letter["to"] = letter["to"] or reply.options(case=case, agent=self.agent).to
        message = reply.send(
            case_id=case.pk,
            channel_id=said.get("channel"),
            resolve=said["resolve"],
            send_at=said.get("send_at"),
            macro_id=said.get("macro"),
            seen=seen(request, said),
            **letter,
        )
        return self.written(message)


@action(
    "case_note",
    "Leave a note for the team",
    tag="Messages",
    takes=takes(NoteIn, NoteForm),
    gives={201: MessageOut},
)
class CaseNotes(Writing):
    in_json, in_form = NoteIn, NoteForm

    def act(self, request: Request, **named: int) -> Response:
        said = self.said(request)
        note = notes.add(
            case_id=named["case_id"],
            agent=self.agent,
            text=said["text"],
            client_id=idempotency.client_id(request),
            files=said.get("files", []),
        )
        return self.written(note)


@action(
    "case_forward",
    "Hand messages on to a third party",
    tag="Messages",
    takes=takes(ForwardIn, ForwardForm),
    gives={201: MessageOut},
    about="By e-mail, to somebody beside the customer: it is no answer to them, stops no clock and "
    "never reaches them. What comes back is a message of the case with `is_aside`. To go on "
    "writing to them, answer the case with their address in `to`.",
)
class Forward(Writing):
    in_json, in_form = ForwardIn, ForwardForm

    def act(self, request: Request, **named: int) -> Response:
        said = self.said(request)
        message = pass_on.send(
            case_id=named["case_id"],
            channel_id=said.get("channel"),
            message_ids=said["messages"],
            attachment_ids=said.get("attachments"),
            **self.letter(said),
        )
        return self.written(message)


@action(
    "case_open",
    "Write to somebody: a new case",
    tag="Cases",
    takes=takes(CaseIn, CaseForm),
    gives={201: MessageOut},
    absent=False,
)
class Cases(Writing):
    in_json, in_form = CaseIn, CaseForm

    @described("cases", "Cases", tag="Cases", gives=page_of(CaseOut), query=CaseQuery, absent=False)
    def get(self, request: Request) -> Response:
        asked = self.asked(CaseQuery)
        rows = filters.of_cases(reads.cases(self.agent), self.agent, asked)
        return page(request, rows, OLDEST if asked.get("order") == "oldest" else NEWEST, CaseOut)

    def act(self, request: Request, **named: int) -> Response:
        said = self.said(request)
        return self.written(compose.start(channel_id=said["channel"], **self.letter(said)))


@action(
    "message_tell",
    "Write to a customer, by whatever reaches them",
    tag="Messages",
    takes={"application/json": TellIn, MULTIPART: TellForm},
    gives={201: ToldOut},
    example={"customer": 7, "text": "It is on its way.", "channels": ["sms", "email"]},
    about="Goes by the first channel on which the customer can be reached and wants to be, in "
    "their one conversation; `skipped` says why not by an earlier one. 422 `no_way` with "
    "`params.skipped` where none reaches them.",
)
class Tell(Writing):
    in_json, in_form = TellIn, TellForm

    def act(self, request: Request, **named: int) -> Response:
        said = self.said(request)
        told = proactive.tell(
            agent=self.agent,
            client_id=idempotency.client_id(request),
            customer_id=said.get("customer"),
            address=said.get("address", ""),
            case_id=said.get("case"),
            channels=said["channels"],
            words=proactive.Words(
                text=said["text"],
                subject=said["subject"],
                topic=said.get("topic", ""),
                files=said.get("files", []),
                fails_over=said["fails_over"],
            ),
        )
        message = reads.messages(self.agent).get(pk=told.message.pk)
        where = request.build_absolute_uri(reverse("api:message", args=[message.pk]))
        answer = {"message": message, "skipped": told.skipped}
        return Response(ToldOut(answer).data, status=201, headers={"Location": where})


@action(
    "message_cancel",
    "Take back a message that has not gone out yet",
    tag="Messages",
    gives={200: MessageOut},
    about="For whoever wrote it; what waits for its `send_at`, for whoever works the case. "
    "Its words become its author's draft at the desk.",
)
class Cancel(Action):
    def act(self, request: Request, **named: int) -> Response:
        reply.undo(message_id=named["message_id"], agent=self.agent)
        return Response(MessageOut(reads.messages(self.agent).get(pk=named["message_id"])).data)


@action(
    "message_redact",
    "Take a message, or one of its files, out for good",
    tag="Messages",
    takes=RedactIn,
    gives={200: MessageOut},
    about="Its words, files and raw mail go for everybody; there is no way back.",
)
class Redact(Action):
    def act(self, request: Request, **named: int) -> Response:
        said = self.taken(RedactIn)
        redaction.redact(
            message_id=named["message_id"],
            agent=self.agent,
            cause=said["cause"],
            attachment_id=said.get("attachment"),
        )
        return Response(MessageOut(reads.messages(self.agent).get(pk=named["message_id"])).data)


class PassedOn(Action):
    """Gives a mail that an agent passed on to who it is from, or takes that back."""

    do: ClassVar[Callable[..., Message]]

    def act(self, request: Request, **named: int) -> Response:
        message = reads.messages(self.agent).get(pk=named["message_id"])
        type(self).do(case_id=message.case_id, message_id=message.pk, agent=self.agent)
        return Response(MessageOut(reads.messages(self.agent).get(pk=message.pk)).data)


@action(
    "message_give",
    "Make what an agent passed on from whom it is",
    tag="Messages",
    gives={200: MessageOut},
    about="Of a mail whose `params.forwarded` says from whom: its case goes into that customer's "
    "conversation, and the agent's own words above become a note. 422 `not_a_forward`, or "
    "`answered_already` once somebody answered; 409 where another agent was first.",
)
class Give(PassedOn):
    do = staticmethod(forwards.give)


@action(
    "message_take_back",
    "Make it as it was passed on",
    tag="Messages",
    gives={200: MessageOut},
    about="Undoes `give`, while nobody has answered.",
)
class TakeBack(PassedOn):
    do = staticmethod(forwards.take_back)


@action(
    "message_send_now",
    "Let a message go that waits for its time",
    tag="Messages",
    gives={200: MessageOut},
)
class SendNow(Action):
    def act(self, request: Request, **named: int) -> Response:
        reply.send_now(message_id=named["message_id"], agent=self.agent)
        return Response(MessageOut(reads.messages(self.agent).get(pk=named["message_id"])).data)


@action(
    "delivery_send_again",
    "Send again what did not arrive",
    tag="Messages",
    gives={200: DeliveryOut},
)
class SendAgain(Action):
    def act(self, request: Request, **named: int) -> Response:
        delivery = reads.deliveries(self.agent).get(pk=named["delivery_id"])
        deliveries.send_again(delivery_id=delivery.pk, agent=self.agent)
        return Response(DeliveryOut(reads.deliveries(self.agent).get(pk=delivery.pk)).data)
