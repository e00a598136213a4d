"""Codes as sentences for admins: what went wrong, and what to do about it.

A code that nobody has written a sentence for is shown as words, never hidden.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.adapters import registry
from conversations.models import Channel

RECEIPTS: dict[str, Promise] = {
    "not_installed": _("This kind of channel is not installed."),
    "crashed": _("Understanding it failed three times. This is a fault of ours."),
    "killed": _("It stopped the process that tried to understand it."),
    "too_slow": _("Understanding it takes too long: it may be made to do so."),
    "too_much_memory": _("Understanding it takes too much memory: it may be made to do so."),
    "too_large": _("It is larger than what we take apart. The raw bytes are kept."),
    "empty": _("It is empty."),
    "not_json": _("It is not what this channel sends."),
    "headers_too_large": _("Its headers are larger than any real mail's."),
    "too_many_parts": _("It has more parts than any real mail."),
    "no_sender": _("Nobody is named as its sender."),
    "bad_sender": _("Its sender is not an address."),
}

DELIVERIES: dict[str, Promise] = {
    "gave_up": _("A day of attempts did not help."),
    "not_installed": _("This kind of channel is not installed."),
    "channel_off": _("The channel is paused."),
    "not_connected": _("The channel has no server to send through yet."),
    "outcome_unknown": _("The connection broke at the last moment: it may have gone out."),
    "crashed": _("A fault of ours at the last moment: it may have gone out."),
    "unbuildable": _("The message could not be put together, a file of it may be lost."),
    "secret_unreadable": _("The channel's password cannot be decrypted: set it again."),
    "bad_address": _("The address is not one we can send to."),
    "no_such_mailbox": _("There is no such mailbox."),
    "mailbox_full": _("The mailbox is full."),
    "unreachable": _("The mail server could not be reached."),
    "timeout": _("The mail server did not answer in time."),
    "server_deferred": _("The mail server asked us to come back later."),
    "deferred": _("The mail server put this address off for later."),
    "refused": _("The mail server refused it."),
    "blocked": _("The other side blocks us."),
    "host_unknown": _("The mail server's name leads nowhere."),
    "host_blocked": _("The mail server's address is a private one that is not allowed."),
    "login_failed": _("The mail server refused our login."),
    "tls_failed": _("No safe connection could be made."),
    "tls_untrusted": _("The mail server's certificate is not trusted."),
    "too_large": _("It is too large for the mail server."),
    "address_not_supported": _("The mail server cannot take an address with such letters."),
    "header_injection": _("It carried forbidden line breaks in a header."),
    "bounced": _("It came back."),
    "not_reached": _("The recipient's mail server could not be reached."),
    "delayed": _("The recipient's mail server has not taken it yet."),
    "complaint": _("The recipient called it spam."),
    "opted_out": _("The customer opted out."),
}

REFUSALS: dict[str, Promise] = {
    "not_failed": _("It is not failed any more."),
    "not_quarantined": _("It is not in quarantine any more."),
    "not_your_team": _("It belongs to another team."),
    "admins_only": _("Only admins may do this."),
    "yourself": _("You cannot do this to yourself."),
    "deactivated": _("This agent is deactivated."),
    "has_joined": _("This agent has chosen a password already."),
    "already_shared": _("It is shared already."),
    "not_shared": _("It is not shared."),
}


def of_receipt(code: str, kind: str) -> str:
    return _say(RECEIPTS, code, kind)


def of_delivery(code: str, kind: str) -> str:
    return _say(DELIVERIES, code, kind)


def of_trouble(channel: Channel) -> str:
    """What is wrong with a channel, and what to do about it."""
    said = _say(DELIVERIES, channel.trouble_code, channel.kind)
    return " ".join(filter(None, [said, remedy(channel.trouble_code, channel.kind)]))


def of_refusal(code: str) -> str:
    return _say(REFUSALS, code)


def remedy(code: str, kind: str) -> str:
    """What to do about a code, where the channel knows."""
    return str(texts(kind).get(f"{code}.fix", ""))


def texts(kind: str) -> Mapping[str, object]:
    """The channel's own sentences; it knows its codes best."""
    return registry.adapter_for(kind).texts() if kind in registry.kinds() else {}


def _say(sentences: Mapping[str, Promise], code: str, kind: str = "") -> str:
    if not code:
        return ""
    known = texts(kind).get(code) or sentences.get(code)
    return str(known or code.replace("_", " ").capitalize())
