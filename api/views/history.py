"""What was done to a case, or over all of a customer's cases: newest first."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.paging import page
from api.schema import described, page_of
from api.serializers.base import Paged
from api.serializers.messages import ActivityOut
from api.views.base import Resource
from api.views.conversations import BACKWARDS
from conversations.models import Agent, Kind, Message

GIVES = page_of(ActivityOut)


def activities(agent: Agent) -> QuerySet[Message]:
    rows = Message.objects.visible_to(agent).filter(kind=Kind.ACTIVITY)
    return rows.select_related("agent", "identity")


class CaseHistory(Resource):
    @described("case_history", "What was done to a case", tag="Cases", gives=GIVES, query=Paged)
    def get(self, request: Request, case_id: int) -> Response:
        self.asked(Paged)
        rows = activities(self.agent).filter(case=reads.case(self.agent, case_id))
        return page(request, rows, BACKWARDS, ActivityOut)


class CustomerHistory(Resource):
    @described(
        "customer_history",
        "What was done over all cases of a customer that this agent sees",
        tag="Customers",
        gives=GIVES,
        query=Paged,
    )
    def get(self, request: Request, customer_id: int) -> Response:
        self.asked(Paged)
        thread = reads.customer(self.agent, customer_id).conversation
        rows = activities(self.agent).filter(conversation=thread)
        return page(request, rows, BACKWARDS, ActivityOut)
