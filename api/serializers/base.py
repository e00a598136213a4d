"""What the serializers have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from api.paging import MOST, USUAL
from conversations.services.filtering import YEARS

LARGEST_ID = 2**63 - 1


class Strict(serializers.Serializer[Any]):
    """Takes the fields that it names; an unknown one is an error, not a silent nothing."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(map(str, data)) - set(self.fields) if isinstance(data, Mapping) else set()
        if unknown:
            say = ErrorDetail("There is no such field.", "unknown_field")
            raise ValidationError({name: [say] for name in sorted(unknown)})
        return super().to_internal_value(data)


class Paged(Strict):
    """What every list takes."""

    after = serializers.CharField(required=False, help_text="The cursor in `next`.")
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, default=USUAL, help_text="Rows a page."
    )


class Id(serializers.IntegerField):
    """A row's number."""

    def __init__(self, **given: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **given)


class Day(serializers.DateField):
    """A day of a year that every time zone has."""

    def to_internal_value(self, value: Any) -> Any:
        day = super().to_internal_value(value)
        if day.year not in YEARS:
            raise ValidationError("No such day.", "invalid")
        return day


class Named(serializers.Serializer[Any]):
    """Somebody or something by number and name."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="__str__")
