"""Whether a mail is a machine's report. In doubt it is a person's: those must not get lost."""

from __future__ import annotations

import re
from email.message import Message as Part

from channels_email.bounces import notice, recipients, vendors
from channels_email.bounces.failure import FAILURE, is_machine, is_machine_name, is_silent
from channels_email.headers import Headers

_REPORT = re.compile(r"report-type\s*=\s*\"?(?:delivery-status|feedback-report)", re.IGNORECASE)
_FORWARDED = re.compile(r"^\s*(?:fwd?|wg|rv|tr|enc|i)\s*:", re.IGNORECASE)


def is_bounce(mail: Part, headers: Headers, sender: str) -> bool:
    """A delivery or feedback report (RFC 3464, 5965), or a server's words about a failed mail.

    What people write about failed deliveries, and what they forward, is theirs.
    """
    if is_report(mail, headers) or "x-failed-recipients" in headers:
        return True
    is_nobody = sender.startswith("mail:")
    shown = headers.text("from").strip("\"' <>")
    if is_machine(sender) or is_machine_name(shown) or is_machine(shown):
        return _is_servers(mail, headers, is_nameless=_has_no_return(headers) or is_nobody)
    if _FORWARDED.match(headers.text("subject")):
        return False
    if is_nobody:
        return _names_a_failure(mail)
    says_so = FAILURE.search(headers.text("subject")) is not None
    if _has_no_return(headers):
        return (says_so or is_silent(sender)) and _names_a_failure(mail)
    return is_silent(sender) and notice.has_returned(mail) and _names_a_failure(mail)


def is_report(mail: Part, headers: Headers) -> bool:
    """A report by its form, at the top or as a part; not one inside of a forwarded mail."""
    kind = headers.raw("content-type").lstrip()
    if kind.lower().startswith("multipart/report") and _REPORT.search(kind):
        return True
    if vendors.is_complaint(mail, headers) or vendors.is_notification(headers):
        return True
    kinds = {part.get_content_type() for part in notice.walk(mail)}
    return bool(kinds & {*notice.STATUS, notice.FEEDBACK}) and "in-reply-to" not in headers


def _has_no_return(headers: Headers) -> bool:
    """Nobody may answer it (RFC 5321 4.5.5)."""
    return headers.raw("return-path").strip() == "<>" or headers.raw("from").strip() == "<>"


def _is_servers(mail: Part, headers: Headers, *, is_nameless: bool) -> bool:
    """A postmaster can be a person, who has a return path and speaks of no failed address."""
    if is_nameless:
        return True
    if _FORWARDED.match(headers.text("subject")):
        return False
    says_so = "auto-submitted" in headers or FAILURE.search(headers.text("subject"))
    return bool(says_so) or _names_a_failure(mail)


def _names_a_failure(mail: Part) -> bool:
    said = notice.read(mail)
    if not FAILURE.search(" ".join(said.lines[:60])):
        return False
    return bool(recipients.find(said.lines, "", sender="", ours=frozenset()))
