"""Codes as sentences, in the reader's language: activities, refusals, delivery reasons.

A code that nobody has written a sentence for is shown as words, never hidden.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIVITIES: dict[str, Promise] = {
    "reopened": _("The customer wrote again: reopened"),
    "resolved": _("%(who)s resolved this"),
    "reopened_by_agent": _("%(who)s reopened this"),
    "assigned": _("%(who)s gave this to %(to_name)s"),
    "unassigned": _("%(who)s took the assignee off"),
    "taken": _("%(who)s took this"),
    "moved": _("%(who)s moved this to %(team)s"),
    "tagged": _("%(who)s changed the tags"),
    "renamed": _("%(who)s changed the topic to “%(topic)s”"),
    "marked_spam": _("%(who)s marked this as spam"),
    "not_spam": _("%(who)s marked this as no spam"),
    "participant_accepted": _("%(who)s accepted %(address)s into this case"),
    "send_undone": _("%(who)s took a message back before it went out"),
}

REFUSALS: dict[str, Promise] = {
    "not_your_team": _("This case belongs to %(team)s. You can read it and leave a note."),
    "changed_meanwhile": _("%(who)s changed this meanwhile."),
    "too_late": _("It has gone out already."),
    "empty": _("Write something first."),
    "no_recipient": _("Say who it goes to."),
    "bad_address": _("%(address)s is not an address we can send to."),
    "case_gone": _("This case is not there any more."),
    "case_closed": _("This case is closed. Reopen it first."),
    "channel_off": _("This channel is switched off."),
    "not_installed": _("This kind of channel is not installed."),
    "no_channel": _("There is no channel that reaches this customer."),
    "not_in_team": _("%(agent)s is not in this team."),
    "file_too_large": _("That is more than this channel carries."),
    "draft_changed": _("This draft was changed in another window."),
    "sent_already": _("This was sent already."),
}

REASONS: dict[str, Promise] = {
    "unreachable": _("the mail server could not be reached"),
    "timeout": _("the mail server did not answer in time"),
    "refused": _("the mail server refused it"),
    "no_such_mailbox": _("there is no such mailbox"),
    "mailbox_full": _("the mailbox is full"),
    "blocked": _("the other side blocked it"),
    "login_failed": _("our login was refused"),
    "tls_failed": _("a safe connection could not be made"),
    "too_large": _("the message is too large"),
    "bounced": _("it came back"),
    "channel_off": _("the channel is switched off"),
    "not_installed": _("this kind of channel is not installed"),
    "gave_up": _("a day of attempts did not help"),
    "outcome_unknown": _("the connection broke at the last moment"),
    "crashed": _("a fault of ours"),
}


def activity(code: str, params: Mapping[str, object], *, who: str) -> str:
    return _say(ACTIVITIES, code, {**params, "who": who})


def refusal(code: str, params: Mapping[str, object]) -> str:
    return _say(REFUSALS, code, params)


def reason(code: str, params: Mapping[str, object] | None = None) -> str:
    return _say(REASONS, code, params or {}) if code else ""


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _say(sentences: Mapping[str, Promise], code: str, params: Mapping[str, object]) -> str:
    known = sentences.get(code)
    if known is None:
        return code.replace("_", " ").capitalize()
    return str(known) % _Blank(params)
