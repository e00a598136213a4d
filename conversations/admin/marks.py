"""Unfold's decorators, with types: it ships none, and an untyped one would untype what it marks.

It looks colours up by words that were hashed as the module was loaded, in English: here words are
compared as they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from unfold import decorators

Method = TypeVar("Method", bound=Callable[..., Any])


def display(**wishes: Any) -> Callable[[Method], Method]:
    """How a column or a read-only field is named and shown. `label` may be a word's colour."""
    colours = wishes.get("label")
    if not isinstance(colours, Mapping):
        mark: Callable[[Method], Method] = decorators.display(**wishes)
        return mark
    wishes["label"] = dict(enumerate(colours.values()))

    def coloured(method: Any) -> Any:
        @wraps(method)
        def shown(*given: Any) -> Any:
            said = method(*given)
            places = (n for n, word in enumerate(colours) if str(word) == str(said))
            place = next(places, None)
            return said if place is None else (place, said)

        return decorators.display(**wishes)(shown)

    return coloured


def action(**wishes: Any) -> Callable[[Method], Method]:
    """A page of one object, reached from its row or its form."""
    mark: Callable[[Method], Method] = decorators.action(**wishes)
    return mark
