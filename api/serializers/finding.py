"""Search, and the named lists of the desk."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers.base import Paged, Strict


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
    count = serializers.IntegerField(allow_null=True, help_text="Who waits for an answer: to 99.")
    more = serializers.BooleanField(help_text="There are more than that.")


class ViewsOut(serializers.Serializer[Any]):
    results = ViewOut(many=True)


class ViewQuery(Paged):
    order = serializers.ChoiceField(choices=["newest", "oldest"], required=False)
    waiting = serializers.BooleanField(required=False, allow_null=True, default=None)
