"""The demo's time machine: a story of two years is told in seconds.

The hub orders everything by database time and by no other clock. So the story is played in order,
and between two of its steps all of the past is moved back at once: every stored time of every
row, by the same span. Orders, durations and constraints hold, since nothing moves against
anything else. Only for a hub that holds nothing but the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

from django.apps import apps
from django.db import connection, models

from conversations.models import Agent, Message
from demo.models import Mail

OWN_CLOCK = {(Message, "sent_at")}
"""The sender's own date: the mails of the story are dated right from the start."""


def time_passes(span: timedelta) -> None:
    """Move everything that happened so far into the past: one UPDATE a table, in one statement."""
    if span:
        with connection.cursor() as cursor:
            cursor.execute(_statement(), {"seconds": span.total_seconds()})


@lru_cache(maxsize=1)
def _statement() -> str:
    updates = ", ".join(f"t{n} AS ({update})" for n, update in enumerate(_updates()))
    return f"WITH {updates} SELECT 1"


def _updates() -> Iterator[str]:
    quote = connection.ops.quote_name
    aging: list[type[models.Model]] = [Mail]
    for room in ("conversations", "channels_video"):
        if apps.is_installed(room):
            aging += apps.get_app_config(room).get_models()
    for model in aging:
        times = [quote(name) for name in _times(model)]
        if times:
            changes = ", ".join(
                f"{name} = {name} - make_interval(secs => %(seconds)s)" for name in times
            )
            table = quote(model._meta.db_table)  # noqa: SLF001 -- Django's documented name for it
            yield f"UPDATE {table} SET {changes}"  # noqa: S608 -- names of our own


def _times(model: type[models.Model]) -> list[str]:
    """Columns that hold a moment. Agents are not part of the story."""
    return [
        str(field.column)
        for field in model._meta.concrete_fields  # noqa: SLF001 -- as above
        if isinstance(field, models.DateTimeField)
        and model is not Agent
        and (model, field.name) not in OWN_CLOCK
    ]
