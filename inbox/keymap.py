"""The keys of the desk, one line an action: for the page, the sheet and the agent's own page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conversations.models import Agent

VALID = re.compile(r"(g )?[!-~\u00a1-\u00ff]")
"""A printable sign, or g and then one. Capital letters stand for the same key with shift."""


def signs(key: str) -> list[str]:
    """A key as it is printed, one sign after the other; none where there is none."""
    return [f"⇧{sign}" if sign.isupper() else sign.upper() for sign in key.split()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What one key does; `key` is empty where the agent took it away."""

    action: str
    key: str
    label: str | Promise
    is_fixed: bool = False

    @property
    def signs(self) -> list[str]:
        """What is printed on the keys, pressed one after the other: `["G", "Q"]`, `["⇧X"]`."""
        if self.is_fixed:
            return self.key.split()
        return signs(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str | Promise
    keys: list[Key]


def _key(action: str, key: str, label: str | Promise) -> Key:
    return Key(action=action, key=key, label=label)


def _fixed(key: str, label: str | Promise) -> Key:
    return Key(action="", key=key, label=label, is_fixed=True)


GROUPS = [
    Group(
        title=_("Moving"),
        keys=[
            _key("next", "j", _("Next case")),
            _key("previous", "k", _("Previous case")),
            _key("open", "o", pgettext_lazy("key", "Open")),
            _key("needs-reply", "n", _("Next that needs a reply")),
            _key("list", "u", _("Back to the list")),
            _key("search", "/", _("Search")),
            _key("mine", "g q", _("My queue")),
            _key("unassigned", "g u", _("Unassigned")),
            _key("all", "g a", pgettext_lazy("queue", "All open")),
            _key("mentions", "g m", _("Mentions")),
            _key("snoozed", "g s", pgettext_lazy("queue", "Snoozed")),
            _key("sidebar", "[", _("Sidebar")),
            _key("customer", "]", _("Customer")),
            _fixed("⌘K", _("Commands")),
            _fixed("F6", _("Next part of the page")),
            _fixed("Alt+↑ Alt+↓", _("Previous, next message")),
        ],
    ),
    Group(
        title=_("Conversation"),
        keys=[
            _key("reply", "r", _("Reply")),
            _key("note", "m", _("Note")),
            _key("forward", "F", pgettext_lazy("key", "Forward")),
            _key("ask", "v", _("Ask for a video")),
            _key("resolve", "e", _("Resolve")),
            _key("snooze", "h", _("Snooze")),
            _key("assign", "a", _("Assign")),
            _key("take", "i", _("Take it")),
            _key("tags", "l", _("Tags")),
            _key("spam", "!", _("Mark as spam")),
            _key("unread", "U", _("Mark as unread")),
            _key("undo", "z", _("Undo")),
            _key("new", "c", _("New message")),
        ],
    ),
    Group(
        title=_("List"),
        keys=[
            _key("pick", "x", _("Choose a case")),
            _key("pick-range", "X", _("Choose a range")),
            _key("order", ".", _("Update order")),
            _key("filter", "f", _("Filter")),
            _key("keys", "?", _("All keys")),
        ],
    ),
    Group(
        title=_("Writing"),
        keys=[
            _fixed("⌘↵", _("Send")),
            _fixed("⌘⇧↵", _("Send and resolve")),
            _fixed("Alt+⇧+C", _("Choose the channel")),
            _fixed("Esc", _("Leave the field; the draft stays")),
        ],
    ),
]
CHANGEABLE = {key.action: key for group in GROUPS for key in group.keys if not key.is_fixed}


def of(agent: Agent) -> dict[str, str]:
    """Each action's key as this agent has it."""
    return {action: agent.keys.get(action, key.key) for action, key in CHANGEABLE.items()}


def groups(agent: Agent) -> list[Group]:
    """The sheet's groups, with the agent's own keys; actions without a key are left out."""
    own = of(agent)
    return [replace(group, keys=_own(group.keys, own)) for group in GROUPS]


def _own(keys: list[Key], own: dict[str, str]) -> list[Key]:
    all_keys = (replace(key, key=own.get(key.action, key.key)) for key in keys)
    return [key for key in all_keys if key.key]
