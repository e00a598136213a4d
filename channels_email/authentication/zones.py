"""TXT records from a file: for an admin who explains a mail as of another day, and for tests.

Accepted are `{name: text}`, `{name: [text, …]}`, `{name: {"TXT": …}}` and lists of
`{"name": …, "type": …, "value": …}`, under any wrapping key. `null` is a name that is not there,
`"TIMEOUT"` and `"SERVFAIL"` one that nobody answers for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from channels_email.authentication.lookups import Records, Unanswered

_TYPES = {"txt", "a", "aaaa", "mx", "cname", "ns", "ptr", "spf", "soa", "srv", "caa"}
_VALUES = ("value", "values", "data", "txt", "text", "content", "rdata", "record", "records")
_NAMES = ("name", "host", "domain", "owner")
_SILENT = {"TIMEOUT", "SERVFAIL", "TEMPERROR"}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')

Found = tuple[str, str, object]
"""(name, type, value) of one record as it stands in the file; an empty type says that it is."""


class Zones:
    """A resolver of the records of a file. What is not in it does not exist."""

    def __init__(self, records: object) -> None:
        self._texts: dict[str, list[str]] = {}
        self._missing: set[str] = set()
        self._silent: set[str] = set()
        for name, kind, value in _records(records, ""):
            self._keep(name.strip().lower().rstrip("."), kind, value)

    @classmethod
    def read(cls, path: Path) -> Zones:
        """Raises OSError, or ValueError where it is no JSON."""
        return cls(json.loads(path.read_text("utf-8")))

    def txt(self, name: str) -> Records:
        if name in self._silent:
            raise Unanswered(name)
        if name in self._texts:
            return tuple(self._texts[name])
        below = any(known.endswith(f".{name}") for known in self._texts)
        return () if below and name not in self._missing else None

    def _keep(self, name: str, kind: str, value: object) -> None:
        if value is None:
            self._missing.add(name)
        elif isinstance(value, str) and value.strip().upper() in _SILENT:
            self._silent.add(name)
        else:
            texts = self._texts.setdefault(name, [])
            if kind == "txt" and value:
                texts.append(_unquoted(str(value)))


def _records(value: object, name: str) -> Iterator[Found]:
    if isinstance(value, dict):
        yield from _of_dict({str(key): inner for key, inner in value.items()}, name)
    elif isinstance(value, list):
        yield from _of_list(value, name)
    elif name:
        yield name, "txt", value


def _of_dict(value: dict[str, object], name: str) -> Iterator[Found]:
    lower = {key.lower(): inner for key, inner in value.items()}
    whose = next((lower[key] for key in _NAMES if isinstance(lower.get(key), str)), None)
    if whose is not None and (any(key in lower for key in _VALUES) or "type" in lower):
        yield from _of_record(lower, str(whose))
        return
    for key, inner in value.items():
        if key == "__bytes_utf8__" and name:
            yield name, "txt", inner
        elif name and key.lower() in _TYPES:
            yield from _typed(name, key.lower(), inner)
        else:
            is_name = "." in key or inner is None or isinstance(inner, str)
            yield from _records(inner, key if is_name else name)


def _of_record(record: dict[str, object], name: str) -> Iterator[Found]:
    kind = str(record.get("type", "txt")).lower()
    value = next((record[key] for key in _VALUES if key in record), "")
    yield from _typed(name, kind, value)


def _typed(name: str, kind: str, value: object) -> Iterator[Found]:
    if kind == "txt":
        yield from _records(value, name)
    else:
        yield name, kind, ""


def _of_list(values: list[object], name: str) -> Iterator[Found]:
    """A list of a name is its records; a list within that is one record's pieces, as is a key's."""
    if name and values and all(isinstance(value, str) for value in values):
        texts = [str(value) for value in values]
        yield from ((name, "txt", text) for text in _joined(name, texts))
        return
    for value in values:
        if name and isinstance(value, list) and all(isinstance(part, str) for part in value):
            yield name, "txt", "".join(value)
        else:
            yield from _records(value, name)


def _joined(name: str, texts: list[str]) -> list[str]:
    is_key = "._domainkey." in f".{name.lower()}."
    is_split = is_key and "p=" in texts[0] and not any("p=" in text for text in texts[1:])
    return ["".join(texts)] if is_split else texts


def _unquoted(text: str) -> str:
    """`"v=DKIM1; " "p=…"` as a zone file has it, in one piece."""
    if not text.startswith('"'):
        return text
    return "".join(re.sub(r"\\(.)", r"\1", piece) for piece in _QUOTED.findall(text))
