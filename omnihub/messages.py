"""Compiles .po to .mo without GNU gettext, which a fresh machine does not have.

Format of .mo: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
"""

import ast
import os
import re
import struct
from pathlib import Path

from django.apps import apps
from django.conf import settings

WORD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)?\s*(".*")\s*$')


def compile_all() -> None:
    """Every catalogue of ours that is newer than what was compiled from it."""
    folders = [*map(Path, settings.LOCALE_PATHS), *(_ours())]
    for po in (po for folder in folders for po in folder.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime <= po.stat().st_mtime:
            building = mo.with_name(f"{mo.name}.{os.getpid()}.tmp")
            building.write_bytes(pack(parse(po.read_text("utf-8"))))
            building.replace(mo)  # two hubs may do this at once


def _ours() -> list[Path]:
    inside = [Path(app.path) for app in apps.get_app_configs()]
    return [path / "locale" for path in inside if path.parent == settings.BASE_DIR]


def parse(text: str) -> dict[str, str]:
    """Entries as .mo keys them: context EOT id, plurals joined by NUL; fuzzy ones left out."""
    entries: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        words = _words(block)
        if "msgid" not in words or re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE):
            continue
        forms = [value for name, value in words.items() if name.startswith("msgstr")]
        if any(forms):
            entries[_key(words)] = "\0".join(forms)
    return entries


def _words(block: str) -> dict[str, str]:
    """Keyword → text, continued lines joined."""
    found: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if match := WORD.match(line):
            name = match[1] or name
            found[name] = found.get(name, "") + str(ast.literal_eval(match[2]))
    return found


def _key(words: dict[str, str]) -> str:
    context = words["msgctxt"] + "\x04" if "msgctxt" in words else ""
    plural = "\0" + words["msgid_plural"] if "msgid_plural" in words else ""
    return context + words["msgid"] + plural


def pack(entries: dict[str, str]) -> bytes:
    """The binary catalogue, sorted by key as gettext wants it."""
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items())
    count, tables, texts = len(pairs), list[int](), b""
    start = 28 + count * 16  # header, then two tables of (length, offset)
    for column in (0, 1):
        for pair in pairs:
            tables += [len(pair[column]), start + len(texts)]
            texts += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + count * 8, 0, start)
    return head + struct.pack(f"<{len(tables)}I", *tables) + texts
