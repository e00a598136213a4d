"""Words that were not sent yet."""

from __future__ import annotations

from rest_framework import serializers

from api.serializers.base import LARGEST_ID, Id, Strict
from api.serializers.writing import LONGEST, addresses
from conversations.models import Draft


class DraftOut(serializers.ModelSerializer[Draft]):
    """An agent's own: nobody else reads it. A note has no addresses and no channel."""

    case = serializers.IntegerField(source="case_id")
    to = serializers.SerializerMethodField()
    cc = serializers.SerializerMethodField()
    bcc = serializers.SerializerMethodField()
    subject = serializers.SerializerMethodField()
    sender = serializers.SerializerMethodField()
    channel = serializers.SerializerMethodField()

    class Meta:
        model = Draft
        fields = (
            "id", "case", "kind", "text", "to", "cc", "bcc", "subject", "sender", "channel",
            "version", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_to(self, draft: Draft) -> list[str]:
        return list(draft.fields.get("to", []))

    def get_cc(self, draft: Draft) -> list[str]:
        return list(draft.fields.get("cc", []))

    def get_bcc(self, draft: Draft) -> list[str]:
        return list(draft.fields.get("bcc", []))

    def get_subject(self, draft: Draft) -> str:
        return str(draft.fields.get("subject", ""))

    def get_sender(self, draft: Draft) -> str:
        return str(draft.fields.get("sender", ""))

    def get_channel(self, draft: Draft) -> int | None:
        number = draft.fields.get("channel")
        return number if isinstance(number, int) else None


class NoteDraftIn(Strict):
    text = serializers.CharField(
        max_length=LONGEST, trim_whitespace=False, help_text="Nothing but spaces discards it."
    )
    version = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_ID - 1,
        required=False,
        default=0,
        help_text="Of the draft that this was written on top of; 0 where there was none.",
    )


class DraftIn(NoteDraftIn):
    to = addresses()
    cc = addresses()
    bcc = addresses()
    subject = serializers.CharField(max_length=998, required=False, default="", allow_blank=True)
    sender = serializers.CharField(max_length=320, required=False, default="", allow_blank=True)
    channel = Id(required=False, allow_null=True, default=None)


class DraftVersion(Strict):
    version = serializers.IntegerField(
        min_value=0, max_value=LARGEST_ID, help_text="Of the draft as it was read."
    )
