"""What this kind's codes mean, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TEXTS: Mapping[str, _StrPromise | str] = {
    "not_in_this_chat": _("They never wrote in this chat."),
    "visitor_blocked": _("This visitor is blocked."),
    "not_a_message": _("A frame that is no message."),
    "files_do_not_fit": _("Its files are not those that were announced."),
}
