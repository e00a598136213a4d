"""What the mail's own provider thought of it: a spam filter in front of us has spoken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from channels_email.headers import Headers

LEVEL_OF_JUNK = 5
"""Microsoft's spam confidence level from which on it is junk."""


def _says_yes(value: str) -> bool:
    return value.strip().lower().startswith(("yes", "true"))


def _is_rspamd_spam(value: str) -> bool:
    """`default: True [15.10 / 6.00]; …`"""
    return re.match(r"[^:;]{0,60}:\s*true\b", value.strip(), re.IGNORECASE) is not None


def _is_junk_level(value: str) -> bool:
    level = re.search(r"-?\d{1,2}", value[:20])
    return level is not None and int(level[0]) >= LEVEL_OF_JUNK


def _is_forefront_spam(value: str) -> bool:
    found = re.search(r"\bSCL:(-?\d{1,2})", value)
    is_listed = re.search(r"\bSFV:(?:SPM|SKB|SKS)\b", value) is not None
    return is_listed or (found is not None and int(found[1]) >= LEVEL_OF_JUNK)


def _failed(value: str) -> bool:
    return value.strip().lower() == "fail"


_FIELDS: dict[str, Callable[[str], bool]] = {
    "x-spam-flag": _says_yes,  # SpamAssassin, and many after it
    "x-spam-status": _says_yes,
    "x-spam": _says_yes,  # rspamd's milter
    "x-spamd-result": _is_rspamd_spam,
    "x-barracuda-spam-flag": _says_yes,
    "x-mailgun-sflag": _says_yes,
    "x-ses-spam-verdict": _failed,
    "x-ms-exchange-organization-scl": _is_junk_level,
    "x-forefront-antispam-report": _is_forefront_spam,
    "x-microsoft-antispam": _is_forefront_spam,
}


def is_spam(headers: Headers, envelope: Mapping[str, object]) -> bool:
    """Whether the provider called it spam, in the mail or, as webhooks do, beside it.

    A sender can write these fields too: against nobody but themselves.
    """
    if envelope.get("spam") is True:
        return True
    return any(says(value) for name, says in _FIELDS.items() for value in headers.all(name))
