"""What other projects state about their sample mails, compared with what we make of them.

Each module here is one kind of statement, with `facts(root)`: `root` is the folder of the unpacked
corpora (`<root>/<kind>/<source>/…`, `_expected.json` beside the mails).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.scoring._reasons import REASONS
from channels_email.explain import explain

DOMAIN = "hub.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that is stated about one mail, and whether we agree.

    `table` is the line of the printed table that it counts in. A `reason` says why another
    product's expectation is not ours: such a fact is listed, and not counted.
    """

    table: str
    source: str
    file: str
    is_right: bool
    wanted: str = ""
    got: str = ""
    reason: str = ""


def stated(root: Path, kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """(mail, what is stated about it) for every mail of a kind that something is stated about."""
    for index in sorted(root.glob(f"{kind}/*/_expected.json")):
        for name, expected in sorted(json.loads(index.read_text("utf-8")).items()):
            if (index.parent / name).is_file():
                yield index.parent / name, expected


def unstated(root: Path, kind: str) -> Iterator[Path]:
    """The mails of a kind that nothing is stated about."""
    for folder in sorted(path for path in root.glob(f"{kind}/*") if path.is_dir()):
        index = folder / "_expected.json"
        known = json.loads(index.read_text("utf-8")) if index.exists() else {}
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        yield from (path for path in files if path.name not in {index.name, *known})


def cases(root: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(source, case) for every vector of a kind."""
    for index in sorted(root.glob(f"{kind}/*.cases.json")):
        source = index.name.removesuffix(".cases.json")
        yield from ((source, case) for case in json.loads(index.read_text("utf-8"))["cases"])


@functools.cache
def explained(path: Path) -> dict[str, Any]:
    """What `explain_email` prints about a mail, without a channel."""
    return explain(path.read_bytes(), domain=DOMAIN)


def fact(
    path: Path, table: str, wanted: object, got: object, *, is_right: bool, reason: str = ""
) -> Fact:
    """A fact about a mail of the corpora."""
    reason = reason or ("" if is_right else REASONS.get((path.name, table), ""))
    return Fact(
        table=table,
        source=path.parent.name,
        file=path.name,
        is_right=is_right,
        wanted=str(wanted)[:300],
        got=str(got)[:300],
        reason=reason,
    )
