"""A case, and how lists of them are asked for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers.base import Day, Id, Named, Paged, Strict
from conversations.models import Case, Priority, Status
from conversations.services.filtering import WAITS

PRIORITIES = [priority.name.lower() for priority in Priority]


class CaseOut(serializers.ModelSerializer[Case]):
    """`revision` is the conversation's: the ETag of the case, and where `changes` go on from."""

    priority = serializers.SerializerMethodField()
    team = Named()
    assignee = Named(allow_null=True)
    customer = Named(source="conversation.customer")
    conversation = serializers.IntegerField(source="conversation_id")
    revision = serializers.IntegerField(source="conversation.revision")
    tags = serializers.SerializerMethodField()
    follows = serializers.IntegerField(source="follows_id", allow_null=True)
    journey = serializers.ListField(child=serializers.CharField())
    can_act = serializers.BooleanField()

    class Meta:
        model = Case
        fields = (
            "id", "topic", "status", "priority", "team", "assignee", "customer", "conversation",
            "revision", "tags", "follows", "opened_at", "resolved_at", "snoozed_until",
            "waiting_since", "reply_soon_at", "reply_due_at", "target_passed_at",
            "last_message_at", "last_preview", "journey", "can_act",
        )  # fmt: skip
        read_only_fields = fields

    def get_priority(self, case: Case) -> str:
        return Priority(case.priority).name.lower()

    def get_tags(self, case: Case) -> list[str]:
        return sorted(tag.name for tag in case.tags.all())


class CaseQuery(Paged):
    """Filters are joined by *and*."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    team = Id(required=False)
    assignee = serializers.RegexField(
        r"^(me|none|[1-9][0-9]{0,17})$",
        required=False,
        help_text="An agent's number, `me`, or `none`.",
    )
    channel = Id(required=False, help_text="Cases with a message on this channel.")
    customer = Id(required=False)
    conversation = Id(required=False)
    tag = serializers.CharField(required=False, max_length=60)
    waiting = serializers.BooleanField(
        required=False, help_text="Whether the customer waits for an answer.", allow_null=True,
        default=None,
    )  # fmt: skip
    waits = serializers.ChoiceField(
        choices=list(WAITS), required=False, help_text="`late`: past the target; `soon`: near it."
    )
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False)
    language = serializers.RegexField(
        r"^[a-z]{2,3}$", required=False, help_text="The customer's, by ISO 639."
    )
    since: Any = Day(required=False, help_text="The last message is of that day or later.")
    until: Any = Day(required=False, help_text="Of that day or earlier; days are the agent's own.")
    updated_since = serializers.DateTimeField(
        required=False, help_text="Cases with a change since then: at most 30 days back."
    )
    order = serializers.ChoiceField(
        choices=["newest", "oldest"], required=False, help_text="By number."
    )


class SeenIn(Strict):
    seen = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**63 - 1,
        help_text="The revision you saw, where no If-Match is sent.",
    )


class AssignIn(SeenIn):
    assignee = Id(allow_null=True, help_text="An agent's number; null for nobody.")


class MoveIn(SeenIn):
    team = Id()


class TopicIn(SeenIn):
    topic = serializers.CharField(max_length=300)


class PriorityIn(SeenIn):
    priority = serializers.ChoiceField(choices=PRIORITIES)


class SnoozeIn(SeenIn):
    until = serializers.DateTimeField(help_text="When it comes back, unless the customer writes.")


class TagsIn(SeenIn):
    tags: Any = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=50, allow_empty=True
    )


class ReadIn(Strict):
    up_to = serializers.DateTimeField(help_text="Everything up to then is read.")
