"""Cases split and merged, customers merged: what is asked, both sides before, the journal after."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.base import Id, Named, Paged, Strict
from api.serializers.cases import SeenIn
from api.serializers.messages import AuthorOut, MessageOut
from conversations.models import Message, Rearrangement, RearrangementKind
from conversations.services.journal import CAUSE_LENGTH
from conversations.services.regroup import MOST_MESSAGES
from conversations.services.threads import preview


class CauseIn(Strict):
    cause = serializers.CharField(
        max_length=CAUSE_LENGTH,
        required=False,
        default="",
        allow_blank=True,
        help_text="Why, in a few words: it stands in the line that the thread shows.",
    )


class ChosenIn(CauseIn, SeenIn):
    messages: Any = serializers.ListField(
        child=Id(),
        min_length=1,
        max_length=MOST_MESSAGES,
        help_text="Numbers of messages and notes of this case. At least one must stay.",
    )


class SplitIn(ChosenIn):
    topic = serializers.CharField(
        max_length=300,
        required=False,
        default="",
        allow_blank=True,
        help_text="Else what the first of the messages is about.",
    )
    team = Id(required=False, help_text="Else the same team.")


class MoveMessagesIn(ChosenIn):
    to = Id(help_text="Another case of the same customer.")


class MergeCasesIn(CauseIn, SeenIn):
    other = Id(help_text="Another case of the same customer. The older number survives.")


class MergeCustomersIn(CauseIn):
    other = Id(help_text="Another customer. The older one survives; cases stay apart.")


class EntryLine(serializers.ModelSerializer[Message]):
    at = serializers.DateTimeField(source="sorted_at")
    author = serializers.SerializerMethodField()
    line = serializers.SerializerMethodField(help_text="The beginning of its words.")

    class Meta:
        model = Message
        fields = ("id", "kind", "at", "author", "line")
        read_only_fields = fields

    @extend_schema_field(AuthorOut)
    def get_author(self, message: Message) -> dict[str, Any]:
        return MessageOut().get_author(message)

    def get_line(self, message: Message) -> str:
        return preview(message)


class HalfOut(serializers.Serializer[Any]):
    """`case` is null for the case that a split would make."""

    case = serializers.IntegerField(source="case.pk", allow_null=True, default=None)
    topic = serializers.CharField()
    team = Named()
    messages = EntryLine(many=True)


class HalvesOut(serializers.Serializer[Any]):
    """What would stay in the case, and what would go; nothing was changed."""

    stays = HalfOut()
    goes = HalfOut()


class SideCase(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    topic = serializers.CharField()
    status = serializers.CharField()
    team = Named()
    assignee = Named(allow_null=True)


class SideOut(serializers.Serializer[Any]):
    """One of the two, as far as this agent sees it."""

    survives = serializers.BooleanField(help_text="The other leads to this one.")
    customer = Named()
    cases = SideCase(many=True, help_text="Open cases, or the case itself.")
    hidden = serializers.ListField(
        child=serializers.CharField(), help_text="Teams of cases that this agent may not see."
    )
    number_of_cases = serializers.IntegerField()
    number_of_messages = serializers.IntegerField()
    since = serializers.DateTimeField()


class SidesOut(serializers.Serializer[Any]):
    """Both sides, the one that survives first; nothing was changed."""

    sides = SideOut(many=True)


class RearrangementOut(serializers.ModelSerializer[Rearrangement]):
    """An entry of the journal. Of cases and messages: from `source` to `target` (cases). Of
    customers: `loser` went into `survivor` (customers)."""

    source = serializers.IntegerField(source="source_id", allow_null=True)  # type: ignore[assignment]  # a field of that name
    target = serializers.IntegerField(source="target_id", allow_null=True)
    survivor = serializers.IntegerField(
        source="survivor.customer_id", allow_null=True, default=None
    )
    loser = serializers.IntegerField(source="loser.customer_id", allow_null=True, default=None)
    by = Named(source="agent", allow_null=True, help_text="Null: the customer proved it.")
    undone_by = Named(allow_null=True)

    class Meta:
        model = Rearrangement
        fields = (
            "id", "kind", "source", "target", "survivor", "loser", "by", "cause", "done_at",
            "undone_at", "undone_by",
        )  # fmt: skip
        read_only_fields = fields


class RearrangementQuery(Paged):
    kind = serializers.ChoiceField(choices=RearrangementKind.choices, required=False)
    case = Id(required=False, help_text="Out of this case, or into it.")
    customer = Id(required=False, help_text="In this customer's conversation.")
    standing = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Whether it was not undone."
    )
