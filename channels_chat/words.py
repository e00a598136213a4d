"""What the frame says by script, in the reader's language. `{names}` are filled in by the frame;
`name.one` is said of one."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words() -> dict[str, str]:
    return {**_around(), **_thread(), **_waiting(), **_files(), **_questions(), **_refusals()}


def _around() -> dict[str, str]:
    return {
        "open": _("Open the chat"),
        "begin": _("Start a chat"),
        "go_on": _("Go on with the chat"),
        "unread": _("{n} new messages"),
        "unread.one": _("One new message"),
        "stop_blocked": _("Messages from here are not taken any more."),
        "stop_blocked_does": pgettext("chat", "Close"),
        "stop_expired": _("You were away for long, so this chat has ended here."),
        "stop_expired_does": _("Begin a new one"),
        "stop_error": _("The chat cannot be opened right now."),
        "stop_error_does": pgettext("chat", "Try again"),
    }


def _thread() -> dict[str, str]:
    return {
        "you": _("You"),
        "joined": _("{name} is here and has read everything above."),
        "types": _("{name} is typing"),
        "typing": _("Somebody is typing"),
        "mailed": _("Email, {time}"),
        "left": _("You left the chat, so we wrote to {address}. It is all here too."),
        "sending": _("Sending"),
        "held": _("Sends when you are back online"),
        "again": pgettext("chat", "Try again"),
        "seen": _("Seen {time}"),
        "redacted": _("This message was taken out."),
        "below": _("New messages below"),
        "earlier": _("Earlier messages"),
        "news": _("{n} new messages"),
        "came": _("{name}: {text}"),
        "a_file": _("a file"),
        "resolved": _("Solved"),
        "send_video": _("Record or choose a video"),
        "video": _("Attach a photo or video with the paper clip."),
    }


def _waiting() -> dict[str, str]:
    return {
        "wait_now": _("Usually a reply within a minute"),
        "wait": _("Usually a reply in {n} min"),
        "wait_hours": _("Usually a reply in {n} hours"),
        "soon": _("We reply as soon as we can"),
        "until": _("Open until {time}."),
        "stay": _("You need not wait: we answer by email if you leave."),
        "place": _("You are number {n} in line. {wait}."),
        "offline": _("No connection right now"),
        "offline_why": _("Write all the same: it goes out as soon as the connection is back."),
        "away": _("We are away right now"),
        "back": _("Back {time}"),
        "away_taken": _("We have your message and answer as soon as we are back."),
    }


def _files() -> dict[str, str]:
    return {
        "cancel": _("Take {name} away"),
        "uploading": _("{done} of {size}"),
        "uploaded": _("{size}, goes with your next message"),
        "too_large": _("Too large: {size} at most"),
        "too_many": _("{n} files at most in one message"),
        "stuck": _("Not sent: the connection was lost"),
        "wait_for_files": _("One moment: a file is still on its way."),
    }


def _questions() -> dict[str, str]:
    return {
        "ask_address": _("Where may we write to if you leave?"),
        "your_address": _("Your email address"),
        "address_why": _("Only for this conversation."),
        "save": _("Save"),
        "later": _("Not now"),
        "ask_confirm": _(
            "If you leave, we write to {address}. Confirm that it is yours, and what you wrote us "
            "by email is here too."
        ),
        "send_code": _("Send me a code"),
        "ask_code": _("We sent six digits to {address}."),
        "code": _("The six digits"),
        "confirm": _("Confirm"),
        "resend": _("Send it again"),
        "rate": _("Did we fix it?"),
        "score_1": pgettext("rating", "No"),
        "score_2": pgettext("rating", "Barely"),
        "score_3": pgettext("rating", "Partly"),
        "score_4": pgettext("rating", "Mostly"),
        "score_5": pgettext("rating", "Yes"),
        "comment": _("Anything to add?"),
        "reads": _("{name} reads this"),
        "send_rating": _("Send rating"),
        "thanks": _("Thank you. We read every answer."),
        "sorry": _("We are sorry. Write below, and we go on with it."),
    }


def _refusals() -> dict[str, str]:
    return {
        "error": _("That did not work. Please try again."),
        "error_offline": _("There is no connection right now. Please try again."),
        "error_blocked": _("Messages from here are not taken any more."),
        "error_too_long": _("Too long for one message"),
        "error_empty": _("There is nothing in it"),
        "error_bad_file": _("This file cannot be taken"),
        "error_files_too_large": _("The files are too large together"),
        "error_bad_address": _("This is not an email address."),
        "error_no_address": _("Enter your email address first."),
        "error_too_many": _("Too many tries. Please wait a while."),
        "error_wrong_code": _("These are not the six digits."),
        "error_code_expired": _("The code is too old. Have it sent again."),
        "error_shared_address": _("Several people use this address, so it proves nothing."),
    }
