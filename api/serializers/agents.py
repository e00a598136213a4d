"""Who works here, and whether they are there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.base import Strict
from conversations.models import Agent, Availability, Duty
from conversations.services import duty


class AgentOut(serializers.ModelSerializer[Agent]):
    """`since` is null where nobody was ever seen by that name."""

    name = serializers.CharField(source="__str__")
    availability = serializers.SerializerMethodField()
    since = serializers.SerializerMethodField()

    class Meta:
        model = Agent
        fields = ("id", "name", "role", "availability", "since")
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Availability.choices))
    def get_availability(self, agent: Agent) -> str:
        return duty.of(agent)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_since(self, agent: Agent) -> datetime | None:
        try:
            return agent.duty.since
        except Duty.DoesNotExist:
            return None


class AvailabilityIn(Strict):
    availability: Any = serializers.ChoiceField(
        choices=[str(choice) for choice in duty.CHOICES],
        help_text="`online` holds for 60 s without a socket of the desk; say it again before. "
        "`away` holds until you say otherwise.",
    )
