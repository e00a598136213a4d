"""What the command palette offers of the page itself: each line presses what stands there."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A line, there while the page has `press`, a CSS selector: its rights were asked when drawn.

    `action` is a key's, whose function then does it. With `is_each` every element is a line of its
    own, with its own words behind the label.
    """

    label: Promise | str
    icon: str
    press: str
    action: str = ""
    is_each: bool = False
    hint: Promise | str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`of` is the word by which the script knows it."""

    of: str
    title: Promise
    offers: list[Offer]


def _key(action: str, press: str, icon: str, label: Promise, hint: Promise | str = "") -> Offer:
    return Offer(action=action, press=press, icon=icon, label=label, hint=hint)


def _each(press: str, icon: str, label: Promise | str) -> Offer:
    return Offer(press=press, icon=icon, label=label, is_each=True)


OTHER = ":not([aria-current])"
EXAMPLES = _("“in 2 h”, “next tuesday 9am”")
# the first that the page has are what an empty palette offers
CASE = [
    _key("reply", "#kind-reply", "chat", _("Reply")),
    _key("take", "#take", "inbox", _("Take it")),
    _key("resolve", "#resolve", "check", _("Resolve")),
    Offer(press="#reopen", icon="undo", label=_("Reopen")),
    _key("snooze", "#snooze-pop", "moon", _("Snooze"), EXAMPLES),
    _key("snooze", "#unsnooze", "moon", _("Bring it back now")),
    _key("assign", "#assign-pop", "user", _("Assign")),
    _key("note", "#kind-note", "lock", _("Note")),
    _key("tags", "#tags-pop", "tag", _("Tags")),
    _key("forward", "#entries [data-forward]", "right", pgettext_lazy("key", "Forward")),
    _key("ask", "#ask", "video", _("Ask for a video")),
    Offer(press="#macro-open", icon="bolt", label=_("Macros")),
    _key("unread", "#unread-mark", "mail", _("Mark as unread")),
    _each("#spam", "ban", ""),
    _each("#snooze-pop button[name=until]", "moon", _("Snooze")),
    _each(f"#assign-pop [name=assignee]{OTHER}", "user", _("Assign")),
    _each(f"#assign-pop [name=team]{OTHER}", "users", _("Team")),
    _each(f"#priority button{OTHER}", "flag", _("Priority")),
    _each("#more-pop .menu > form > button:not([id]), #more-pop .menu a", "dots", ""),
]
SETTINGS = [
    _key("new", "#new-message", "edit", _("New message")),
    _key("keys", "#keys", "gear", _("All keys")),
    Offer(press=".theme button", icon="contrast", label=_("Switch between light and dark")),
    _each(".me-pop .menu :is(a, button)", "user", ""),
]
GROUPS = [
    Group(of="case", title=_("This conversation"), offers=CASE),
    Group(of="settings", title=_("Settings"), offers=SETTINGS),
]
