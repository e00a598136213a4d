"""Split, move and merge: each can be looked at before and undone after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import Q
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.paging import NEWEST, page
from api.schema import action, described, look, page_of
from api.serializers.rearranging import (
    HalvesOut,
    MergeCasesIn,
    MergeCustomersIn,
    MoveMessagesIn,
    RearrangementOut,
    RearrangementQuery,
    SidesOut,
    SplitIn,
)
from api.views.actions import seen
from api.views.base import Action, Preview, Resource
from conversations.models import Agent, Conversation, Rearrangement
from conversations.services import (
    merge_cases,
    merge_customers,
    move,
    put_back,
    rearranging,
    split,
)

Wish = Callable[[Agent, Mapping[str, Any]], Any]
"""Carries out, or looks at, what the body and the address ask for."""
TAG = "Rearranging"


class Rearranging(Action):
    takes: ClassVar[type[serializers.Serializer[Any]]]
    do: ClassVar[Wish]

    def act(self, request: Request, **named: int) -> Response:
        done = type(self).do(self.agent, asked(self, request, self.takes, named))
        entry = reads.journal().get(pk=done.pk)
        where = request.build_absolute_uri(reverse("api:rearrangement", args=[entry.pk]))
        return Response(RearrangementOut(entry).data, status=201, headers={"Location": where})


class Looking(Preview):
    takes: ClassVar[type[serializers.Serializer[Any]]]
    do: ClassVar[Wish]
    gives: ClassVar[type[serializers.Serializer[Any]]]

    def look(self, request: Request, **named: int) -> Response:
        found = type(self).do(self.agent, asked(self, request, self.takes, named))
        return Response(self.gives(found).data)


def asked(
    view: Resource,
    request: Request,
    kind: type[serializers.Serializer[Any]],
    named: Mapping[str, int],
) -> dict[str, Any]:
    """The body and the address in one; `seen` of If-Match where that is sent.

    Who may not act is told so before anything is said of the body.
    """
    if "case_id" in named:
        rearranging.worked(named["case_id"], view.agent)
    else:
        reads.customer(view.agent, named["customer_id"])
    said = {**view.taken(kind), **named}
    return {**said, "seen": seen(request, said)}


def pair(
    name: str,
    summary: str,
    takes: Any,
    *,
    do: Wish,
    sees: Wish,
    about: str,
    example: Mapping[str, Any],
) -> tuple[type[Rearranging], type[Looking]]:
    """A view that rearranges, and the one that shows both sides before."""
    gives = HalvesOut if issubclass(takes, SplitIn | MoveMessagesIn) else SidesOut
    heeds = takes is not MergeCustomersIn
    act = type(name.title(), (Rearranging,), {"takes": takes, "do": staticmethod(do)})
    view = type(
        f"Look{name.title()}",
        (Looking,),
        {"takes": takes, "do": staticmethod(sees), "gives": gives},
    )
    said = action(
        name, summary, tag=TAG, takes=takes, gives={201: RearrangementOut}, seen=heeds,
        about=f"{about} Undone by `rearrangements/{{id}}/undo/`.", example=example,
    )  # fmt: skip
    shown = look(
        f"{name}_preview", f"{summary}: both sides before", tag=TAG, takes=takes, gives=gives,
        seen=heeds, example=example,
        about="Takes the same body, changes nothing, and refuses what the act would refuse.",
    )  # fmt: skip
    return said(act), shown(view)


def _chosen(agent: Agent, said: Mapping[str, Any]) -> dict[str, Any]:
    """What splitting and moving are told alike."""
    return {
        "case_id": said["case_id"],
        "agent": agent,
        "message_ids": said["messages"],
        "seen": said["seen"],
    }


def _split(agent: Agent, said: Mapping[str, Any]) -> Rearrangement:
    new = {"topic": said["topic"], "team_id": said.get("team")}
    return split.split(**_chosen(agent, said), **new, cause=said["cause"])


def _see_split(agent: Agent, said: Mapping[str, Any]) -> rearranging.Halves:
    return rearranging.split(**_chosen(agent, said), topic=said["topic"], team_id=said.get("team"))


def _move(agent: Agent, said: Mapping[str, Any]) -> Rearrangement:
    return move.move(**_chosen(agent, said), to=said["to"], cause=said["cause"])


def _see_move(agent: Agent, said: Mapping[str, Any]) -> rearranging.Halves:
    return rearranging.move(**_chosen(agent, said), to=said["to"])


def _two_cases(agent: Agent, said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "case_id": said["case_id"],
        "agent": agent,
        "other_id": said["other"],
        "seen": said["seen"],
    }


def _merge(agent: Agent, said: Mapping[str, Any]) -> Rearrangement:
    return merge_cases.merge(**_two_cases(agent, said), cause=said["cause"])


def _see_merge(agent: Agent, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"sides": rearranging.merge_of_cases(**_two_cases(agent, said))}


def _two_customers(agent: Agent, said: Mapping[str, Any]) -> dict[str, Any]:
    """By a case of each, as the desk names them: where the line about it will stand."""
    return {
        "case_id": reads.case_of_customer(agent, said["customer_id"]).pk,
        "agent": agent,
        "other_case_id": reads.case_of_customer(agent, said["other"]).pk,
    }


def _join(agent: Agent, said: Mapping[str, Any]) -> Rearrangement:
    return merge_customers.merge(**_two_customers(agent, said), cause=said["cause"])


def _see_join(agent: Agent, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"sides": rearranging.merge_of_customers(**_two_customers(agent, said))}


Split, SplitPreview = pair(
    "case_split",
    "Put some messages into a new case",
    SplitIn,
    do=_split,
    sees=_see_split,
    about="The new case, `target`, is of the same customer and open. Messages keep their place "
    "in time; files, participants and read marks come along.",
    example={"messages": [311, 312], "topic": "Invoice", "cause": "Another matter"},
)
MoveMessages, MoveMessagesPreview = pair(
    "case_move_messages",
    "Put some messages into another case",
    MoveMessagesIn,
    do=_move,
    sees=_see_move,
    about="For who works both. To move all of them, merge the cases.",
    example={"messages": [311], "to": 14, "cause": "Belongs there"},
)
MergeCases, MergeCasesPreview = pair(
    "case_merge",
    "Make two cases of a customer one",
    MergeCasesIn,
    do=_merge,
    sees=_see_merge,
    about="For who works both. The older number survives, `target`; the other leads to it.",
    example={"other": 14, "cause": "The same parcel"},
)
MergeCustomers, MergeCustomersPreview = pair(
    "customer_merge",
    "Make two customers one",
    MergeCustomersIn,
    do=_join,
    sees=_see_join,
    about="The older one survives, and the other's number leads to them. Cases stay apart, and "
    "consent never moves.",
    example={"other": 9, "cause": "Gave this address on the phone"},
)


class Rearrangements(Resource):
    @described(
        "rearrangements",
        "What was split, moved and merged",
        tag=TAG,
        gives=page_of(RearrangementOut),
        query=RearrangementQuery,
        absent=False,
    )
    def get(self, request: Request) -> Response:
        said = self.asked(RearrangementQuery)
        rows = reads.rearrangements(self.agent)
        if "kind" in said:
            rows = rows.filter(kind=said["kind"])
        if "case" in said:
            rows = rows.filter(Q(source=said["case"]) | Q(target=said["case"]))
        if "customer" in said:
            theirs = Conversation.objects.filter(customer=said["customer"]).values("pk")
            case = Q(source__conversation__in=theirs) | Q(target__conversation__in=theirs)
            rows = rows.filter(case | Q(survivor__in=theirs) | Q(loser__in=theirs))
        if said["standing"] is not None:
            rows = rows.filter(undone_at__isnull=said["standing"])
        return page(request, rows, NEWEST, RearrangementOut)


class OneRearrangement(Resource):
    @described("rearrangement", "One of them", tag=TAG, gives=RearrangementOut)
    def get(self, request: Request, rearrangement_id: int) -> Response:
        return Response(
            RearrangementOut(reads.rearrangements(self.agent).get(pk=rearrangement_id)).data
        )


@action(
    "rearrangement_undo",
    "Put everything back",
    tag=TAG,
    gives={200: RearrangementOut},
    about="At any later time, after any traffic; what came meanwhile goes where it belongs. "
    "Last first: 422 `undo_other_first` names the one that builds on it. 409 `already_undone` "
    "says who was faster.",
)
class Undo(Action):
    def act(self, request: Request, **named: int) -> Response:
        entry = reads.rearrangements(self.agent).get(pk=named["rearrangement_id"])
        put_back.undo(rearrangement_id=entry.pk, agent=self.agent)
        return Response(RearrangementOut(reads.journal().get(pk=entry.pk)).data)
