"""Whose token this is."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import token_of
from api.schema import described
from api.serializers.base import Named
from api.views.base import Resource
from conversations.models import Availability, Team
from conversations.services import duty, workload


class MeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.CharField()
    teams = Named(many=True, help_text="Whose cases this agent acts on.")
    availability = serializers.ChoiceField(choices=Availability.choices)
    load = serializers.IntegerField(help_text="Points of the agent's capacity that are taken.")
    capacity = serializers.IntegerField(help_text="0 where no team's rule gives them cases.")
    scopes = serializers.ListField(child=serializers.CharField())


class Me(Resource):
    @described("me", "Whose token this is", tag="Me", gives=MeOut, absent=False)
    def get(self, request: Request) -> Response:
        token = token_of(request)
        agent = self.agent
        given_by = list(Team.objects.giving_to(agent))
        said = {
            "id": agent.pk,
            "name": str(agent),
            "email": agent.email,
            "role": agent.role,
            "teams": Team.objects.of(agent).order_by("name"),
            "availability": duty.of(agent),
            "load": workload.loads([agent.pk])[agent.pk],
            "capacity": workload.capacity_of(agent, given_by) if given_by else 0,
            "scopes": token.scopes,
        }
        return Response(MeOut(said).data)
