"""Macros as the composer offers them: filled for this case, with what they do in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.models import Agent, Case, Macro, Priority
from conversations.services import macros

DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    macro: Macro
    text: str
    effects: str


def read(case: Case, agent: Agent) -> list[Offered]:
    return [
        Offered(macro=one, text=macros.text_of(one, case, agent), effects=", ".join(effects(one)))
        for one in macros.usable(agent)
    ]


def effects(macro: Macro) -> Iterator[str]:
    """What it does beside its words."""
    if macro.tags:
        yield _("adds %(tags)s") % {"tags": ", ".join(macro.tags)}
    if macro.assign:
        yield _("gives it to you") if macro.assign == "me" else _("takes the assignee off")
    if macro.priority is not None:
        yield _("priority %(priority)s") % {"priority": str(Priority(macro.priority).label).lower()}
    if macro.snooze_hours:
        yield _("snoozes for %(long)s") % {"long": _long(macro.snooze_hours)}
    if macro.resolves:
        yield _("resolves it")


def _long(hours: int) -> str:
    if hours % DAY:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = hours // DAY
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
