"""Codes as sentences, in the reader's language: activities, refusals, delivery reasons.

A code that nobody has written a sentence for is shown as words, never hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from conversations.adapters import registry
from conversations.models import Priority
from inbox import languages

ACTIVITIES: dict[str, Promise] = {
    "article_read": _("Read before: “%(article)s”%(helped)s"),
    "reopened": _("The customer wrote again: reopened"),
    "continued": _("The customer went on by the link sent to %(address)s"),
    "resolved": _("%(who)s resolved this"),
    "reopened_by_agent": _("%(who)s reopened this"),
    "assigned": _("%(who)s gave this to %(to_name)s"),
    "unassigned": _("%(who)s took the assignee off"),
    "taken": _("%(who)s took this"),
    "given": _("Given to %(to_name)s, %(rule)s"),
    "back_in_queue": _("Back in the queue: %(from_name)s is not here"),
    "moved": _("%(who)s moved this to %(team)s"),
    "tagged": _("%(who)s changed the tags: %(tags)s"),
    "customer_renamed": _("%(who)s changed the customer's name to “%(to)s”"),
    "customer_unnamed": _("%(who)s took the customer's name away"),
    "address_added": _("%(who)s added %(address)s to the customer"),
    "address_removed": _("%(who)s took %(address)s off the customer"),
    "customer_language_unknown": _("%(who)s took the customer's language away"),
    "customer_language": _("%(who)s changed the customer's language to %(language)s"),
    "prioritised": _("%(who)s set the priority to %(priority)s"),
    "bulk_undone": _("%(who)s undid what was done to many cases at once"),
    "redacted": _("%(who)s redacted a message%(because)s"),
    "file_redacted": _("%(who)s redacted a file%(because)s"),
    "files_let_go": _("Files were kept for %(days)s days, as the channel says, and are gone"),
    "renamed": _("%(who)s changed the topic to “%(topic)s”"),
    "snoozed": _("%(who)s put this off until %(until)s"),
    "unsnoozed": _("%(who)s brought this back"),
    "snooze_over": _("The time it was put off for is over"),
    "target_passed": _("The reply target passed: %(due)s"),
    "marked_spam": _("%(who)s marked this as spam"),
    "not_spam": _("%(who)s marked this as no spam"),
    "sender_blocked": _("%(who)s blocked %(address)s"),
    "sender_unblocked": _("%(who)s does not block %(address)s any more"),
    "reopened_aside": _("%(address)s answered: reopened"),
    "participant_accepted": _("%(who)s accepted %(address)s into this case"),
    "identity_shared": _("%(who)s marked %(address)s as a shared address"),
    "identity_shared_itself": _("%(address)s is a contact form: a shared address from now on"),
    "identity_personal": _("%(who)s marked %(address)s as one person's address"),
    "forward_given": _("%(who)s made this from %(address)s"),
    "forward_taken_back": _("%(who)s took back whom this is from"),
    "split_off": _("%(who)s split messages off into case %(target)s (%(count)s)%(because)s"),
    "split_from": _("%(who)s split this off case %(source)s%(because)s"),
    "messages_moved_out": _("%(who)s moved messages to case %(target)s (%(count)s)%(because)s"),
    "messages_moved_in": _(
        "%(who)s moved messages here from case %(source)s (%(count)s)%(because)s"
    ),
    "case_merged": _("%(who)s merged case %(source)s into this one%(because)s"),
    "customers_merged": _("%(who)s merged %(name)s and %(other)s into one customer%(because)s"),
    "split_undone": _("%(who)s undid the split into case %(target)s"),
    "move_undone": _("%(who)s moved the messages back to case %(source)s"),
    "case_merge_undone": _("%(who)s took cases %(source)s and %(target)s apart again"),
    "customer_merge_undone": _("%(who)s took %(name)s and %(other)s apart again"),
    "send_later_called_off": _(
        "The customer wrote first: what %(name)s had put off is a draft again%(files)s"
    ),
    "aside_called_off": _(
        "A third party wrote first: what %(name)s had put off is a draft again%(files)s"
    ),
    "noted_arrived": _("%(who)s says that it arrived"),
    "sent_now": _("%(who)s let a message go before its time"),
    "left_chat": _("The customer left the chat"),
    "rated": _("The customer says how well this was solved: %(score)s of 5%(because)s"),
    "invited": _("%(who)s made a link to ask for a video"),
    "invited_itself": _("The customer took a link to send a video"),
    "invitation_taken_back": _("%(who)s took a link for a video back: it opens nothing any more"),
    "send_undone": _("%(who)s took a message back before it went out"),
}

HELPED: dict[object, Promise] = {True: _(": it helped"), False: _(": it did not help")}

GIVEN_BY: dict[str, Promise] = {
    "round_robin": _("round robin"),
    "least_loaded": _("least loaded"),
    "same_agent": _("who had it before"),
}

YOU_ARE: dict[str, Promise] = {
    "online": _("You are online"),
    "away": _("You are away until you say otherwise"),
}

LOOKS: dict[str, Promise] = {
    "broken": _("The file is damaged."),
    "unsupported": _("Files of this kind cannot be shown here."),
    "too_large": _("It is too large to be shown here."),
    "too_slow": _("Preparing it took too long."),
    "too_long": _("It is longer than its channel takes, so it was not prepared for playing here."),
    "too_much_memory": _("It is too large to be shown here."),
    "crashed": _("Preparing it went wrong twice."),
    "gone": _("Its content is not kept any more."),
    "infected": _("This file holds malware, so it cannot be opened or downloaded here."),
}
"""Why there is nothing to show of a file."""

A_MINUTE = timedelta(minutes=1)

REFUSALS: dict[str, Promise] = {
    "not_your_team": _("This case belongs to %(team)s. You can read it and leave a note."),
    "changed_meanwhile": _("%(who)s changed this %(ago)s ago."),
    "answered_meanwhile": _("%(who)s answered meanwhile: %(text)s"),
    "sent_before": _("This is sent already: %(text)s. What stands in the box is not."),
    "two_to_merge": _("Choose the two cases that belong together."),
    "taken_meanwhile": _("%(who)s took this."),
    "too_late": _("Too late: it has gone out already."),
    "file_infected": _("This file holds malware, so it cannot be opened or downloaded here."),
    "empty": _("Write something first."),
    "nobody_to_send_to": _("Say who it goes to."),
    "too_many_recipients": _("That is more than %(most)s recipients."),
    "bad_address": _("“%(address)s” is not an address we can send to."),
    "own_address": _("%(address)s is one of our own addresses."),
    "aside_to_customer": _("%(address)s is the customer's own address: reply to them instead."),
    "aside_to_colleague": _("%(address)s is a colleague's. Assign the case, or write a note."),
    "aside_to_blocked": _("%(address)s is blocked: an answer would be kept as spam."),
    "no_mail_channel": _("Choose an e-mail channel to send it from."),
    "not_quotable": _(
        "Some of this cannot be handed on: it was redacted, taken back, moved or not sent yet."
    ),
    "too_many_messages_aside": _("Those are more than %(most)s messages. Hand on fewer."),
    "not_a_sender": _("%(address)s is not a sender of this channel."),
    "no_channel": _("Choose a channel first."),
    "channel_off": _("This channel is switched off."),
    "not_installed": _("This kind of channel is not installed."),
    "not_connected": _("This channel has no mail server to send through yet."),
    "no_address": _("No address of this kind is known."),
    "opted_out": _("%(address)s does not want these messages."),
    "bounced": _("Mail to %(address)s came back. Ask for another address."),
    "no_such_mailbox": _("Nobody has the address %(address)s. Ask for another address."),
    "nobody_to_block": _("Nobody outside wrote in this case."),
    "already_closed": _("This case is closed. Open it again first."),
    "not_in_future": _("Choose a time that is still to come."),
    "too_far": _("That is more than %(days)s days away."),
    "no_such_time": _("That is not a date and time."),
    "not_in_team": _("%(who)s does not work for %(team)s."),
    "no_such_agent": _("There is no such agent."),
    "no_such_team": _("There is no such team."),
    "no_such_action": _("Nobody knows how to do that to many cases."),
    "crashed": _("A fault of ours: nothing was changed in it. The log says more."),
    "choose_cases": _("Choose at least one case."),
    "too_many_cases": _("That is more than %(most)s cases. Narrow the list first."),
    "gone": _("This case is not there any more, or not for you."),
    "unfilled_placeholder": _("Fill in {{%(name)s}} first: nothing is known for it."),
    "unknown_placeholder": _("There is no placeholder “%(name)s”."),
    "resolves_or_snoozes": _("A case is either snoozed or resolved."),
    "empty_macro": _("Give it words, or something to do."),
    "already_redacted": _("This was redacted already."),
    "nothing_to_redact": _("There is nothing to redact in this."),
    "wrong_number": _("That is not the case's number. Nothing was redacted."),
    "not_their_number": _("That is not the customer's number. Nothing is erased."),
    "already_erased": _("It is done already: there is no way back."),
    "bad_filter": _("One of the filters makes no sense. Nothing was saved."),
    "name_missing": _("Give it a name."),
    "not_your_view": _("%(who)s made this view. Only they and who leads the team change it."),
    "too_many_views": _("That is more than %(most)s views. Delete one first."),
    "nothing_to_invite_to": _(
        "No video channel is connected, so there is nowhere to send one to. An admin can add one."
    ),
    "leads_nowhere": _("No link leads a customer into that channel."),
    "proves_nothing": _("What goes there proves nothing: it takes an address they wrote from."),
    "no_way": _("No channel reaches the customer now."),
    "not_their_case": _("That is another customer's case."),
    "nobody_to_ask": _(
        "We know no address of the customer on this channel. Choose another, or ask for one."
    ),
    "no_such_availability": _("You can be online or away."),
    "no_such_priority": _("There is no such priority."),
    "no_such_language": _("That is not a language."),
    "not_an_address": _(
        "“%(typed)s” is neither an e-mail address nor a phone number with its country code (+34…)."
    ),
    "address_known": _("%(address)s is the customer's already."),
    "address_shared": _("%(address)s is shared by many people: it is nobody's own."),
    "address_of_other": _("%(address)s is %(customer)s's. If they are one person, merge the two."),
    "address_of_somebody": _("%(address)s is another customer's."),
    "address_used": _("Something was written from there or sent there: the address stays."),
    "no_such_kind": _("That is neither an answer nor a note."),
    "no_files_here": _("Files cannot be sent on this channel."),
    "files_too_large": _("Those files are more than this channel carries."),
    "admins_only": _("Only admins can do this."),
    "already_shared": _("This address is marked as shared already."),
    "not_shared": _("This address is marked as one person's already."),
    "not_a_forward": _("This is not a forward that can be given to its sender."),
    "answered_already": _("There is an answer already: it stays where it is."),
    "draft_gone": _("This draft was sent or discarded in another window."),
    "newer_draft": _("Another window has newer words in this draft."),
    "not_unknown": _("It is known by now how this ended."),
    "not_failed": _("This is not a failed message any more."),
    "choose_messages": _("Choose at least one message."),
    "too_many_messages": _("Those are more than %(most)s messages: merge or split in steps."),
    "no_such_messages": _("Some of these messages are not in this case any more."),
    "one_must_stay": _("At least one message must stay. To move all of them, merge the cases."),
    "same_case": _("That is this case itself."),
    "no_such_case": _("There is no such case."),
    "another_customer": _("Case %(number)s is another customer's. Merge the customers first."),
    "restricted_apart": _("One of the two belongs to a restricted team: they stay apart."),
    "messages_moved": _("%(who)s moved these messages meanwhile."),
    "already_merged": _("%(who)s merged these meanwhile."),
    "same_customer": _("They are one customer already."),
    "already_undone": _("%(who)s undid this already."),
    "undo_other_first": _("Undo a later step first: what %(who)s did on %(day)s builds on this."),
    "wrong_code": _("This code is not the one that was sent."),
    "code_expired": _("This code is not valid any more. Ask for another."),
    "shared_address": _("Many people write through this address: nobody can claim it."),
}

ERASED: dict[str, Promise] = {
    "customers": _("customers"),
    "addresses": _("addresses"),
    "cases": _("cases"),
    "messages": _("messages and notes"),
    "files": _("files"),
    "elsewhere": _("messages in other people's conversations"),
    "raw": _("messages as they arrived"),
}


def erased(counts: Mapping[str, int]) -> list[tuple[int, Promise]]:
    """How many of what, without what there is none of."""
    return [(counts[kind], words) for kind, words in ERASED.items() if counts.get(kind)]


REASONS: dict[str, Promise] = {
    "unreachable": _("the mail server could not be reached"),
    "host_unknown": _("the mail server's name is not known"),
    "host_blocked": _("the mail server's address is not allowed"),
    "tls_failed": _("a safe connection could not be made"),
    "tls_untrusted": _("the mail server's certificate is not trusted"),
    "login_refused": _("our login was refused"),
    "not_supported": _("the mail server lacks what we need"),
    "secret_unreadable": _("the stored password cannot be read"),
    "not_connected": _("the channel has no mail server to send through yet"),
    "deferred": _("the other side asked to try later"),
    "refused": _("the other side refused it"),
    "bounced": _("it came back"),
    "mailbox_full": _("the mailbox is full"),
    "no_such_mailbox": _("there is no such mailbox"),
    "not_reached": _("the recipient's mail server could not be reached"),
    "delayed": _("the recipient's mail server has not taken it yet"),
    "complaint": _("the recipient called it spam"),
    "blocked": _("the other side blocked it"),
    "bad_address": _("the address cannot be right"),
    "address_not_supported": _("the mail server cannot send to such an address"),
    "header_injection": _("a line of the head could not be sent safely"),
    "too_large": _("the message is too large"),
    "opted_out": _("this person does not want these messages"),
    "channel_off": _("the channel is switched off"),
    "not_installed": _("this kind of channel is not installed"),
    "gave_up": _("a day of attempts did not help"),
    "outcome_unknown": _("the connection broke at the last moment"),
    "crashed": _("a fault of ours"),
    "unbuildable": _("it could not be put together"),
}


# what the core's own choices are called, for the translators
CHOICES: tuple[Promise, ...] = (
    _("Open"),
    _("Snoozed"),
    _("Resolved"),
    _("Spam"),
    _("Confirmed"),
    _("Unconfirmed"),
    _("E-mail"),
    _("Waiting"),
    _("Done"),
    _("Refused"),
    _("Being undone"),
    _("Undone"),
    _("Changed since: kept"),
    _("Low"),
    _("Normal"),
    _("High"),
    _("Urgent"),
    _("Online"),
    _("Away"),
    _("Offline"),
    _("Assigned to you"),
    _("You were mentioned"),
    _("Past the reply target"),
    _("The customer wrote"),
    _("Notification"),
    _("Sound"),
)


def activity(code: str, params: Mapping[str, object], *, who: str) -> str:
    said = {
        "who": who,
        "tags": _tags(params),
        "because": _because(params),
        "article": params.get("title") or params.get("url") or "…",
        "helped": HELPED.get(params.get("helpful"), ""),
        "files": _files(params),
        "rule": GIVEN_BY.get(str(params.get("by")), "…"),
        "priority": _priority(params.get("to")) if code == "prioritised" else "",
        "language": languages.named(str(params.get("to"))),
        **_times(params),
    }
    return _say(ACTIVITIES, code, {**params, **said})


def _priority(value: object) -> str:
    known = {int(priority): str(priority.label).lower() for priority in Priority}
    return known.get(value, "…") if isinstance(value, int) else "…"


def _times(params: Mapping[str, object]) -> dict[str, object]:
    """Moments in the reader's time zone; of today the hour alone."""
    told = {name: parse_datetime(str(params.get(name) or "")) for name in ("until", "due")}
    return {name: _moment(at) for name, at in told.items() if at is not None}


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localdate()
    return date_format(local, "H:i" if is_today else "SHORT_DATETIME_FORMAT")


