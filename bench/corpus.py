"""Mails of other projects, and what those say about them: a table of how often we agree.

./hub bench corpus DIR [--misses TABLE]

DIR holds the unpacked corpora. `--misses` lists each fact of a line that is not right.
"""

import argparse
import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import bench._setup  # noqa: F401 -- readies Django
from bench import scoring
from bench.scoring import Fact


def facts(root: Path) -> Iterator[Fact]:
    for module in sorted(info.name for info in pkgutil.iter_modules(scoring.__path__)):
        if not module.startswith("_"):
            yield from importlib.import_module(f"bench.scoring.{module}").facts(root)


def show(found: list[Fact]) -> None:
    """A line a table: how many facts are right, and how many are not ours to follow."""
    tables: dict[str, list[Fact]] = defaultdict(list)
    for fact in found:
        tables[fact.table].append(fact)
    print(f"{'':36}{'right':>7}{'of':>7}{'':>9}  not ours")
    for table, rows in sorted(tables.items()):
        counted = [fact for fact in rows if not fact.reason]
        right = sum(fact.is_right for fact in counted)
        share = f"{right / len(counted):8.1%}" if counted else ""
        others = len(rows) - len(counted)
        print(f"{table:36}{right:7}{len(counted):7}{share:>9}  {others or ''}")


def show_misses(found: list[Fact], table: str) -> None:
    for fact in found:
        if fact.table == table and not fact.is_right:
            print(f"\n{fact.source}/{fact.file}  {fact.reason}")
            print(f"  wanted {fact.wanted!r}\n  got    {fact.got!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--misses", default="", metavar="TABLE")
    options = parser.parse_args()
    found = list(facts(options.folder))
    show_misses(found, options.misses)
    show(found)


if __name__ == "__main__":
    main()
