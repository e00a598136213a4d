"""Conversations and the steps they took."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.base import Named, Paged, Strict
from conversations.models import Case, ChangeKind, Conversation


class CaseLine(serializers.ModelSerializer[Case]):
    """A case of a conversation. Of a restricted team's: its team, and null for everything else."""

    id = serializers.IntegerField(allow_null=True)
    topic = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True)
    team = serializers.CharField(source="team.name")

    class Meta:
        model = Case
        fields = ("id", "topic", "status", "team")
        read_only_fields = fields

    def to_representation(self, instance: Case) -> dict[str, Any]:
        said = super().to_representation(instance)
        hidden = {"id": None, "topic": None, "status": None}
        return said if instance.pk in self.context["seen"] else {**said, **hidden}


class ConversationOut(serializers.ModelSerializer[Conversation]):
    customer = Named()
    cases = serializers.SerializerMethodField()

    class Meta:
        model = Conversation
        fields = ("id", "customer", "revision", "created_at", "cases")
        read_only_fields = fields

    @extend_schema_field(CaseLine(many=True))
    def get_cases(self, conversation: Conversation) -> Any:
        rows = sorted(conversation.cases.all(), key=lambda case: case.pk)
        seen = {case.pk for case in rows if case.is_seen}  # type: ignore[attr-defined]  # api.reads annotates it
        return CaseLine(rows, many=True, context={"seen": seen}).data


class ChangeOut(serializers.Serializer[Any]):
    """One step. `empty` is one that this viewer may not see: a gap is always a real one."""

    previous = serializers.IntegerField()
    revision = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[*ChangeKind.values, "empty"])
    at = serializers.DateTimeField(allow_null=True)
    case = serializers.IntegerField(allow_null=True)
    message = serializers.IntegerField(allow_null=True)


class ChangesOut(serializers.Serializer[Any]):
    """`reset`: the steps are gone, read the conversation anew. `more`: ask again after the last."""

    revision = serializers.IntegerField(help_text="Where the conversation stands.")
    reset = serializers.BooleanField()
    more = serializers.BooleanField()
    changes = ChangeOut(many=True)


class ChangesQuery(Strict):
    after = serializers.IntegerField(min_value=0, max_value=2**63 - 1)


class ConversationQuery(Paged):
    """No filters."""
