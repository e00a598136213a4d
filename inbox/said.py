"""What a tab says over its socket, as typed values.

`shows` {case, rows}, at each change of either; `does` {case, what}: what its agent does there, when
that changes, and each three seconds while they write.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from conversations.presence import State
from inbox.reads.bells import Shown

LONGEST = 16 * 1024
"""Characters of a frame."""
ROWS = 500
"""Rows of a list that are kept in mind."""


class Broken(ValueError):
    """A frame that no page of ours sends."""


@dataclass(frozen=True, slots=True)
class Does:
    case: int
    what: State


def heard(text: str | None) -> Shown | Does:
    """What a frame says. Raises Broken."""
    if text is None or len(text) > LONGEST:
        raise Broken
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Broken from error
    kind = said.get("type") if isinstance(said, dict) else None
    if kind == "shows":
        return _shown(said)
    if kind == "does":
        return _does(said)
    raise Broken


def _shown(said: dict[str, Any]) -> Shown:
    case, rows = said.get("case"), said.get("rows", [])
    if not isinstance(rows, list) or len(rows) > ROWS or not all(map(_is_number, rows)):
        raise Broken
    if case is not None and not _is_number(case):
        raise Broken
    return Shown(case=case, rows=frozenset(rows))


def _does(said: dict[str, Any]) -> Does:
    case, what = said.get("case"), said.get("what")
    if not _is_number(case):
        raise Broken
    try:
        return Does(case=int(str(case)), what=State(what))  # type: ignore[arg-type]  # or it is none
    except ValueError as error:
        raise Broken from error


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
