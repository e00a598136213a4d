"""The visible text of replies: is it what the source says, and is no word of the writer folded?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bench.scoring import DOMAIN, Fact, cases, explained, fact, stated
from channels_email.explain import explain

KIND = "mail-reply-trim"
EXACT = "trimmed replies: exact"
LOST = "trimmed replies: words lost"

FORWARD = "what is forwarded is what the writer hands on: it stays whole"
ONLY_QUOTED = "a mail of a quotation alone shows it: an empty message helps nobody"
SIGN_OFF = "a name under the words is the writer speaking: only a delimiter folds it"
DEVICE = "a phone's own line is not the writer's: it is folded"
BY_HAND = "a quotation that could be typed by hand (no time, no address, no mark) stays"
OWN_PATTERN = "that test brings a pattern of its own, which no mail program writes"
KEEPS_INTRO = "the intro is the mail program's: it is folded with what it introduces"
PREFACE = "the line above the forward is the writer's too"
NOT_SCORED = {
    ("discourse__email_reply_trimmer", "forwarded_apple.txt"): FORWARD,
    ("discourse__email_reply_trimmer", "forwarded_message.txt"): FORWARD,
    ("cesar-carlos__chatwoot", "welcome_html.eml"): PREFACE,
    ("mailgun__talon", "iphone.eml"): DEVICE,
    ("willdurand__EmailReplyParser", "email_unquoted_reply.txt"): BY_HAND,
    ("willdurand__EmailReplyParser", "email_with_date_headers.txt"): OWN_PATTERN,
    (
        "closeio__quotequail",
        "test_unwrap_html_ios_mail_reply_with_unescaped_address",
    ): DEVICE,
    ("closeio__quotequail", "test_quote_html_yahoo_reply_with_unescaped_address"): KEEPS_INTRO,
    ("thoughtbot__griddler", 'handles "[date] [soandso] <email@example>" format'): ONLY_QUOTED,
}


_TELLING = 6
"""Characters of a hidden text that cannot stand in the words above it by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a source says about the visible text; empty where it says nothing."""

    exact: str | None = None
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    starts: str = ""


def facts(root: Path) -> Iterator[Fact]:
    for path, expected in stated(root, KIND):
        yield from _facts(path, explained(path)["text"], _wanted(expected))
    for index in sorted(root.glob(f"{KIND}/*/_expected.json")):
        yield from _signed(index)
    for source, case in cases(root, KIND):
        yield from _case(root / KIND / source, case)


def _facts(path: Path, got: str, wanted: Wanted, reason: str = "") -> Iterator[Fact]:
    reason = NOT_SCORED.get((path.parent.name, path.name), reason)
    if wanted == Wanted():
        return
    yield fact(path, EXACT, wanted, got, is_right=_agrees(wanted, got), reason=reason)
    lost = _lost(wanted, got)
    yield fact(path, LOST, " ".join(lost), got, is_right=not lost, reason=reason)


def _agrees(wanted: Wanted, got: str) -> bool:
    text = _squashed(got)
    return (
        (wanted.exact is None or text == _squashed(wanted.exact))
        and all(_squashed(words) in text for words in wanted.shown)
        and not any(_squashed(words) in text for words in wanted.hidden)
        and text.startswith(_squashed(wanted.starts))
    )


def _lost(wanted: Wanted, got: str) -> list[str]:
    mine = Counter(re.findall(r"\w+", got.lower()))
    theirs = " ".join([wanted.exact or "", *wanted.shown, wanted.starts])
    return list((Counter(re.findall(r"\w+", theirs.lower())) - mine).elements())


def _squashed(text: str) -> str:
    """White space says nothing here: sources break and join lines as they like."""
    return re.sub(r"[\s\u200b]+", "", text)


# -- what each source states, in its own words


def _wanted(expected: dict[str, Any]) -> Wanted:
    for key, read in _READERS.items():
        if key in expected:
            return read(expected[key])
    return Wanted()


def _of_keys(said: dict[str, Any]) -> Wanted:
    """Plain keys: email_reply_parser, zapier, talon, chatwoot, discourse."""
    exact = said.get("trimmed", said.get("reply", said.get("visible")))
    hidden = [*said.get("hidden_contains", ()), *said.get("quoted_contains", ())]
    hidden += said.get("visible_not_contains", ())
    hidden += [said[key] for key in ("hidden_starts", "quoted_starts") if key in said]
    return Wanted(
        exact=exact,
        shown=tuple(said.get("visible_contains", ())),
        hidden=tuple(words for words in hidden if not _is_sign_off(words)),
        starts=said.get("visible_starts", said.get("visible_prefix", "")),
    )


def _of_text(said: str) -> Wanted:
    return Wanted(exact=said.partition(" (after whitespace")[0])


_CHECK = re.compile(r"'((?:[^'\\\\]|\\\\.)*)' (==|in|not in) mail\.replies\[(\d)\]\.(\w+)")
_CALL = re.compile(r"assert(In|NotIn)\('((?:[^'\\\\]|\\\\.)*)', mail\.replies\[(\d)\]\.(\w+)")


def _of_python(said: list[dict[str, Any]]) -> Wanted:
    """unittest lines: the first reply's body shows; later replies and signatures do not."""
    checks: list[tuple[str, str, int, str]] = []
    for line in (line for test in said for line in test["checks"]):
        if found := _CHECK.search(line):
            checks.append((found[1], found[2], int(found[3]), found[4]))
        elif found := _CALL.search(line):
            word = "in" if found[1] == "In" else "not in"
            checks.append((found[2], word, int(found[3]), found[4]))
    checks = [(text.replace("\\n", "\n"), how, n, part) for text, how, n, part in checks]
    body = [(text, how) for text, how, number, part in checks if number == 0 and part == "body"]
    apart = [
        text
        for text, how, number, part in checks
        if how != "not in" and (number or part == "signatures")
    ]
    return Wanted(
        exact=next((text for text, how in body if how == "=="), None),
        shown=tuple(text for text, how in body if how == "in"),
        hidden=tuple(
            text
            for text in [*apart, *(text for text, how in body if how == "not in")]
            if len(text) >= _TELLING and not _is_sign_off(text)
        ),
    )


