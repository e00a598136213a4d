"""What a page of ours was sent, as one receipt: a JSON frame, and behind it the files it names.

`frame NUL file file …`: JSON holds no NUL, and the envelope's `files` know names, types and sizes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from conversations.adapters.base import Malformed
from conversations.adapters.messages import File, RawEvent


def packed(frame: str, files: Sequence[File]) -> bytes:
    tail = b"".join([b"\x00", *(file.content for file in files)]) if files else b""
    return frame.encode("utf-8", "surrogatepass") + tail


def said(raw: RawEvent) -> Mapping[str, Any]:
    """The frame. Raises Malformed."""
    head, _, _ = raw.body.partition(b"\x00")
    try:
        frame = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise Malformed("not_json", words=str(error)) from error
    if not isinstance(frame, dict):
        raise Malformed("not_a_frame")
    return frame


def files(raw: RawEvent) -> tuple[File, ...]:
    """What stands behind the frame. Raises Malformed when it is not what the envelope says."""
    _, _, rest = raw.body.partition(b"\x00")
    found, place = [], 0
    named = raw.envelope.get("files")
    for one in named if isinstance(named, list) else ():
        content = rest[place : place + one["size"]]
        place += one["size"]
        found.append(File(name=one["name"], type=one["type"], content=content))
    if place != len(rest):
        raise Malformed("files_do_not_fit")
    return tuple(found)


def clean(value: object, most: int) -> str:
    """Text that can be kept: without NUL and halves of characters, and not longer than that."""
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\ufffd")[:most]