def _because(params: Mapping[str, object]) -> str:
    """The cause that somebody gave, behind a sentence."""
    cause = str(params.get("cause") or "")
    return f": {cause}" if cause else ""


def _files(params: Mapping[str, object]) -> str:
    """Files that must be attached anew."""
    names = params.get("files")
    return f" ({', '.join(map(str, names))})" if isinstance(names, list) and names else ""


def _tags(params: Mapping[str, object]) -> str:
    """+new, -old"""
    signs = (("+", params.get("added")), ("-", params.get("removed")))
    return ", ".join(
        f"{sign}{name}" for sign, names in signs if isinstance(names, list) for name in names
    )


def look(code: str) -> str:
    """Why there is nothing to show of a file; empty where that is not known."""
    return str(LOOKS.get(code, ""))


def refusal(code: str, params: Mapping[str, object], *, kind: str = "") -> str:
    """Why something cannot be done; what is not the core's own code is worded by a channel: that
    of `kind`, or the first that knows it."""
    known = REFUSALS if code in REFUSALS else _of_channels(code, kind)
    said = _say(known, code, {**params, **_spelled(params)})
    about = params.get("about")
    if not isinstance(about, Mapping):
        return said
    # somebody else was first: what they did, as the thread tells it
    return f"{said} {activity(str(params['what']), about, who=str(params['who']))}."


