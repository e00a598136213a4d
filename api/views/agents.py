"""Who works here, and whether they can be given work."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from api.paging import OLDEST, page
from api.schema import action, described, page_of
from api.serializers.agents import AgentOut, AvailabilityIn
from api.serializers.base import Paged
from api.views.base import Action, Resource
from conversations.models import Agent
from conversations.services import duty


class Agents(Resource):
    @described(
        "agents", "Agents", tag="Agents", gives=page_of(AgentOut), query=Paged, absent=False,
        about="Who works here, and whether they are online, away or offline.",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        self.asked(Paged)
        rows = Agent.objects.filter(is_active=True).select_related("duty")
        return page(request, rows, OLDEST, AgentOut)


@action(
    "me_availability",
    "Say whether the token's agent is there",
    tag="Me",
    takes=AvailabilityIn,
    gives={200: AgentOut},
    absent=False,
    about="Where a team gives its cases by a rule, who is online and has room is given some.",
    example={"availability": "online"},
)
class MyAvailability(Action):
    def act(self, request: Request, **named: int) -> Response:
        said = self.taken(AvailabilityIn)["availability"]
        duty.choose(agent=self.agent, availability=said)
        agent = Agent.objects.select_related("duty").get(pk=self.agent.pk)
        return Response(AgentOut(agent).data)
