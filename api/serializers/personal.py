"""Exports of everything about a person, and erasures."""

from __future__ import annotations

from rest_framework import serializers

from api.serializers.base import Named, Strict
from conversations.models import Erasure, Export


class ExportOut(serializers.ModelSerializer[Export]):
    """`done` of `total` files and raw messages are written. Fetched from `…/file/` when ready."""

    customer = serializers.IntegerField(source="customer_id")

    class Meta:
        model = Export
        fields = ("id", "customer", "state", "done", "total", "size", "created_at", "expires_at")
        read_only_fields = fields


class EraseIn(Strict):
    cause = serializers.CharField(
        max_length=200,
        required=False,
        default="",
        allow_blank=True,
        help_text="Stays for good: name nobody.",
    )


class ErasureOut(serializers.ModelSerializer[Erasure]):
    """`counts`: how many of what went, by kind. `customer` is a number that leads nowhere then."""

    customer = serializers.IntegerField(source="customer_number")
    agent = Named(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = Erasure
        fields = (
            "id", "customer", "agent", "cause", "state", "due_at", "done_at", "counts",
        )  # fmt: skip
        read_only_fields = fields
