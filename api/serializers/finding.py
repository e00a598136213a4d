"""Search, and the named lists of the desk."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers.base import Day, Id, Paged, Strict
from api.serializers.cases import PRIORITIES
from conversations.services.filtering import WAITS


class SearchQuery(Strict):
    """Pages of 25, newest first."""

    q = serializers.CharField(
        max_length=200, help_text='Words; "a phrase"; -without. The last word may go on.'
    )
    after = serializers.CharField(required=False, help_text="The cursor in `next`.")


class HitOut(serializers.Serializer[Any]):
    """A message that answers, and the line of it that does."""

    message = serializers.IntegerField()
    case = serializers.IntegerField()
    conversation = serializers.IntegerField()
    at = serializers.DateTimeField()
    source = serializers.ChoiceField(choices=["text", "subject", "file"])  # type: ignore[assignment]  # a field of that name
    line = serializers.CharField()


class ViewOut(serializers.Serializer[Any]):
    """A list of the desk. `count` is null for the closed ones."""

    key = serializers.CharField()
    title = serializers.CharField()
    count = serializers.IntegerField(
        allow_null=True, help_text="Who waits for an answer; where it is not kept, to 99."
    )
    more = serializers.BooleanField(help_text="There are more than that.")
    made_of = serializers.CharField(
        allow_null=True, help_text="Of a kept one: the `key` of the list that it narrows."
    )
    team = serializers.IntegerField(allow_null=True, help_text="Of a kept one: who shares it.")
    filters = serializers.DictField(
        child=serializers.CharField(), help_text="Of a kept one, by the names that keep one."
    )


class ViewsOut(serializers.Serializer[Any]):
    results = ViewOut(many=True)


class ViewQuery(Paged):
    order = serializers.ChoiceField(choices=["newest", "oldest"], required=False)
    waiting = serializers.BooleanField(required=False, allow_null=True, default=None)


class ViewIn(Strict):
    """A list with filters under a name. `team` shares it with who works for that team."""

    name = serializers.CharField(max_length=60)
    view = serializers.SlugField(max_length=40, help_text="The `key` of a list it is made of.")
    team = Id(required=False, allow_null=True)
    channel = Id(required=False)
    in_team = Id(required=False, help_text="Only cases of this team.")
    assignee = serializers.RegexField(r"^(me|none|[1-9][0-9]{0,17})$", required=False)
    tag = serializers.CharField(required=False, max_length=60)
    waits = serializers.ChoiceField(choices=list(WAITS), required=False)
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False)
    language = serializers.RegexField(r"^[a-z]{2,3}$", required=False)
    customer = Id(required=False)
    since = Day(required=False)
    until = Day(required=False)


class ViewChangeIn(Strict):
    name = serializers.CharField(max_length=60)
    team = Id(allow_null=True, help_text="Who shares it; null for nobody.")
