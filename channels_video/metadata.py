"""`Upload-Metadata`: pairs of a key and a value in Base64, separated by commas. All of it is a
claim; two keys are read, and nothing else of it is kept."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus

from channels_video import limits
from channels_video.refusals import Refusal
from conversations.services.filenames import claimed_type, display_name

NAMES = ("filename", "name")
TYPES = ("filetype", "type")
LONGEST_NAME = 255


def name_and_type(header: str) -> tuple[str, str]:
    """As they can be shown. Raises Refusal when there is too much of it."""
    if len(header) > limits.METADATA:
        raise Refusal("metadata_too_long", HTTPStatus.BAD_REQUEST)
    said = pairs(header)
    name = next((said[key] for key in NAMES if said.get(key)), "")
    kind = next((said[key] for key in TYPES if said.get(key)), "")
    return display_name(name)[:LONGEST_NAME], claimed_type(kind)


def pairs(header: str) -> dict[str, str]:
    """The first value of each key; what is no Base64 is left out."""
    found: dict[str, str] = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            text = base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            continue
        if key:
            found.setdefault(key, text)
    return found
