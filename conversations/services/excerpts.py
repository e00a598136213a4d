"""The line of a text that answers a query, with the words that do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conversations.services.asked import WORD, Asked, Term, bare

LENGTH = 200
"""Characters of a line that are shown."""
LEAD = 48
"""Of these, how many may stand before the first hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    text: str
    is_hit: bool = False


Line = tuple[Part, ...]


def best(text: str, asked: Asked) -> Line | None:
    """The line with most of what was asked for, shortened around it; None when none has any."""
    keys = {term.words[-1] for term in asked.wanted}
    lines = [(sum(key in bare(line) for key in keys), line) for line in text.splitlines()]
    for score, line in sorted(lines, key=_score, reverse=True):
        spans = _merged(_spans(line, asked.wanted)) if score else []
        if spans:
            return _cut(line, spans)
    return None


def _score(scored: tuple[int, str]) -> int:
    return scored[0]


def whole(text: str, asked: Asked) -> Line:
    """A short text in full, its hits marked."""
    return tuple(_parts(text, _merged(_spans(text, asked.wanted))))


def unmarked(text: str) -> Line:
    return (Part(text=text),)


def opening(text: str) -> Line:
    """The first line, where nothing of it was asked for."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return unmarked(first[:LENGTH])


def _spans(line: str, terms: Iterable[Term]) -> Iterator[tuple[int, int]]:
    found = [(bare(m[0]), m.start(), m.end()) for m in WORD.finditer(line)]
    for term in terms:
        for at in range(len(found)):
            yield from _match(line, found[at : at + len(term.words)], term)


def _match(line: str, found: list[tuple[str, int, int]], term: Term) -> Iterator[tuple[int, int]]:
    """The span of a term that stands at these words of the line."""
    wanted = term.words
    if len(found) < len(wanted) or [word for word, _, _ in found[:-1]] != list(wanted[:-1]):
        return
    last, start, end = found[-1]
    if last == wanted[-1]:
        yield found[0][1], end
    elif term.is_open and last.startswith(wanted[-1]):
        yield found[0][1], start + _reach(line[start:end], wanted[-1])


def _reach(word: str, beginning: str) -> int:
    """How many characters of a word as written make up its beginning without accents."""
    for length in range(1, len(word)):
        if bare(word[:length]).startswith(beginning):
            return length
    return len(word)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _cut(line: str, spans: list[tuple[int, int]]) -> Line:
    """As much of a line as is shown, around its first hit, cut between words."""
    first = spans[0][0]
    start = 0 if first <= LEAD else line.rfind(" ", 0, first - LEAD // 2) + 1 or first
    start = max(start, first - LEAD)
    end = min(len(line), start + LENGTH)
    inside = [(a - start, min(b, end) - start) for a, b in spans if a < end]
    parts = list(_parts(line[start:end], inside))
    before = [Part(text="… ")] if start else []
    after = [Part(text=" …")] if end < len(line) else []
    return (*before, *parts, *after)


def _parts(text: str, spans: list[tuple[int, int]]) -> Iterator[Part]:
    at = 0
    for start, end in spans:
        if start > at:
            yield Part(text=text[at:start])
        yield Part(text=text[start:end], is_hit=True)
        at = end
    if at < len(text):
        yield Part(text=text[at:])