def _of_channels(code: str, kind: str) -> Mapping[str, Promise | str]:
    """What channels say of a code, the one of that kind first."""
    adapters = sorted(registry.adapters(), key=lambda adapter: adapter.kind != kind)
    return next((texts for adapter in adapters if code in (texts := adapter.texts())), {})


def _spelled(params: Mapping[str, object]) -> dict[str, object]:
    """Nobody as the house itself, a time as the reader's day."""
    told: dict[str, object] = {}
    if params.get("who") == "":
        told["who"] = _("Automatic")
    at = parse_datetime(str(params.get("at") or ""))
    if at is not None:
        told["day"] = date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
        gone = max(timezone.now() - at, timedelta())
        told["ago"] = f"{gone.seconds} s" if gone < A_MINUTE else timesince(at, depth=1)
    return told


def reason(code: str, params: Mapping[str, object] | None = None, *, kind: str = "") -> str:
    """Why a delivery failed; codes of its own are worded by the channel of that `kind`."""
    if code and code not in REASONS and kind in registry.kinds():
        said = registry.adapter_for(kind).texts()
        known = said.get(f"{code}.short") or said.get(code)
        if known:
            return _say({code: known}, code, {**(params or {}), **_spelled(params or {})}).rstrip(
                "."
            )
    return _say(REASONS, code, params or {}) if code else ""


def short(code: str, *, kind: str) -> str:
    """Why an address cannot be reached, in a word or two; empty where the channel has none."""
    said = registry.adapter_for(kind).texts() if code and kind in registry.kinds() else {}
    return capfirst(str(said.get(f"{code}.short", "")))


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _say(sentences: Mapping[str, Promise | str], code: str, params: Mapping[str, object]) -> str:
    known = sentences.get(code)
    if known is None:
        return code.replace("_", " ").capitalize()
    return str(known) % _Blank(params)
