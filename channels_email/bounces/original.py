"""Which mail a report is about."""

from __future__ import annotations

import re

from channels_email import charsets, threading
from channels_email.bounces.notice import Notice
from channels_email.headers import Headers

_BYTES = re.compile(
    rb"^(?:> ?)?message-id:\s{0,4}(<[^>\r\n]{1,900}>)", re.IGNORECASE | re.MULTILINE
)
_TEXT = re.compile(
    r"^[> \t]{0,8}(?:original-)?message-id:\s{0,4}(<[^>\r\n]{1,900}>)", re.IGNORECASE | re.MULTILINE
)
_OWN = re.compile(rf"<{threading.TOKEN}\.[0-9a-f]{{32}}@[^<>\s@]{{1,255}}>")
MOST = 50


def message_id(headers: Headers, body: bytes, said: Notice) -> str:
    """The id of the mail that came back; of several the one with our shape, else the last.

    Looked for as a field of the returned mail, then among what the report answers, then anywhere:
    some servers quote a log line only.
    """
    own = threading.message_id(headers)
    named = [f for f in _TEXT.findall(f"{said.text}\n{said.returned}") if f != own][:MOST]
    raw = [f.decode("ascii", "replace") for f in _BYTES.findall(body)][:MOST]
    fields = [*named, *(found for found in raw if found != own)]
    answered = list(threading.references(headers))
    anywhere = _OWN.findall(f"{said.text}\n{said.returned}")[:MOST]
    best = next(filter(threading.is_own_id, (*fields, *answered, *anywhere)), "")
    return charsets.clean(best or (fields[-1] if fields else ""))
