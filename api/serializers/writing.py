"""What is said: answers, notes, and messages to somebody new."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.serializers.base import LARGEST_ID, Id, Strict
from conversations.adapters.messages import File
from conversations.services.pass_on import MOST_MESSAGES

LONGEST = 200_000
"""Characters of a text."""
MOST_FILES = 20
MOST_ADDRESSES = 50
MOST_ATTACHMENTS = 500


class FileIn(Strict):
    """A file in JSON: its bytes as base64 (RFC 4648, section 4)."""

    name = serializers.CharField(max_length=255)
    type = serializers.CharField(max_length=120, required=False, default="")
    content = serializers.CharField(trim_whitespace=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value(data)
        try:
            content = base64.b64decode(said["content"], validate=True)
        except (ValueError, binascii.Error) as error:
            raise ValidationError({"content": ["This is not base64."]}, "not_base64") from error
        return File(name=said["name"], type=said["type"], content=content)


@extend_schema_field({"type": "string", "format": "binary"})
class Upload(serializers.Field[Any, Any, Any, Any]):
    """A part of multipart/form-data."""

    def to_internal_value(self, data: Any) -> File:
        if not isinstance(data, UploadedFile):
            raise ValidationError("This is not a file.", "not_a_file")
        kind = data.content_type or "application/octet-stream"
        return File(name=data.name or "", type=kind, content=data.read())


def addresses(**given: Any) -> Any:
    """A list of addresses as typed."""
    child = serializers.CharField(max_length=320)
    return serializers.ListField(
        child=child, max_length=MOST_ADDRESSES, required=False, default=list, **given
    )


class NoteIn(Strict):
    text = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    files = serializers.ListField(child=FileIn(), required=False, max_length=MOST_FILES)


class NoteForm(NoteIn):
    files = serializers.ListField(child=Upload(), required=False, max_length=MOST_FILES)


class RedactIn(Strict):
    attachment = Id(required=False, help_text="One of its files alone.")
    cause = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class LetterIn(Strict):
    """`channel` and `to` may be left out of an answer: it goes where the case would be answered."""

    text = serializers.CharField(max_length=LONGEST, trim_whitespace=False, allow_blank=True)
    channel = Id(required=False)
    to = addresses()
    cc = addresses()
    bcc = addresses()
    sender = serializers.CharField(
        max_length=320, required=False, default="", help_text="One of the channel's own addresses."
    )
    subject = serializers.CharField(max_length=998, required=False, default="")
    files = serializers.ListField(child=FileIn(), required=False, max_length=MOST_FILES)


class MessageIn(LetterIn):
    send_at = serializers.DateTimeField(
        required=False,
        help_text="Keeps it until then, and calls it off when the customer writes before.",
    )
    resolve = serializers.BooleanField(required=False, default=False)
    macro = Id(required=False, help_text="Its actions are done along; its words are yours to send.")
    seen = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)


class MessageForm(MessageIn):
    files = serializers.ListField(child=Upload(), required=False, max_length=MOST_FILES)


class ForwardIn(LetterIn):
    """Messages of a case, handed on to somebody who is neither its customer nor one of us.

    They stand below `text`, with who wrote them and when. Without `attachments` all their files go
    along. Without `subject` it is theirs.
    """

    text = serializers.CharField(
        max_length=LONGEST, trim_whitespace=False, allow_blank=True, required=False, default=""
    )
    to = serializers.ListField(
        child=serializers.CharField(max_length=320), max_length=MOST_ADDRESSES, min_length=1
    )
    messages = serializers.ListField(
        child=Id(), min_length=1, max_length=MOST_MESSAGES, help_text="Of this case; no notes."
    )
    attachments = serializers.ListField(
        child=Id(), max_length=MOST_ATTACHMENTS, required=False, help_text="Of these messages."
    )


class ForwardForm(ForwardIn):
    files = serializers.ListField(child=Upload(), required=False, max_length=MOST_FILES)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
            {"type": "string", "pattern": "^[a-z_]{1,16}$"},
        ]
    }
)
class ChannelWish(serializers.Field[Any, Any, Any, Any]):
    """A channel by its number, or all of a kind."""

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, str) and re.fullmatch(r"[a-z_]{1,16}", data):
            return data
        is_number = isinstance(data, int) and not isinstance(data, bool)
        number = int(data) if is_number or re.fullmatch(r"[0-9]{1,19}", str(data)) else 0
        if not 1 <= number <= LARGEST_ID:
            raise ValidationError("A channel's number, or a kind of channel.", "bad_channel")
        return number


class TellIn(Strict):
    """A message to a customer by whatever reaches them: named by `customer`, by an `address` of
    theirs, or by a `case`. Without `case` and `topic` it joins the open case that was busy last, if
    there is one."""

    text = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    customer = Id(required=False)
    address = serializers.CharField(max_length=320, required=False)
    case = Id(required=False)
    topic = serializers.CharField(
        max_length=300, required=False, help_text="Of a new case, which is opened for it."
    )
    subject = serializers.CharField(max_length=998, required=False, default="")
    channels = serializers.ListField(
        child=ChannelWish(),
        required=False,
        default=list,
        max_length=MOST_ADDRESSES,
        help_text="By number or kind, the preferred first; no others are tried. Without it: what "
        "the customer used last, then the rest.",
    )
    fails_over = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Whether another channel is tried where this one fails; null: as the channel.",
    )
    files = serializers.ListField(child=FileIn(), required=False, max_length=MOST_FILES)

    def validate(self, attrs: Any) -> Any:
        if not any(name in attrs for name in ("customer", "address", "case")):
            raise ValidationError({"customer": ["Say who it goes to."]}, "nobody_to_send_to")
        if "case" in attrs and ("topic" in attrs or "address" in attrs):
            raise ValidationError({"case": ["Either this case, or a new one."]}, "either_or")
        if "customer" in attrs and "address" in attrs:
            raise ValidationError({"address": ["Either this, or the customer."]}, "either_or")
        return attrs


class TellForm(TellIn):
    files = serializers.ListField(child=Upload(), required=False, max_length=MOST_FILES)


class CaseIn(LetterIn):
    """A message to somebody, which opens a case of its own."""

    channel = Id()
    to = serializers.ListField(
        child=serializers.CharField(max_length=320), max_length=MOST_ADDRESSES, min_length=1
    )


class CaseForm(CaseIn):
    files = serializers.ListField(child=Upload(), required=False, max_length=MOST_FILES)
