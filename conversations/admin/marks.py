"""Unfold's decorators, with types: it ships none, and an untyped one would untype what it marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from unfold import decorators

Method = TypeVar("Method", bound=Callable[..., Any])


def display(**wishes: Any) -> Callable[[Method], Method]:
    """How a column or a read-only field is named and shown."""
    mark: Callable[[Method], Method] = decorators.display(**wishes)
    return mark


def action(**wishes: Any) -> Callable[[Method], Method]:
    """A page of one object, reached from its row or its form."""
    mark: Callable[[Method], Method] = decorators.action(**wishes)
    return mark
