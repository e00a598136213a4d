"""Every sentence of the house exists in Spanish."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from omnihub.messages import parse

HOUSE = Path(settings.BASE_DIR)
FOLDERS = sorted(path.parent.name for path in HOUSE.glob("[!.]*/locale"))
CALLS = {"_", "gettext", "gettext_lazy"}


def said(folder: str) -> Iterator[str]:
    for path in (HOUSE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from _first(node)


def _first(node: ast.Call) -> Iterator[str]:
    words = node.args[0] if node.args else None
    is_ours = isinstance(node.func, ast.Name) and node.func.id in CALLS
    if is_ours and isinstance(words, ast.Constant) and isinstance(words.value, str):
        yield words.value


def test_everything_said_is_said_in_spanish_too() -> None:
    known: set[str] = set()
    for folder in FOLDERS:
        catalogue = HOUSE / folder / "locale/es/LC_MESSAGES/django.po"
        known |= {text for text, words in parse(catalogue.read_text()).items() if words}
    missing = {f: sorted(set(said(f)) - known) for f in FOLDERS}
    assert {f: texts for f, texts in missing.items() if texts} == {}
