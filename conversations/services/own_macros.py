"""An agent's own macros: written, changed, put out of use and back."""

from __future__ import annotations

from collections.abc import Mapping

from conversations.models import Agent, Macro
from conversations.services import macros

FIELDS = (
    "name", "text_en", "text_es", "add_tags", "assign", "priority", "snooze_hours", "resolves",
)  # fmt: skip


def own(macro_id: int, agent: Agent) -> Macro:
    """Raises Macro.DoesNotExist for everybody else's."""
    return Macro.objects.get(pk=macro_id, owner=agent)


def write(*, agent: Agent, said: Mapping[str, object], macro_id: int | None = None) -> Macro:
    """Keep a macro, a new one where no number is given. `said` has all of FIELDS.

    Raises Refused with what is wrong, and Macro.DoesNotExist.
    """
    macro = Macro(owner=agent) if macro_id is None else own(macro_id, agent)
    for name in FIELDS:
        setattr(macro, name, said[name])
    macros.check(macro)
    macro.save()
    return macro


def switch(*, agent: Agent, macro_id: int, is_active: bool) -> Macro:
    """Delete one, or bring it back. Raises Macro.DoesNotExist."""
    macro = own(macro_id, agent)
    macro.is_active = is_active
    macro.save(update_fields=["is_active"])
    return macro
