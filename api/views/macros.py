"""Macros: listed, written, filled for a case and run on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from api import idempotency, paging, reads
from api.paging import OLDEST
from api.schema import action, described, page_of
from api.serializers.base import Paged
from api.serializers.cases import CaseOut, SeenIn
from api.serializers.macros import FilledOut, MacroIn, MacroOut, MacroRunOut, SwitchIn
from api.views.actions import seen
from api.views.base import Action, Resource
from conversations.models import Agent, Macro, Priority
from conversations.services import bulk, macros, own_macros, rearranging

EXAMPLE = {
    "name": "On its way",
    "text_en": "Hello {{customer.first_name}}, your parcel is on its way.",
    "tags": ["parcel"],
    "snooze_hours": 48,
}


def written(said: Mapping[str, Any]) -> dict[str, object]:
    """The body as a macro's columns."""
    name = said["priority"]
    return {
        **{key: said[key] for key in own_macros.FIELDS if key in said},
        "add_tags": ", ".join(said["tags"]),
        "priority": None if name is None else Priority[name.upper()],
    }


def known(agent: Agent, number: int) -> Macro:
    """One that the agent may use, or an own one that is out of use."""
    usable = Macro.objects.usable_by(agent).values("pk")
    rows = Macro.objects.filter(Q(pk__in=usable) | Q(owner=agent))
    return rows.select_related("team").get(pk=number)


@action(
    "macro_write",
    "Write a macro of one's own",
    tag="Macros",
    takes=MacroIn,
    gives={201: MacroOut},
    absent=False,
    example=EXAMPLE,
)
class Macros(Action):
    @described("macros", "What the agent may use", tag="Macros", gives=page_of(MacroOut),
               query=Paged, absent=False)  # fmt: skip
    def get(self, request: Request) -> Response:
        self.asked(Paged)
        rows = Macro.objects.usable_by(self.agent).select_related("team")
        return paging.page(request, rows, OLDEST, MacroOut)

    def act(self, request: Request, **named: int) -> Response:
        macro = own_macros.write(agent=self.agent, said=written(self.taken(MacroIn)))
        where = request.build_absolute_uri(reverse("api:macro", args=[macro.pk]))
        return Response(MacroOut(macro).data, status=201, headers={"Location": where})


class OneMacro(Resource):
    @described("macro", "A macro", tag="Macros", gives=MacroOut)
    def get(self, request: Request, macro_id: int) -> Response:
        return Response(MacroOut(known(self.agent, macro_id)).data)


@action(
    "macro_change",
    "Rewrite a macro of one's own",
    tag="Macros",
    takes=MacroIn,
    gives={200: MacroOut},
    example=EXAMPLE,
)
class ChangeMacro(Action):
    def act(self, request: Request, **named: int) -> Response:
        own_macros.own(named["macro_id"], self.agent)
        said = written(self.taken(MacroIn))
        return Response(MacroOut(own_macros.write(agent=self.agent, said=said, **named)).data)


@action(
    "macro_switch",
    "Delete a macro of one's own, or bring it back",
    tag="Macros",
    takes=SwitchIn,
    gives={200: MacroOut},
    example={"active": False},
)
class SwitchMacro(Action):
    def act(self, request: Request, **named: int) -> Response:
        own_macros.own(named["macro_id"], self.agent)
        wanted = self.taken(SwitchIn)["active"]
        macro = own_macros.switch(agent=self.agent, is_active=wanted, **named)
        return Response(MacroOut(macro).data)


class FilledMacro(Resource):
    @described(
        "case_macro",
        "A macro's words for the customer of a case",
        tag="Macros",
        gives=FilledOut,
        about="To be sent as `text` of an answer, with `macro` to have done what it does along.",
    )
    def get(self, request: Request, case_id: int, macro_id: int) -> Response:
        case = reads.case(self.agent, case_id)
        macro = Macro.objects.usable_by(self.agent).select_related("team").get(pk=macro_id)
        said = {"macro": macro, "text": macros.text_of(macro, case, self.agent)}
        return Response(FilledOut(said).data)


@action(
    "case_macro_run",
    "Do what a macro does, without its words",
    tag="Macros",
    takes=SeenIn,
    gives={200: MacroRunOut},
    seen=True,
    about="All of it or nothing. `bulk/{job}/undo/` puts the case back where nobody changed it "
    "since.",
)
class RunMacro(Action):
    def act(self, request: Request, **named: int) -> Response:
        rearranging.worked(named["case_id"], self.agent)
        said = self.taken(SeenIn)
        job = bulk.run_macro(
            agent=self.agent,
            client_id=idempotency.client_id(request),
            seen=seen(request, said),
            **named,
        )
        case = reads.case(self.agent, named["case_id"])
        etag = f'"{case.conversation.revision}"'
        return Response({"job": job.pk, "case": CaseOut(case).data}, headers={"ETag": etag})
