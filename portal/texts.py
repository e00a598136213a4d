"""What the pages say when something cannot be done."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.services.errors import Refused

MB = 1024**2
REFUSALS: dict[str, Promise] = {
    "bad_address": _("That is neither an e-mail address nor a phone number with its country code."),
    "too_many_codes": _("That were many codes in a short time. Try again in a quarter of an hour."),
    "too_many_today": _(
        "Nothing more is sent there today. Use another address of yours, or try again tomorrow."
    ),
    "too_many_texts": _(
        "Many codes went out by text in the last hour, and none can now. Use your e-mail address, "
        "or try again in an hour."
    ),
    "too_many_tries": _(
        "Many wrong codes were typed lately, so yours was not looked at. Try again in an hour, or "
        "write to us as you did before."
    ),
    "wrong_code": _("This code is not the one that was sent."),
    "code_expired": _("This code is not valid any more. Ask for another."),
    "empty": _("Write something, or choose a file."),
    "too_long": _("That is longer than %(most)s characters. Send it in parts."),
    "too_many_files": _("Those are more than %(most)s files. Send the others afterwards."),
    "files_too_large": _("A file may have at most %(most)s. Choose a smaller one."),
    "no_room": _(
        "There is no room for files at the moment. Nothing was sent, your words are still here: "
        "send them without files, or all of it later."
    ),
    "too_fast": _("That was fast. Wait a minute, then send it."),
    "try_again": _("That could not be kept just now. Nothing is lost: send it again."),
    "no_films": _("No video can be sent at the moment. Photos and files can."),
    "closed": _("Nothing can be written here at the moment. Write to us as you did before."),
}


def size(number: int) -> str:
    """Of a limit, which is a round one."""
    return f"{number // MB} MB"


def refusal(no: Refused) -> str:
    params = dict(no.params)
    if no.code == "files_too_large":
        params["most"] = size(int(str(params["most"])))
    said = str(REFUSALS.get(no.code, REFUSALS["try_again"]))
    return said % params if params else said
