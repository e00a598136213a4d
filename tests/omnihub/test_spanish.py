"""Every sentence of the house exists in Spanish."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

from omnihub.messages import parse

HOUSE = Path(settings.BASE_DIR)
FOLDERS = sorted(path.parent.name for path in HOUSE.glob("[!.]*/locale"))
CALLS = {
    "_": "text",
    "gettext": "text",
    "gettext_lazy": "text",
    "pgettext": "context text",
    "pgettext_lazy": "context text",
    "ngettext": "text many",
    "ngettext_lazy": "text many",
    "npgettext": "context text many",
}
WORDS = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
IN_TEMPLATE = re.compile(rf"\b(?P<name>_|n?p?gettext)\((?P<words>{WORDS}(?:, {WORDS})*)")


def said(folder: str) -> Iterator[str]:
    """As a catalogue keys them."""
    for path in (HOUSE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from key(node.func.id, node.args)
    for path in (HOUSE / folder).rglob("*.html"):
        for found in IN_TEMPLATE.finditer(templatize(path.read_text())):
            call = ast.parse(f"{found['name']}({found['words']})", mode="eval").body
            assert isinstance(call, ast.Call)
            yield from key(found["name"], call.args)


def key(name: str, args: list[ast.expr]) -> Iterator[str]:
    known = [one.value for one in args if isinstance(one, ast.Constant)]
    words = [one for one in known if isinstance(one, str)]
    named = dict(zip(CALLS.get(name, "").split(), words, strict=False))
    if "text" in named:
        context = f"{named['context']}\x04" if "context" in named else ""
        many = f"\0{named['many']}" if "many" in named else ""
        yield f"{context}{named['text']}{many}"


def test_everything_said_is_said_in_spanish_too() -> None:
    known: set[str] = set()
    for folder in FOLDERS:
        catalogue = HOUSE / folder / "locale/es/LC_MESSAGES/django.po"
        known |= {text for text, words in parse(catalogue.read_text()).items() if words}
    all_said = {folder: set(said(folder)) for folder in FOLDERS}
    assert len(all_said["inbox"]) > 500
    missing = {folder: sorted(texts - known) for folder, texts in all_said.items()}
    assert {folder: texts for folder, texts in missing.items() if texts} == {}