def _of_php(said: list[dict[str, Any]]) -> Wanted:
    """PHPUnit lines: the whole reply, or how the first fragment starts."""
    rows = [row for test in said for row in test["asserts"]]
    whole = [row[1:] for row in rows if row[0] == "assertEquals"]
    exact = [b for a, b in whole if "parseReply" in a or "getVisibleText" in a]
    exact += [a for a, b in whole if "parseReply" in b or "getVisibleText" in b]
    first = [row[2].strip("/^") for row in rows if "fragments[0]" in str(row[1:2])]
    plain = [words.replace("\\n", "\n") for words in first]
    return Wanted(exact=next(iter(exact), None), shown=tuple(plain))


_READERS: dict[str, Callable[[Any], Wanted]] = {
    "discourse_trimmer": _of_keys,
    "email_reply_parser": _of_keys,
    "zapier": _of_keys,
    "chatwoot_spec": _of_keys,
    "mail_parser_reply_checks": _of_python,
    "willdurand_asserts": _of_php,
    "reply": lambda said: Wanted(exact=said),
    "reply_text_is": _of_text,
}


def _is_sign_off(words: str) -> bool:
    """`-Abhishek`, `/John`, `Kind regards,\\nJohn`: SIGN_OFF. Lists and addresses are not."""
    return len(words) < 30 and bool(re.match(r"^[-/]\w|^[^\n@]+,?\n\w+$|^> \w+,$", words))


def _signed(index: Path) -> Iterator[Fact]:
    """A body in a folder, with its signature: what is above that may not be folded."""
    for name, expected in json.loads(index.read_text("utf-8")).items():
        body = index.parent / name / "body.txt"
        if "signature" in expected and body.is_file():
            text = re.sub(r"(?m)^#\w+#", "", body.read_text("utf-8"))
            signature = re.sub(r"(?m)^#\w+#", "", expected["signature"])
            got = _explained(text, "plain")
            wanted = Wanted(exact=text.replace(signature, ""))
            path = index.parent / name
            yield from _facts(path, got, wanted, SIGN_OFF)


def _case(folder: Path, case: dict[str, Any]) -> Iterator[Fact]:
    path = folder / str(case.get("test") or case.get("from"))
    if "html" in case:
        yield from _facts(path, _explained(case["html"], "html"), _of_html(case["expected"]))
    elif "body" in case:
        got = _explained(case["body"], case["kind"])
        yield from _facts(path, got, Wanted(exact=case["expected"]))
    elif case.get("call") == "unwrap_html" and isinstance(case["expected"], dict):
        got = _explained(case["args"][0], "html")
        yield from _facts(path, got, _of_html(case["expected"].get("html_top") or ""))
    elif case.get("call") == "quote_html":
        shown = "".join(html for is_shown, html in case["expected"] if is_shown)
        yield from _facts(path, _explained(case["args"][0], "html"), _of_html(shown))


def _explained(body: str, subtype: str) -> str:
    mail = EmailMessage()
    mail["From"] = "someone@client.example"
    mail.set_content(body, subtype={"text": "plain"}.get(subtype, subtype))
    return str(explain(mail.as_bytes(), domain=DOMAIN).get("text", ""))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _of_html(markup: str) -> Wanted:
    parser = _Words()
    parser.feed(re.sub(r"(?s)<title>.*?</title>|<!--.*?-->", "", markup))
    parser.close()
    return Wanted(exact=" ".join(parser.words))
