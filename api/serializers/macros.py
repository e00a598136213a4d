"""Macros: words with placeholders, and what is done along."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from api.serializers.base import Named, Strict
from api.serializers.cases import PRIORITIES, CaseOut
from api.serializers.writing import LONGEST
from conversations.models import Macro, Priority

TAGS_LENGTH = 300
"""Characters of all tags of a macro together."""


class MacroOut(serializers.ModelSerializer[Macro]):
    """Everybody's, a team's, or an agent's own."""

    team = Named(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    is_own = serializers.SerializerMethodField()
    priority = serializers.SerializerMethodField()

    class Meta:
        model = Macro
        fields = (
            "id", "name", "team", "is_own", "is_active", "text_en", "text_es", "tags", "assign",
            "priority", "snooze_hours", "resolves", "used_count", "used_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_priority(self, macro: Macro) -> str | None:
        return None if macro.priority is None else Priority(macro.priority).name.lower()

    def get_is_own(self, macro: Macro) -> bool:
        return macro.owner_id is not None


class MacroIn(Strict):
    """The whole macro: what is left out is empty. It says something or does something."""

    name = serializers.CharField(max_length=80)
    text_en = serializers.CharField(
        max_length=LONGEST,
        required=False,
        default="",
        allow_blank=True,
        trim_whitespace=False,
        help_text="With `{{placeholders}}`; 422 `unknown_placeholder` for one that there is not.",
    )
    text_es = serializers.CharField(
        max_length=LONGEST, required=False, default="", allow_blank=True, trim_whitespace=False
    )
    tags: Any = serializers.ListField(
        child=serializers.RegexField(r"^[^,]+$", max_length=60),
        max_length=50,
        required=False,
        default=list,
        help_text="Added to those that the case has. No commas.",
    )
    assign = serializers.ChoiceField(
        choices=["", "me", "none"],
        required=False,
        default="",
        help_text="`me`: to whoever uses it. `none`: to nobody.",
    )
    priority = serializers.ChoiceField(
        choices=PRIORITIES, required=False, allow_null=True, default=None
    )
    snooze_hours = serializers.IntegerField(
        min_value=1, max_value=9000, required=False, allow_null=True, default=None
    )
    resolves = serializers.BooleanField(required=False, default=False)

    def validate_tags(self, tags: list[str]) -> list[str]:
        if len(", ".join(tags)) > TAGS_LENGTH:
            raise ValidationError(
                [ErrorDetail(f"At most {TAGS_LENGTH} characters together.", "max_length")]
            )
        return tags


class SwitchIn(Strict):
    active = serializers.BooleanField(help_text="False deletes it; true brings it back.")


class FilledOut(serializers.Serializer[Any]):
    """A macro's words for the customer of a case: their language, placeholders filled."""

    macro = MacroOut()
    text = serializers.CharField()


class MacroRunOut(serializers.Serializer[Any]):
    """`job` is where all of it is undone: `bulk/{job}/undo/`."""

    job = serializers.IntegerField()
    case = CaseOut()
