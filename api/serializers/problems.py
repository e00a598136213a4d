"""An error, as RFC 9457 has it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class Fault(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Dotted path; empty for the whole body.")
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """Programs go by `code`; `params` carry what it is about; `errors` list what was invalid."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField(required=False)
    instance = serializers.CharField(required=False, help_text="The id that the logs know.")
    params = serializers.DictField(required=False)
    errors = Fault(many=True, required=False)  # type: ignore[assignment]  # a field of that name
