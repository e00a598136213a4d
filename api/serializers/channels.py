"""Channels and what arrived on them. No secret of a channel is among these fields."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers.base import Id, Named, Paged
from conversations.models import Channel, Receipt, ReceiptState


class ChannelOut(serializers.ModelSerializer[Channel]):
    team = Named()
    reply_target = serializers.SerializerMethodField(help_text="Seconds.")

    class Meta:
        model = Channel
        fields = (
            "id", "kind", "name", "label", "team", "is_active", "is_own_topic", "language",
            "reply_target", "last_in_at", "last_out_at", "last_contact_at", "trouble_at",
            "trouble_code",
        )  # fmt: skip
        read_only_fields = fields

    def get_reply_target(self, channel: Channel) -> int:
        return int(channel.reply_target.total_seconds())


class ReceiptOut(serializers.ModelSerializer[Receipt]):
    """What arrived, byte for byte at `receipts/{id}/raw/` while it is kept."""

    channel = serializers.IntegerField(source="channel_id")
    case = serializers.IntegerField(source="case_id", allow_null=True)
    sha256 = serializers.CharField(source="blob.sha256")
    size = serializers.IntegerField(source="blob.size")
    is_kept = serializers.SerializerMethodField()

    class Meta:
        model = Receipt
        fields = (
            "id", "channel", "external_id", "state", "attempts", "reason_code", "reason_words",
            "case", "is_history", "received_at", "processed_at", "sha256", "size", "is_kept",
        )  # fmt: skip
        read_only_fields = fields

    def get_is_kept(self, receipt: Receipt) -> bool:
        return receipt.blob.pruned_at is None


class ReceiptQuery(Paged):
    state = serializers.ChoiceField(choices=ReceiptState.choices, required=False)
    channel: Any = Id(required=False)
    case: Any = Id(required=False)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", required=False)


class ChannelQuery(Paged):
    """No filters."""
