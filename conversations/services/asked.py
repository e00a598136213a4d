"""What somebody typed into a search box, understood: words, phrases, what must not be there."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MOST = 200
"""Characters of a query that are read; the rest is let go."""
MOST_TERMS = 12
# the same signs stand between words in the database (migration 0003_search)
BETWEEN = (
    r"\s!-/:-@\[-`{-~\u0080-\u00bf\u00d7\u00f7\u1680\u2000-\u2bff\u2e00-\u2e7f\u3000-\u3004"
    r"\u3008-\u3020\u3030\ue000-\uf8ff\ufe00-\ufe6f\uff00-\uff0f\ufff0-\uffff"
    r"\U0001f000-\U0001faff\U000e0000-\U000e0fff"
)
WORD = re.compile(rf"[^{BETWEEN}]+")
_TERM = re.compile(r'(-?)"([^"]*)(?:"|$)|(\S+)')
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing to find: words in a row. `is_open` lets the last of them go on."""

    text: str
    is_open: bool = False
    is_excluded: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Bare, as `words` gives those of a text."""
        return words(self.text)

    @property
    def written(self) -> list[str]:
        """The words as they were typed: the database makes them bare by its own tables."""
        return WORD.findall(self.text)

    @property
    def number(self) -> int | None:
        """What may be a case's number: digits, with or without a # before them."""
        digits = self.text.removeprefix("#")
        is_one = digits.isascii() and digits.isdigit() and len(digits) < 19  # noqa: PLR2004  # fits a bigint
        return int(digits) if is_one else None

    @property
    def digits(self) -> str:
        """A phone number without its grouping; empty for anything else."""
        bare = re.sub(r"\D", "", self.text)
        return bare if len(bare) > 3 and not re.search(r"[^\W\d_]", self.text) else ""  # noqa: PLR2004  # less is no number


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query. `text` is what was read of it."""

    text: str
    terms: tuple[Term, ...]

    @property
    def wanted(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if not term.is_excluded)

    @property
    def unwanted(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.is_excluded)

    @property
    def is_too_short(self) -> bool:
        """Nothing that narrows the search: no word of two letters, and no number."""
        return not any(_narrows(term) for term in self.wanted)


def _narrows(term: Term) -> bool:
    return any(len(word) > 1 or word.isdigit() or not word.isascii() for word in term.words)


def read(typed: str) -> Asked:
    """Understand a query; anything can be typed. Words are joined by and."""
    text = "".join(c if unicodedata.category(c) != "Cc" else " " for c in typed[:MOST])
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode()).strip()[:MOST]
    terms = [term for term in map(_term, _TERM.finditer(text)) if term.words][:MOST_TERMS]
    if terms and not terms[-1].is_excluded and not text.endswith('"'):
        terms[-1] = _opened(terms[-1])
    return Asked(text=text, terms=tuple(terms))


def _term(found: re.Match[str]) -> Term:
    minus, quoted, bare = found.groups()
    if bare is None:
        return Term(text=quoted, is_excluded=bool(minus))
    is_excluded = bare.startswith("-") and len(bare) > 1
    return Term(text=bare[1:] if is_excluded else bare, is_excluded=is_excluded)


def _opened(term: Term) -> Term:
    """A single letter goes on to nearly everything: it stays a word."""
    last = term.words[-1]
    return Term(text=term.text, is_open=len(last) > 1 or not last.isascii())


def words(text: str) -> tuple[str, ...]:
    """The words of a text, bare: as they are compared when a line is marked."""
    return tuple(bare(word) for word in WORD.findall(text))


def bare(text: str) -> str:
    """Lower case without accents. The database does the same, by its own tables."""
    spread = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in spread if not unicodedata.combining(c)).translate(_LETTERS)
