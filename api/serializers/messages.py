"""Messages, their files and how they travelled."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.base import Id, Paged
from conversations.models import (
    Attachment,
    Channel,
    Delivery,
    DeliveryState,
    Kind,
    Message,
    Recipient,
)


class ChannelRef(serializers.ModelSerializer[Channel]):
    class Meta:
        model = Channel
        fields = ("id", "kind")
        read_only_fields = fields


class AuthorOut(serializers.Serializer[Any]):
    """An identity (somebody outside), an agent, or the system, which has no id."""

    kind = serializers.ChoiceField(choices=["identity", "agent", "system"])
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    address = serializers.CharField()


class AddresseeOut(serializers.Serializer[Any]):
    role = serializers.CharField()
    address = serializers.CharField()
    name = serializers.CharField()


class AttachmentOut(serializers.ModelSerializer[Attachment]):
    """The bytes are at `attachments/{id}/`."""

    sha256 = serializers.CharField(source="blob.sha256")

    class Meta:
        model = Attachment
        fields = ("id", "name", "type", "size", "is_inline", "content_id", "sha256")
        read_only_fields = fields


class DeliveryLine(serializers.ModelSerializer[Delivery]):
    class Meta:
        model = Delivery
        fields = ("id", "state")
        read_only_fields = fields


class MessageOut(serializers.ModelSerializer[Message]):
    """An entry of a conversation: a message, a note, or an activity as `code` and `params`.

    `is_aside`: it passed between us and a third party. The customer does not know of it, and it
    must not be shown or sent to them.
    """

    conversation = serializers.IntegerField(source="conversation_id")
    case = serializers.IntegerField(source="case_id")
    channel = ChannelRef(allow_null=True)
    author = serializers.SerializerMethodField()
    grade = serializers.CharField(help_text="What the sender's address is worth; empty for ours.")
    at = serializers.DateTimeField(source="sorted_at")
    params = serializers.DictField()
    addressees = serializers.SerializerMethodField()
    attachments = AttachmentOut(many=True)
    deliveries = DeliveryLine(many=True)

    class Meta:
        model = Message
        fields = (
            "id", "conversation", "case", "channel", "kind", "author", "grade", "origin",
            "is_unconfirmed", "is_aside", "subject", "text", "folded", "code", "params",
            "addressees", "attachments", "deliveries", "at", "sent_at", "redacted_at",
            "cancelled_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(AuthorOut)
    def get_author(self, message: Message) -> dict[str, Any]:
        kind, who = "system", None
        if message.identity is not None:
            kind, who = "identity", message.identity.pk
        elif message.agent is not None:
            kind, who = "agent", message.agent.pk
        name = message.author_name or str(message.agent or message.identity or "")
        address = message.identity.value if message.identity else ""
        return {"kind": kind, "id": who, "name": name, "address": address}

    @extend_schema_field(AddresseeOut(many=True))
    def get_addressees(self, message: Message) -> list[dict[str, str]]:
        keys = ("role", "address", "name")
        return [{key: one.get(key, "") for key in keys} for one in message.addressees]


class MessageWhole(MessageOut):
    """With its sanitised markup."""

    class Meta:
        model = Message
        fields = (*MessageOut.Meta.fields, "html")
        read_only_fields = fields


class SkippedOut(serializers.Serializer[Any]):
    """A channel that a message did not go by: why as `code` and `params`."""

    channel = ChannelRef()
    code = serializers.CharField()
    params = serializers.DictField()


class ToldOut(serializers.Serializer[Any]):
    """What was written, in which case and by which channel, and why not by an earlier one."""

    case = serializers.IntegerField(source="message.case_id")
    channel = ChannelRef(source="message.channel")
    message = MessageOut()
    skipped = SkippedOut(many=True)


class ActivityOut(serializers.ModelSerializer[Message]):
    """Something that was done: what as `code` and `params`, by whom and when."""

    case = serializers.IntegerField(source="case_id")
    at = serializers.DateTimeField(source="sorted_at")
    by = serializers.SerializerMethodField()
    params = serializers.DictField()

    class Meta:
        model = Message
        fields = ("id", "case", "at", "by", "code", "params")
        read_only_fields = fields

    @extend_schema_field(AuthorOut)
    def get_by(self, message: Message) -> dict[str, Any]:
        return MessageOut().get_author(message)


class MessageQuery(Paged):
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    order = serializers.ChoiceField(choices=["newest", "oldest"], required=False)


class RecipientOut(serializers.ModelSerializer[Recipient]):
    class Meta:
        model = Recipient
        fields = ("role", "address", "name", "state", "reason_code", "reason_words", "updated_at")
        read_only_fields = fields


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    conversation = serializers.IntegerField(source="conversation_id")
    channel = ChannelRef()
    messages = serializers.SerializerMethodField()
    recipients = RecipientOut(many=True)

    class Meta:
        model = Delivery
        fields = (
            "id", "conversation", "channel", "messages", "state", "sender", "provider_id",
            "attempts", "due_at", "is_scheduled", "created_at", "sent_at", "reason_code",
            "reason_words", "recipients",
        )  # fmt: skip
        read_only_fields = fields

    def get_messages(self, delivery: Delivery) -> list[int]:
        return sorted(message.pk for message in delivery.messages.all())


class DeliveryQuery(Paged):
    state = serializers.ChoiceField(choices=DeliveryState.choices, required=False)
    channel: Any = Id(required=False)
    case: Any = Id(required=False)
    message: Any = Id(required=False)
